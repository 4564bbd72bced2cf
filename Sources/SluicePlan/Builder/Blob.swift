public import Planning
public import Sluice
public import SluiceModel

/// A blob of a plan that is being built: what makes it, and what can be made of it.
///
/// `Element` is what its elements are in Swift, a ``TensorScalar`` or ``Strings``; it lets the compiler refuse a blob of
/// one type where one of another is needed.
public struct Blob<Element>: Hashable, Sendable {
    public let name: String
    public let type: BlobType

    init(_ name: String, _ type: BlobType) { (self.name, self.type) = (name, type) }

    /// Elements along each axis, at most if it is dynamic.
    public var shape: [Int] { type.shape }
    /// The same blob, for a list of blobs of several types.
    public var erased: AnyBlob { AnyBlob(name, type) }
}

/// A blob whose elements' type is only known by what was planned.
public typealias AnyBlob = Blob<Never>

/// What the elements of a blob of strings are: strings of bytes.
public enum Strings: Sendable {}

/// One blob or several: what an argument of a kernel is.
public protocol BlobArgument {
    /// For the indices 0, 1 … of the argument.
    var blobNames: [String] { get }
}

extension Blob: BlobArgument {
    public var blobNames: [String] { [name] }
}

extension Array: BlobArgument where Element: BlobArgument {
    public var blobNames: [String] { flatMap(\.blobNames) }
}

/// A blob that a kernel is to make.
public struct Making<Element> {
    public var name: String
    public var type: BlobType
    /// What the kernel calls it.
    public var argument: ArgumentName
    /// Values that may be unread at once; nil: the planner's choice.
    public var slots: Int?
    /// The kernel's input whose memory it may take over.
    public var inPlaceOf: Blob<Element>?

    /// - Parameters:
    ///   - name: Unique in the plan.
    ///   - isDynamic: Each value has a shape of its own, with no more elements than this.
    public init(
        _ name: String, _ element: Element.Type, _ shape: [Int], isDynamic: Bool = false,
        device: TensorDevice = .cpu, as argument: String = "out", _ index: Int = 0, slots: Int? = nil,
        inPlaceOf: Blob<Element>? = nil
    ) where Element: TensorScalar {
        self.init(
            name, BlobType(Element.scalarType, shape, device: device, isDynamic: isDynamic), argument, index, slots,
            inPlaceOf)
    }

    /// - Parameter capacity: Bytes that all strings of one value may have together.
    public init(
        _ name: String, strings shape: [Int], capacity: Int, isDynamic: Bool = false, as argument: String = "out",
        _ index: Int = 0, slots: Int? = nil, inPlaceOf: Blob<Strings>? = nil
    ) where Element == Strings {
        self.init(
            name, BlobType(.bytes(capacity: capacity), shape, isDynamic: isDynamic), argument, index, slots, inPlaceOf)
    }

    /// Of a type that is not known before.
    public init(
        _ name: String, _ type: BlobType, as argument: String = "out", _ index: Int = 0, slots: Int? = nil,
        inPlaceOf: AnyBlob? = nil
    ) where Element == Never {
        self.init(name, type, argument, index, slots, inPlaceOf)
    }

    private init(
        _ name: String, _ type: BlobType, _ argument: String, _ index: Int, _ slots: Int?, _ inPlaceOf: Blob<Element>?
    ) {
        (self.name, self.type, self.argument) = (name, type, ArgumentName(argument, index))
        (self.slots, self.inPlaceOf) = (slots, inPlaceOf)
    }
}
