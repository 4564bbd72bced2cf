/// How a tensor's elements lie in its memory: whatever of it could overflow or reach too far is checked once, here.
struct TensorLayout: Hashable, Sendable {
    let dtype: ScalarType
    let shape: [Int]
    /// Elements from one to the next along each axis; 0 and less than 0 are possible.
    let strides: [Int]
    /// Elements.
    let count: Int
    /// Bytes from the first element, the one at index 0 of each axis, to the lowest (never more than 0) …
    let lowest: Int
    /// … and past the highest; 0 if there is none.
    let end: Int

    /// Axes of one tensor: 0 ... this.
    static let mostAxes = 64

    /// - Parameter strides: Those of row-major order if nil.
    init(_ dtype: ScalarType, _ shape: [Int], strides: [Int]? = nil) throws(TensorFault) {
        guard shape.count <= Self.mostAxes else {
            throw TensorFault("it has \(shape.count) axes; at most \(Self.mostAxes) are possible")
        }
        if let strides, strides.count != shape.count {
            throw TensorFault("it has \(shape.count) axes and \(strides.count) strides")
        }
        if let negative = shape.first(where: { $0 < 0 }) { throw TensorFault("it has an axis of \(negative) elements") }
        self.dtype = dtype
        self.shape = shape
        count = try Self.count(shape, dtype)
        self.strides = strides ?? Self.rowMajor(shape, count: count)
        (lowest, end) = count == 0 ? (0, 0) : try Self.reach(dtype, shape, self.strides)
    }

    /// Bytes of its elements, each counted once for each index that it has.
    var byteCount: Int { count * dtype.byteCount }

    private static func count(_ shape: [Int], _ dtype: ScalarType) throws(TensorFault) -> Int {
        // First, since what precedes it might overflow.
        if shape.contains(0) { return 0 }
        var bytes = dtype.byteCount
        for extent in shape {
            let (product, isTooMuch) = bytes.multipliedReportingOverflow(by: extent)
            if isTooMuch { throw TensorFault("it has more elements than can be counted: \(shape)") }
            bytes = product
        }
        return bytes / dtype.byteCount
    }

    private static func rowMajor(_ shape: [Int], count: Int) -> [Int] {
        var strides = [Int](repeating: 0, count: shape.count)
        guard count > 0 else { return strides }
        var step = 1
        for axis in shape.indices.reversed() {
            strides[axis] = step
            step *= shape[axis]
        }
        return strides
    }

    private static func reach(
        _ dtype: ScalarType, _ shape: [Int], _ strides: [Int]
    ) throws(TensorFault) -> (lowest: Int, end: Int) {
        var (low, high) = (0, dtype.byteCount)
        for (extent, stride) in zip(shape, strides) {
            let (elements, a) = stride.multipliedReportingOverflow(by: extent - 1)
            let (bytes, b) = elements.multipliedReportingOverflow(by: dtype.byteCount)
            let (sum, c) = (bytes < 0 ? low : high).addingReportingOverflow(bytes)
            if a || b || c { throw TensorFault("its strides \(strides) reach further than can be counted") }
            if bytes < 0 { low = sum } else { high = sum }
        }
        return (low, high)
    }
}

/// What is wrong with a tensor, in words that follow "it cannot be used: ".
struct TensorFault: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension TensorLayout {
    /// Whether every element lies within so many bytes if the first is at `offset`.
    func fits(_ byteCount: Int, at offset: Int) -> Bool {
        // `offset` is within, so that neither sum overflows: one lowers it, the other is compared the other way round.
        guard 0...byteCount ~= offset else { return false }
        return offset + lowest >= 0 && end <= byteCount - offset
    }

    /// Whether the elements lie one after the other in row-major order.
    var isRowMajor: Bool {
        guard count > 0 else { return true }
        var step = 1
        for axis in shape.indices.reversed() where shape[axis] > 1 {
            guard strides[axis] == step else { return false }
            step *= shape[axis]
        }
        return true
    }

    /// Whether the elements fill their bytes without holes, each lying there once, in whatever order of axes and in
    /// either direction.
    var isDense: Bool {
        guard count > 0 else { return true }
        let axes = zip(shape, strides).filter { $0.0 > 1 }.sorted { $0.1.magnitude < $1.1.magnitude }
        var step: UInt = 1
        for (extent, stride) in axes {
            guard stride.magnitude == step else { return false }
            step *= extent.magnitude
        }
        return true
    }

    /// The same elements one after the other in row-major order.
    var compacted: TensorLayout {
        guard let layout = try? TensorLayout(dtype, shape) else { preconditionFailure("its bytes were counted") }
        return layout
    }

    /// Bytes from the first element to the one at an index; nil if there is none.
    func offset(of index: [Int]) -> Int? {
        guard index.count == shape.count else { return nil }
        var elements = 0
        for axis in shape.indices {
            guard 0..<shape[axis] ~= index[axis] else { return nil }
            elements += index[axis] * strides[axis]
        }
        return elements * dtype.byteCount
    }

    /// Visits the elements in row-major order: stretches of as many as lie one after the other.
    ///
    /// - Parameter body: Gets the bytes from the first element to the stretch, and the stretch's.
    func forEachStretch(_ body: (_ offset: Int, _ byteCount: Int) -> Void) {
        guard count > 0 else { return }
        var axes = shape.count
        var elements = 1
        while axes > 0, shape[axes - 1] == 1 || strides[axes - 1] == elements {
            elements *= shape[axes - 1]
            axes -= 1
        }
        var index = [Int](repeating: 0, count: axes)
        var offset = 0
        repeat { body(offset * dtype.byteCount, elements * dtype.byteCount) } while advance(&index, &offset)
    }

    /// To the next index in row-major order; false after the last.
    private func advance(_ index: inout [Int], _ offset: inout Int) -> Bool {
        for axis in index.indices.reversed() {
            index[axis] += 1
            if index[axis] < shape[axis] {
                offset += strides[axis]
                return true
            }
            offset -= strides[axis] * (shape[axis] - 1)
            index[axis] = 0
        }
        return false
    }
}
