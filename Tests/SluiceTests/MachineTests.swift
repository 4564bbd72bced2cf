import SluiceModel
import Testing
import Wire

@testable import Sluice

@Suite("Numbers and bounds") struct MachineTests {
    @Test func aNumberIsGivenOnceAndRestsLongest() throws {
        var pool = NumberPool(count: 3)
        var taken = [pool.take(), pool.take(), pool.take(), pool.take()]
        #expect(taken == [0, 1, 2, nil])
        #expect(pool.takenCount == 3)
        pool.giveBack(0)
        pool.giveBack(1)
        pool.giveBack(1)
        pool.giveBack(7)
        pool.giveBack(-1)
        #expect(pool.takenCount == 1)
        taken = [pool.take(), pool.take(), pool.take()]
        #expect(taken == [0, 1, nil])
        pool.giveBack(1)
        pool.giveBack(0)
        // After 1 comes 2, which is taken, and then 0.
        let next = pool.take()
        #expect(next == 0)
    }

    @Test func backOffGrowsToItsBound() {
        var backOff = BackOff()
        var waits: [UInt64] = []
        for _ in 0..<10 { waits.append(backOff.next()) }
        #expect(waits.first == BackOff.first)
        #expect(waits == waits.sorted())
        #expect(waits.last == BackOff.longest)
        backOff.reset()
        let again = backOff.next()
        #expect(again == BackOff.first)
    }

    @Test func everyEndpointHasItsWaiter() {
        #expect(Bounds.waiterThreads * Bounds.waitsPerThread >= 2 * Limits.mostEndpoints)
    }

    @Test func deadlinesExtendWithoutOverflow() {
        #expect(Deadline(nanoseconds: 5).extended(by: 7) == Deadline(nanoseconds: 12))
        #expect(Deadline.never.extended(by: 7) == .never)
        #expect(Deadline(nanoseconds: .max - 1).extended(by: 7) == .never)
    }
}

@Suite("The table of requests") struct RequestTableTests {
    private var table = RequestTable()

    private mutating func add(until nanoseconds: UInt64, _ request: Request = .status) throws -> RequestTable.Entry {
        let entry = table.add(request, deadline: Deadline(nanoseconds: nanoseconds), promise: Promise())
        return try #require(entry)
    }

    @Test mutating func expiresByDeadlineAndGraceInTheOrderAsked() throws {
        let late = try add(until: 200)
        let soon = try add(until: 100)
        let endless = table.add(.status, deadline: .never, promise: nil)
        #expect(table.nextExpiry(grace: 10) == Deadline(nanoseconds: 110))
        #expect(table.expired(at: 109, grace: 10).isEmpty)
        #expect(table.expired(at: 110, grace: 10) == [soon.id])
        #expect(table.expired(at: 500, grace: 10) == [late.id, soon.id])
        #expect(table.inOrder.map(\.id) == [late.id, soon.id, endless?.id])
        _ = table.take(soon.id)
        _ = table.take(late.id)
        #expect(table.nextExpiry(grace: 10) == .never)
    }

    @Test mutating func anAbandonedRequestStaysUntilItsAnswer() throws {
        let entry = try add(until: 1, .openReader(try ChannelName("c"), try ActorName("a"), line: 5))
        let first = table.abandon(entry.id)
        let second = table.abandon(entry.id)
        #expect(first != nil)
        #expect(second == nil)
        #expect(table.expired(at: 9, grace: 0).isEmpty)
        #expect(table.nextExpiry(grace: 0) == .never)
        #expect(table.isOpening(line: 5))
        let answered = table.take(entry.id)
        let again = table.take(entry.id)
        #expect(answered?.isAbandoned == true)
        #expect(again == nil)
        #expect(!table.isOpening(line: 5))
    }

    @Test mutating func isBounded() throws {
        for _ in 0..<Limits.mostRequests { _ = try add(until: 1) }
        let more = table.add(.status, deadline: .never, promise: nil)
        #expect(more == nil)
        let all = table.removeAll()
        #expect(all.count == Limits.mostRequests)
        #expect(table.count == 0)
    }

    @Test mutating func collectsPages() throws {
        let page = [UInt8](repeating: 1, count: 128 << 10)
        let entry = try add(until: 1)
        let isLast = [page, page, [2]].map { table.addPage($0, to: entry.id) }
        #expect(isLast == [false, false, true])
        let answered = table.take(entry.id)
        #expect(answered?.pages.count == 2 * page.count + 1)
        let strange = table.addPage(page, to: 99)
        #expect(strange)
        // More than any answer may have: bounded.
        let endless = try add(until: 1)
        for _ in 0..<200 { _ = table.addPage(page, to: endless.id) }
        let most = table.take(endless.id)?.pages.count ?? 0
        #expect(most <= 16 << 20)
    }

    @Test func asksWithTheTimeThatIsLeft() throws {
        let open = Request.openReader(try ChannelName("c"), try ActorName("a"), line: 1)
        func timeout(until deadline: Deadline, now: UInt64) -> Timeout? {
            guard case .openReader(let open) = open.message(until: deadline, now: now) else { return nil }
            return open.timeout
        }
        #expect(timeout(until: Deadline(nanoseconds: 500), now: 200)?.nanoseconds == 300)
        #expect(timeout(until: Deadline(nanoseconds: 500), now: 600) == .zero)
        #expect(timeout(until: .never, now: 600) == .infinite)
    }
}
