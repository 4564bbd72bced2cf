internal import Planning
internal import Sluice
internal import SluiceModel

/// The way of one client's values to one input.
final class PushedStream: Sendable {
    private let writer: Writer
    private let type: BlobType
    private let name: String
    private let turns = Turns()

    init(_ writer: Writer, _ name: String, _ type: BlobType) {
        self.writer = writer
        self.name = name
        self.type = type
    }

    /// Copies a value into the next slot.
    func push(_ value: PlanValue, _ timeout: Timeout) async throws(SluiceError) {
        try await turns.enter(timeout, "pushing \(name)")
        defer { turns.leave() }
        var loan = try await writer.loan(timeout: timeout)
        let view = try RegisterView(alone: name, type, of: "client", on: "")
        try unsafe loan.withUnsafeMutableBytes { slot throws(SluiceError) in unsafe try view.begin(slot) }
        try copy(value, to: view)
        try loan.publish(count: view.close())
    }

    /// Sends why there is no value.
    func push(_ failure: ApplicationFailure, _ timeout: Timeout) async throws(SluiceError) {
        try await turns.enter(timeout, "pushing \(name)")
        defer { turns.leave() }
        let loan = try await writer.loan(timeout: timeout)
        try loan.publish(failure)
    }

    func close() { writer.close() }

    private func copy(_ value: PlanValue, to view: RegisterView) throws(SluiceError) {
        guard var place = view.mutableBlob(0) else { return }
        switch value {
        case .tensor(let tensor): try place.copy(tensor)
        case .strings(let strings): try place.copy(strings)
        }
    }
}
