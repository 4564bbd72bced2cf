import Relay
import SluiceModel
import Testing

/// A growth, step by step: nodes, then readers, then the writer.
@Suite struct GrowthTests {
    private let a: NodeName
    private let b: NodeName
    private let channel: ChannelName
    private let near = ProcessLife(rawValue: 1)
    private let far = ProcessLife(rawValue: 2)
    private let never = Deadline.never

    init() throws {
        a = try NodeName("a")
        b = try NodeName("b")
        channel = try ChannelName("c")
    }

    private func growth(_ nodes: Set<NodeName>, until deadline: Deadline = .never) -> Growth {
        Growth(slotSize: 100, nodes: nodes, deadline: deadline)
    }

    @Test func `Every node comes before any reader, and every reader before the writer`() {
        var growth = growth([a, b])
        #expect(growth.begin() == .wait)
        #expect(growth.reserved(by: b) == .wait)
        #expect(growth.handed(to: [near]) == .wait, "handed before every node has answered")
        #expect(growth.reserved(by: a) == .hand)
        #expect(growth.mapped(by: near) == .wait, "mapped what was not handed out")
        #expect(growth.handed(to: [near, far]) == .wait)
        #expect(growth.mapped(by: far) == .wait)
        #expect(growth.mapped(by: far) == .wait, "said twice")
        #expect(growth.mapped(by: near) == .grant)
        #expect(growth.mapped(by: near) == .wait, "granted twice")
    }

    @Test func `With nobody to wait for it is granted at once`() {
        var growth = growth([])
        #expect(growth.begin() == .hand)
        #expect(growth.handed(to: []) == .grant)
    }

    @Test func `A node or a reader that goes is not waited for`() {
        var growth = growth([a, b])
        #expect(growth.begin() == .wait)
        #expect(growth.isGone(a) == .wait)
        #expect(growth.isGone(a) == .wait)
        #expect(growth.isGone(b) == .hand)
        #expect(growth.handed(to: [near]) == .wait)
        #expect(growth.refused(by: near, SluiceError(.writerDied, "it died")) == .grant)
    }

    @Test func `Any refusal ends it, once`() {
        let full = SluiceError(.outOfMemory, "full")
        var growth = growth([a, b])
        #expect(growth.begin() == .wait)
        #expect(growth.refused(by: a, full) == .fail(full))
        #expect(growth.refused(by: b, full) == .wait)
        #expect(growth.reserved(by: b) == .wait)
        #expect(growth.cancel(full) == .wait)

        var other = self.growth([])
        #expect(other.begin() == .hand)
        #expect(other.handed(to: [near, far]) == .wait)
        #expect(other.refused(by: far, full) == .fail(full))
        #expect(other.mapped(by: near) == .wait)
    }

    @Test func `What others say changes nothing`() {
        var growth = growth([a])
        #expect(growth.begin() == .wait)
        #expect(growth.reserved(by: b) == .wait)
        #expect(growth.refused(by: b, SluiceError(.outOfMemory, "full")) == .wait)
        #expect(growth.reserved(by: a) == .hand)
        #expect(growth.handed(to: [near]) == .wait)
        #expect(growth.mapped(by: far) == .wait)
        #expect(growth.refused(by: far, SluiceError(.system, "?")) == .wait)
        #expect(growth.mapped(by: near) == .grant)
    }

    @Test func `The deadline names who is late`() {
        var growth = growth([a, b], until: Deadline(nanoseconds: 10))
        #expect(growth.begin() == .wait)
        #expect(growth.reserved(by: a) == .wait)
        #expect(growth.expire(at: 9, channel: channel) == .wait)
        guard case .fail(let error) = growth.expire(at: 10, channel: channel) else {
            Issue.record("it goes on after its deadline")
            return
        }
        #expect(error.code == .timedOut)
        #expect(error.node == "b")
        #expect(error.needed == 100)
        #expect(growth.expire(at: 11, channel: channel) == .wait)
    }

    @Test func `A later call may extend the deadline, never shorten it`() {
        var growth = growth([a], until: Deadline(nanoseconds: 10))
        #expect(growth.begin() == .wait)
        growth.extend(to: Deadline(nanoseconds: 5))
        #expect(growth.deadline == Deadline(nanoseconds: 10))
        growth.extend(to: Deadline(nanoseconds: 20))
        #expect(growth.expire(at: 19, channel: channel) == .wait)
        growth.extend(to: .never)
        #expect(growth.expire(at: .max - 1, channel: channel) == .wait)
    }
}

/// Values that their receiver has no room for.
@Suite struct RoomTests {
    var outbox = Outbox(limits: .tiny)

    @Test mutating func `A value that is too large waits for room, and others go on`() {
        let index = outbox.add(channel: ChannelID(rawValue: 1), floor: 0)
        outbox.published(index, upTo: 2)
        #expect(outbox.open(index, stream: 1, next: 0, mayReach: 2, room: 5) == true)
        let other = outbox.add(channel: ChannelID(rawValue: 2), floor: 0)
        outbox.published(other, upTo: 1)
        #expect(outbox.open(other, stream: 2, next: 0, mayReach: 1, room: 6) == true)
        let step = outbox.next { _, _ in 6 }
        #expect(step == .small(stream: other, number: 2, sequence: 0, length: 6))
        if let step { outbox.sent(step) }
        #expect(outbox.next { _, _ in 6 } == nil)
        #expect(outbox.takeTooLarge() == [index])
        #expect(outbox.takeTooLarge() == [])
        outbox.reserved(index, room: 6)
        #expect(outbox.next { _, _ in 6 } == .small(stream: index, number: 1, sequence: 0, length: 6))
    }

    @Test mutating func `A run ends before a value that is too large`() {
        let index = outbox.add(channel: ChannelID(rawValue: 1), floor: 0)
        outbox.published(index, upTo: 3)
        #expect(outbox.open(index, stream: 1, next: 0, mayReach: 3, room: 4) == true)
        guard let step = outbox.next({ _, _ in 4 }), var run = outbox.run(from: step, room: 10_000) else {
            Issue.record("nothing is sent")
            return
        }
        #expect(run.take(length: 4) == true)
        #expect(run.take(length: 5) == false)
        outbox.sent(run)
        #expect(outbox.next { _, _ in 5 } == nil)
        #expect(outbox.takeTooLarge() == [index])
    }

    @Test mutating func `Opening again tells what room there is`() {
        let index = outbox.add(channel: ChannelID(rawValue: 1), floor: 0)
        outbox.published(index, upTo: 1)
        #expect(outbox.open(index, stream: 1, next: 0, mayReach: 1, room: 4) == true)
        #expect(outbox.next { _, _ in 5 } == nil)
        #expect(outbox.open(index, stream: 2, next: 0, mayReach: 1, room: 5) == true)
        #expect(outbox.next { _, _ in 5 } == .small(stream: index, number: 2, sequence: 0, length: 5))
    }
}
