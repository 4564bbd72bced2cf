import Sluice
import SluiceModel

/// What the suite has to know of a kind of channel: how its ends are made, and what its values are.
protocol Kind: Sendable {
    associatedtype Value: Sendable

    var name: String { get }
    /// How many values may be unread.
    var slots: Int { get }
    /// Whether a value of size n, encoded, has n bytes.
    var isEncodedAsItIs: Bool { get }

    func writer(_ actor: SluiceActor, _ wish: Wish) async throws -> any ChannelWriter<Value>
    func reader(_ actor: SluiceActor, _ channel: String) async throws -> any ChannelReader<Value>
    /// A value that tells its number and its size.
    func value(_ number: Int, _ size: Int) -> Value
    func isSame(_ a: Value, _ b: Value) -> Bool
    /// Why a case means nothing for this kind on that route; nil if it does.
    func reason(_ case: Case, _ route: Route) -> String?
}

/// A channel as a case wants it.
struct Wish: Sendable {
    var channel: String
    var readers: [String]
    var slots: Int
    var slotSize: Int
    var largestValue: Int
}

extension Kind {
    var slots: Int { 4 }
    var isEncodedAsItIs: Bool { true }
    func reason(_ case: Case, _ route: Route) -> String? { nil }
}

extension Kind where Value: Equatable {
    func isSame(_ a: Value, _ b: Value) -> Bool { a == b }
}

/// From the writer to where the readers are.
enum Route: String, CaseIterable, Sendable {
    case sameActor = "same actor"
    case sameNode = "same node"
    case twoNodes = "two nodes"
    case mixed

    /// Actors that read; `me` is the one that writes.
    var readers: [String] {
        switch self {
        case .sameActor: ["me"]
        case .sameNode: ["near"]
        case .twoNodes: ["far"]
        case .mixed: ["me", "near", "far"]
        }
    }

    /// How many values fit before a reader has read: between nodes the reader reference has slots besides.
    func capacity(_ slots: Int) -> Int { self == .twoNodes ? 2 * slots : slots }
}

/// Bytes for a value; each starts elsewhere in the same pattern. Capital letters, of which JSON makes one byte each.
enum Pattern {
    private static let period = 251
    private static let template = (0..<period + (1 << 19)).map { UInt8(65 + $0 % period * 7 % 26) }

    static func bytes(_ number: Int, _ size: Int) -> [UInt8] {
        let start = number * 13 % period
        return Array(template[start..<start + size])
    }
}
