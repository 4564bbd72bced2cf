import Coordinator
import Placement
import SluiceModel
import Testing
import Wire

@Suite struct OutboxTests {
    private let a = Connection(routingID: [1])
    private let b = Connection(routingID: [2])

    private func answer(_ request: UInt64) -> CoordinatorMessage { CoordinatorMessage(request: request, .done) }

    @Test func withoutAnythingToWaitForItPassesOn() {
        var outbox = Outbox()
        #expect(outbox.post(answer(1), to: a)?.message == answer(1))
        #expect(outbox.count == 0)
    }

    @Test func whatFollowsARowWaitsForItInOrder() {
        var outbox = Outbox()
        outbox.wait(for: 3)
        #expect(outbox.post(answer(1), to: a) == nil)
        #expect(outbox.post(answer(2), to: b) == nil)
        outbox.wait(for: 5)
        #expect(outbox.post(answer(3), to: a) == nil)
        #expect(outbox.release(upTo: 2).isEmpty)
        #expect(outbox.release(upTo: 4).map(\.message.request) == [1, 2])
        // Nothing overtakes what is still held.
        #expect(outbox.post(answer(4), to: b) == nil)
        #expect(outbox.release(upTo: 5).map(\.message.request) == [3, 4])
        #expect(outbox.post(answer(5), to: b) != nil)
    }

    @Test func statusAndPingsOvertake() {
        var outbox = Outbox()
        outbox.wait(for: 1)
        for body in [.statusRequest, .ping, .status([])] as [CoordinatorMessage.Body] {
            #expect(outbox.post(CoordinatorMessage(request: 1, body), to: a) != nil)
        }
    }

    @Test func whoWaitsForADiskThatFailsIsAnswered() {
        var outbox = Outbox()
        outbox.wait(for: 1)
        let update = CoordinatorMessage(.desired(DesiredUpdate(base: 1, version: 2)))
        let registered = NodeRegistered(
            version: 1, epoch: 1, incarnation: 1, leaseMilliseconds: 1, heartbeatMilliseconds: 1,
            desired: DesiredUpdate(base: 0, version: 1))
        _ = outbox.post(update, to: a)
        _ = outbox.post(CoordinatorMessage(request: 4, .registered(registered)), to: b)
        _ = outbox.post(CoordinatorMessage(request: 5, .actorRegistered(1)), to: b)
        let error = SluiceError(.system, "no space")
        #expect(outbox.fail(error).map(\.message.body) == [.refused(error, .current), .failed(error)])
        #expect(outbox.release(upTo: 1).map(\.message) == [update])
    }
}
