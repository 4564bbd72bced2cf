import Sluice
import SluiceModel

/// A value that is the same only if it is the same instance.
final class Parcel: Sendable {
    let bytes: [UInt8]
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    static let transcoder = Transcoder<Parcel>(
        encode: { EncodedValue(kind: ValueKind.firstOfUsers, bytes: $0.bytes) }, decode: { Parcel($0.bytes) })
}

/// Values handed over by reference within one actor.
struct IntraProcessKind: Kind {
    let name = "intra-process"

    func writer(_ actor: SluiceActor, _ wish: Wish) async throws -> any ChannelWriter<Parcel> {
        try IntraProcessWriter<Parcel>(try await actor.plain(wish))
    }

    func reader(_ actor: SluiceActor, _ channel: String) async throws -> any ChannelReader<Parcel> {
        try await actor.openIntraProcessReader(channel, of: Parcel.self, by: Parcel.transcoder)
    }

    func value(_ number: Int, _ size: Int) -> Parcel { Parcel(Pattern.bytes(number, size)) }
    func isSame(_ a: Parcel, _ b: Parcel) -> Bool { a.bytes == b.bytes }

    func reason(_ case: Case, _ route: Route) -> String? {
        if route != .sameActor { return "values are handed over within one actor" }
        return `case`.isAboutSize ? Case.handedOver : nil
    }
}

/// By reference to the own actor, and encoded to others.
struct CompositeKind: Kind {
    let name = "composite"

    func writer(_ actor: SluiceActor, _ wish: Wish) async throws -> any ChannelWriter<Parcel> {
        try CompositeWriter(try await actor.plain(wish), by: Parcel.transcoder)
    }

    func reader(_ actor: SluiceActor, _ channel: String) async throws -> any ChannelReader<Parcel> {
        try await actor.openCompositeReader(channel, by: Parcel.transcoder)
    }

    func value(_ number: Int, _ size: Int) -> Parcel { Parcel(Pattern.bytes(number, size)) }
    func isSame(_ a: Parcel, _ b: Parcel) -> Bool { a.bytes == b.bytes }
}

/// A type that the user encodes, and no value of it handed over.
struct TranscodedKind: Kind {
    let name = "transcoded"

    func writer(_ actor: SluiceActor, _ wish: Wish) async throws -> any ChannelWriter<Parcel> {
        TranscodedWriter(try await actor.plain(wish), by: Parcel.transcoder)
    }

    func reader(_ actor: SluiceActor, _ channel: String) async throws -> any ChannelReader<Parcel> {
        try await actor.openCompositeReader(channel, by: Parcel.transcoder)
    }

    func value(_ number: Int, _ size: Int) -> Parcel { Parcel(Pattern.bytes(number, size)) }
    func isSame(_ a: Parcel, _ b: Parcel) -> Bool { a.bytes == b.bytes }
}
