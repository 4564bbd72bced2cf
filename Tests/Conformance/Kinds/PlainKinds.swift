import Sluice
import SluiceModel

/// Bytes in shared memory: a ring of several slots, or of one.
struct PlainKind: Kind {
    let name: String
    let slots: Int

    func writer(_ actor: SluiceActor, _ wish: Wish) async throws -> any ChannelWriter<[UInt8]> {
        try await actor.plain(wish)
    }

    func reader(_ actor: SluiceActor, _ channel: String) async throws -> any ChannelReader<[UInt8]> {
        try await actor.openReader(channel)
    }

    func value(_ number: Int, _ size: Int) -> [UInt8] { Pattern.bytes(number, size) }
}

/// A channel that is read once for the consumers of an actor.
struct CachedKind: Kind {
    let name = "cached"

    func writer(_ actor: SluiceActor, _ wish: Wish) async throws -> any ChannelWriter<[UInt8]> {
        try await actor.plain(wish)
    }

    func reader(_ actor: SluiceActor, _ channel: String) async throws -> any ChannelReader<[UInt8]> {
        let cached = try CachedReader(try await actor.openReader(channel), consumers: 1, by: .bytes)
        return cached.consumers[0]
    }

    func value(_ number: Int, _ size: Int) -> [UInt8] { Pattern.bytes(number, size) }
}

/// Rounds over one channel.
struct RoundKind: Kind {
    let name = "rounds"

    func writer(_ actor: SluiceActor, _ wish: Wish) async throws -> any ChannelWriter<[[UInt8]]> {
        try MultiWriter([try await actor.plain(wish)])
    }

    func reader(_ actor: SluiceActor, _ channel: String) async throws -> any ChannelReader<[[UInt8]]> {
        RoundReader(try MultiReader([try await actor.openReader(channel)]))
    }

    func value(_ number: Int, _ size: Int) -> [[UInt8]] { [Pattern.bytes(number, size)] }

    func reason(_ case: Case, _ route: Route) -> String? {
        `case` == .encoded || `case` == .skip ? "rounds are read as values" : nil
    }
}

/// A `MultiReader` as the reader that it nearly is.
private final class RoundReader: ChannelReader {
    private let rounds: MultiReader<[UInt8]>

    init(_ rounds: MultiReader<[UInt8]>) { self.rounds = rounds }

    var channel: String { rounds.readers[0].channel }
    func read(timeout: Timeout) throws(SluiceError) -> [[UInt8]]? { try rounds.read(timeout: timeout) }
    func read(timeout: Timeout) async throws(SluiceError) -> [[UInt8]]? { try await rounds.read(timeout: timeout) }
    func close() { rounds.close() }

    func readEncoded(timeout: Timeout) throws(SluiceError) -> EncodedValue? { throw Self.refusal }
    func readEncoded(timeout: Timeout) async throws(SluiceError) -> EncodedValue? { throw Self.refusal }
    func skip(timeout: Timeout) throws(SluiceError) -> Bool { throw Self.refusal }
    func skip(timeout: Timeout) async throws(SluiceError) -> Bool { throw Self.refusal }

    private static let refusal = SluiceError(.invalidArgument, "rounds are read as values")
}

extension SluiceActor {
    func plain(_ wish: Wish) async throws -> Writer {
        try await createChannel(
            wish.channel, readers: wish.readers, slots: wish.slots, slotSize: wish.slotSize,
            largestValue: wish.largestValue)
    }
}
