public import SluiceModel

/// What is known of a blob before there is one: elements, and how many at most.
public struct BlobType: Hashable, Sendable, Codable, CustomStringConvertible {
    public var element: BlobElement
    /// Elements along each axis, the slowest first. With ``isDynamic``: the most there can be.
    public var shape: [Int]
    public var device: TensorDevice
    /// Each value has a shape of its own: as many axes, and no more elements in all.
    public var isDynamic: Bool

    public init(_ element: BlobElement, _ shape: [Int], device: TensorDevice = .cpu, isDynamic: Bool = false) {
        self.element = element
        self.shape = shape
        self.device = device
        self.isDynamic = isDynamic
    }

    public init(_ dtype: ScalarType, _ shape: [Int], device: TensorDevice = .cpu, isDynamic: Bool = false) {
        self.init(.scalar(dtype), shape, device: device, isDynamic: isDynamic)
    }

    public var description: String {
        let place = device == .cpu ? "" : " on \(device)"
        return "\(element) \(shape)\(isDynamic ? " at most" : "")\(place)"
    }
}

/// What a blob is made of.
public enum BlobElement: Hashable, Sendable, Codable, CustomStringConvertible {
    case scalar(ScalarType)
    /// Strings of bytes of any length; all of one blob's have at most so many bytes together.
    case bytes(capacity: Int)

    public var description: String {
        switch self {
        case .scalar(let type): "\(type)"
        case .bytes(let capacity): "bytes(\(capacity))"
        }
    }
}

/// How a blob lies in a slot. Whatever has more than one byte is little-endian.
///
/// Its header, at a multiple of 64:
///
///     0    u32 axes          4    u32 0
///     8    u64 where the body lies, bytes from the slot's start
///     16   u64 bytes of the body
///     24   u64 0
///     32   u64 elements along each axis
///
/// A header whose body lies at 0 means that the blob was left out.
///
/// Its body, at a multiple of ``alignment``, is the elements in row-major order; that of strings is, for n of them, n + 1
/// u64s, where each begins and the last ends, counted from behind these, and then their bytes.
extension BlobType {
    /// Axes of one blob: 0 ... this.
    public static let mostAxes = 12
    /// Bytes of one body: 0 ... this.
    public static let mostBytes = Limits.mostSlotSize / 2

    /// Of the body from the slot's start: 64; 512 for an accelerator's memory.
    public var alignment: Int { device == .cpu ? 64 : 512 }

    /// Bytes of its header.
    public var headerBytes: Int { (32 + 8 * shape.count + 63) / 64 * 64 }

    /// Elements, at most; nil if they cannot be counted.
    public var count: Int? {
        guard shape.allSatisfy({ $0 >= 0 }) else { return nil }
        if shape.contains(0) { return 0 }
        var count = 1
        for extent in shape {
            let (product, isTooMuch) = count.multipliedReportingOverflow(by: extent)
            if isTooMuch { return nil }
            count = product
        }
        return count
    }

    /// Bytes of its body, at most; nil if it has more than ``mostBytes``, or more axes than ``mostAxes``.
    public var capacity: Int? {
        guard shape.count <= Self.mostAxes, let count, count <= Self.mostBytes else { return nil }
        let bytes: Int
        switch element {
        case .scalar(let type): bytes = count * type.byteCount
        case .bytes(let capacity):
            guard 0...Self.mostBytes ~= capacity, count < Self.mostBytes / 8 else { return nil }
            bytes = (count + 1) * 8 + capacity
        }
        return bytes <= Self.mostBytes ? bytes : nil
    }
}
