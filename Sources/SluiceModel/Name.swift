/// What a ``Name`` names; the phantom parameter keeps an actor's name from being passed for a channel's.
public protocol NameKind: Sendable {
    /// The word for it in messages, such as "channel".
    static var noun: String { get }
}

/// Names of channels.
public enum ChannelKind: NameKind { public static let noun = "channel" }
/// Names of actors.
public enum ActorKind: NameKind { public static let noun = "actor" }
/// Names of nodes.
public enum NodeKind: NameKind { public static let noun = "node" }

/// A checked name: 1 to 255 bytes of UTF-8 without control characters.
public struct Name<Kind: NameKind>: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The longest name, in bytes of UTF-8.
    public static var mostBytes: Int { 255 }

    /// The name as it was given.
    public let rawValue: String

    /// Checks and takes a name.
    ///
    /// - Throws: ``SluiceError/Code/invalidName`` if it is empty, longer than ``mostBytes`` bytes, or has a control character.
    public init(_ rawValue: String) throws(SluiceError) {
        let bytes = rawValue.utf8.count
        guard bytes > 0 else { throw .invalidName(Kind.noun, rawValue, "it is empty; give it 1 to 255 bytes") }
        guard bytes <= Self.mostBytes else {
            throw .invalidName(
                Kind.noun, String(rawValue.prefix(24)) + "…", "it has \(bytes) bytes; at most 255 are allowed")
        }
        guard !rawValue.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) else {
            throw .invalidName(Kind.noun, rawValue.debugDescription, "it contains a control character")
        }
        self.rawValue = rawValue
    }

    /// Checks and takes a name that arrived as bytes.
    ///
    /// - Throws: ``SluiceError/Code/invalidName`` also if the bytes are not UTF-8.
    public init(validating bytes: some Collection<UInt8>) throws(SluiceError) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .invalidName(Kind.noun, String(decoding: bytes, as: UTF8.self), "it is not UTF-8")
        }
        try self.init(text)
    }

    public var description: String { rawValue }
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

public typealias ChannelName = Name<ChannelKind>
public typealias ActorName = Name<ActorKind>
public typealias NodeName = Name<NodeKind>
