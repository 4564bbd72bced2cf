import Sluice
import SluiceModel

/// A value of a Swift type.
struct Letter: Codable, Hashable, Sendable {
    var text: String
}

/// Values of a `Codable` type.
struct LetterKind: Kind {
    let name = "typed value"
    let isEncodedAsItIs = false

    func writer(_ actor: SluiceActor, _ wish: Wish) async throws -> any ChannelWriter<Letter> {
        try await actor.typed(wish)
    }

    func reader(_ actor: SluiceActor, _ channel: String) async throws -> any ChannelReader<Letter> {
        try await actor.openReader(channel, of: Letter.self)
    }

    func value(_ number: Int, _ size: Int) -> Letter {
        Letter(text: String(decoding: Pattern.bytes(number, size), as: UTF8.self))
    }

    func reason(_ case: Case, _ route: Route) -> String? {
        route == .sameActor && `case`.isAboutSize ? Case.handedOver : nil
    }
}

/// Tensors.
struct TensorKind: Kind {
    let name = "typed tensor"
    let isEncodedAsItIs = false

    func writer(_ actor: SluiceActor, _ wish: Wish) async throws -> any ChannelWriter<Tensor> {
        try await actor.typed(wish)
    }

    func reader(_ actor: SluiceActor, _ channel: String) async throws -> any ChannelReader<Tensor> {
        try await actor.openReader(channel, of: Tensor.self)
    }

    func value(_ number: Int, _ size: Int) -> Tensor { Tensor(Pattern.bytes(number, size)) }
    func isSame(_ a: Tensor, _ b: Tensor) -> Bool { (try? a.hasSameElements(as: b)) == true }

    func reason(_ case: Case, _ route: Route) -> String? {
        route == .sameActor && `case`.isAboutSize ? Case.handedOver : nil
    }
}

extension SluiceActor {
    fileprivate func typed<Value: Sendable>(_ wish: Wish) async throws -> any ChannelWriter<Value> {
        try await createChannel(
            wish.channel, of: Value.self, readers: wish.readers, slots: wish.slots, slotSize: wish.slotSize,
            largestValue: wish.largestValue)
    }
}
