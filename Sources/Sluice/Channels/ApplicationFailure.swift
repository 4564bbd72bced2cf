internal import FoundationEssentials
internal import Glibc
public import SluiceModel

/// An error of the application's that travels in a value's place.
///
/// Readers get it as a ``SluiceError`` of code ``SluiceError/Code/application``, which has its kind and message, and whose
/// actor, node and pid are those of its origin.
public struct ApplicationFailure: Error, Hashable, Sendable {
    /// What sort of error it is, in the application's words, such as `ValueError`.
    public var kind: String
    public var message: String
    /// Where it happened; where it is published if nil.
    public var origin: Origin?

    public init(kind: String, message: String, origin: Origin? = nil) {
        self.kind = kind
        self.message = message
        self.origin = origin
    }

    /// Who has failed.
    public struct Origin: Hashable, Sendable, Codable {
        public var actor: String
        public var node: String
        public var pid: Int32

        public init(actor: String, node: String, pid: Int32) {
            self.actor = actor
            self.node = node
            self.pid = pid
        }
    }

    /// An error that a reader has caught, to be passed on: its origin stays what it was.
    public init(_ error: SluiceError) {
        kind = error.kind ?? error.code.rawValue
        message = error.message
        if let actor = error.actor, let node = error.node {
            origin = Origin(actor: actor, node: node, pid: error.pid ?? 0)
        }
    }
}

// What it looks like in a slot: an object of JSON.
extension ApplicationFailure {
    private struct Form: Codable {
        var kind: String
        var message: String
        var origin: Origin
    }

    /// Its bytes, at most `room`: a message that is too long is cut, and one that does not fit at all is left out.
    func encoded(by publisher: Origin, room: Int) -> [UInt8] {
        var form = Form(kind: kind, message: message, origin: origin ?? publisher)
        while true {
            guard let data = try? JSONEncoder().encode(form) else { return [] }
            if data.count <= room { return [UInt8](data) }
            guard !form.message.isEmpty else { return [] }
            // Escapes may make a cut character longer than a byte, never shorter.
            form.message = String(form.message.prefix(max(0, form.message.count - max(1, (data.count - room) / 6))))
        }
    }

    /// What a reader throws for it.
    static func error(
        _ bytes: UnsafeRawBufferPointer, channel: ChannelSpec, sequence: UInt64, writer: Origin
    ) -> SluiceError {
        let form =
            unsafe (try? JSONDecoder().decode(Form.self, from: Data(bytes)))
            ?? Form(kind: "", message: "the writer published an error that its slots have no room for", origin: writer)
        var error = SluiceError(
            .application, form.message, channel: channel.name.rawValue, actor: form.origin.actor,
            node: form.origin.node, pid: form.origin.pid, sequence: sequence)
        error.kind = form.kind
        return error
    }
}
