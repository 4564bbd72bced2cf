internal import Planning

/// Elements along each axis of a blob, the slowest first; at most ``BlobType/mostAxes`` axes, held in place.
///
/// A collection of its axes; making or changing one allocates nothing.
public struct BlobShape: RandomAccessCollection, MutableCollection, Sendable {
    // At least as many as `BlobType.mostAxes`; those without an axis are 0. A vector rather than an `InlineArray`: the
    // optimiser of Swift 6.3.1 loses the property that stands beside one.
    private var extents = SIMD16<Int>()
    private var axes = 0

    /// Of a single element, without axes.
    public init() {}

    /// - Returns: Nil for more axes than there can be.
    public init?(_ extents: some Collection<Int>) {
        for extent in extents { guard append(extent) else { return nil } }
    }

    /// Adds the fastest axis.
    ///
    /// - Returns: False, and nothing has changed, if there can be no more.
    public mutating func append(_ extent: Int) -> Bool {
        guard axes < BlobType.mostAxes else { return false }
        extents[axes] = extent
        axes += 1
        return true
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { axes }

    public subscript(axis: Int) -> Int {
        get {
            precondition(0..<axes ~= axis, "axis \(axis) of \(axes)")
            return extents[axis]
        }
        set {
            precondition(0..<axes ~= axis, "axis \(axis) of \(axes)")
            extents[axis] = newValue
        }
    }

    /// Elements in all: 1 without axes; nil if an axis has less than none, or they cannot be counted.
    public var elements: Int? {
        var (count, isEmpty, isTooMuch) = (1, false, false)
        for axis in 0..<axes {
            let extent = extents[axis]
            if extent < 0 { return nil }
            if extent == 0 { isEmpty = true }
            let (product, overflows) = count.multipliedReportingOverflow(by: extent)
            if overflows { isTooMuch = true } else { count = product }
        }
        // One without elements has none, however long its other axes are.
        return isEmpty ? 0 : isTooMuch ? nil : count
    }
}

extension BlobShape: Hashable, CustomStringConvertible {
    public var description: String { "\(Array(self))" }
}
