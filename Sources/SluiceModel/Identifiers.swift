/// One channel's life: chosen at random by whoever creates it, so that a retry finds the same channel.
public struct ChannelID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// A fresh, non-zero identifier.
    public static func random() -> ChannelID { ChannelID(rawValue: .random(in: 1 ... .max)) }

    public var description: String { hexadecimal(rawValue) }
}

/// One process's life: a random number that names its segment and tells a restarted process from its forerunner.
public struct ProcessLife: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// A fresh, non-zero identifier.
    public static func random() -> ProcessLife { ProcessLife(rawValue: .random(in: 1 ... .max)) }

    public var description: String { hexadecimal(rawValue) }
}

/// Which life of an actor or a node this is: 1, 2, 3 …, given by the coordinator.
public typealias Incarnation = UInt64

/// Which life of the coordinator this is: 1, 2, 3 …
public typealias Epoch = UInt64

/// The number of a value in its channel: 0, 1, 2 …, never reset.
public typealias Sequence64 = UInt64

private func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
