internal import Planning

/// Elements along each axis of a blob, the slowest first; at most ``BlobType/mostAxes`` axes, held in place.
///
/// A collection of its axes; making or changing one allocates nothing.
public struct BlobShape: RandomAccessCollection, MutableCollection, Sendable {
    // As many as `BlobType.mostAxes`.
    private var extents = InlineArray<12, Int>(repeating: 0)
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
            precondition(axis < axes, "axis \(axis) of \(axes)")
            return extents[axis]
        }
        set {
            precondition(axis < axes, "axis \(axis) of \(axes)")
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
    public static func == (a: Self, b: Self) -> Bool {
        guard a.axes == b.axes else { return false }
        for axis in 0..<a.axes where a.extents[axis] != b.extents[axis] { return false }
        return true
    }

    public func hash(into hasher: inout Hasher) {
        for axis in 0..<axes { hasher.combine(extents[axis]) }
        hasher.combine(axes)
    }

    public var description: String { "\(Array(self))" }
}
