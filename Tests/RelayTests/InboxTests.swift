import Relay
import SluiceModel
import Testing

extension Inbox.ProgressNumbers {
    /// Stream, landed, may reach.
    fileprivate var numbers: [UInt64] { [stream, landed, mayReach] }
}

extension Inbox.OpenNumbers {
    /// Stream, next, may reach.
    fileprivate var numbers: [UInt64] { [stream, next, mayReach] }
}

@Suite struct InboxTests {
    /// 8 slots of 300 bytes, opened as stream 1 at value 0 with credit for 8.
    var inbox: Inbox = {
        var inbox = Inbox(channel: ChannelID(rawValue: 1), slots: 8, slotSize: 300, published: 0, limits: .tiny)
        _ = inbox.open(stream: 1, mayReach: 8)
        return inbox
    }()

    /// A part of a value, of stream 1.
    mutating func part(
        _ sequence: UInt64, _ offset: UInt64 = 0, _ length: UInt64 = 5, of valueLength: UInt64 = 5
    ) -> Inbox.Verdict {
        inbox.arrived(stream: 1, sequence: sequence, offset: offset, length: length, valueLength: valueLength)
    }

    mutating func whole(_ sequences: Range<UInt64>) {
        for sequence in sequences { #expect(part(sequence) == .store(offset: 0, completes: true)) }
    }

    // MARK: Arrivals

    @Test mutating func `Values come in order`() {
        whole(0..<3)
        #expect(inbox.next == 3)
        #expect(inbox.offset == 0)
    }

    @Test mutating func `A value of no length completes at once`() {
        #expect(part(0, 0, 0, of: 0) == .store(offset: 0, completes: true))
        #expect(inbox.next == 1)
        #expect(part(1, 0, 0, of: 5) == .violation(.length), "an empty part of a value that has bytes")
        #expect(inbox.next == 1)
    }

    @Test(arguments: [UInt64(100), 200, 300, 101, 201, 299])
    mutating func `The last chunk completes a value, and no other`(length: UInt64) {
        var offset: UInt64 = 0
        while offset < length {
            let size = min(100, length - offset)
            #expect(inbox.next == 0)
            #expect(inbox.offset == offset)
            #expect(part(0, offset, size, of: length) == .store(offset: offset, completes: offset + size == length))
            offset += size
        }
        #expect(inbox.next == 1)
        #expect(inbox.offset == 0)
        whole(1..<2)
    }

    @Test mutating func c13LateChunksOfAnotherOpeningAreStale() {
        #expect(inbox.arrived(stream: 2, sequence: 0, offset: 0, length: 5, valueLength: 5) == .stale)
        #expect(inbox.arrived(stream: 0, sequence: 0, offset: 0, length: 5, valueLength: 5) == .stale)
        inbox.close()
        #expect(part(0) == .stale)
        #expect(inbox.arrived(stream: 0, sequence: 0, offset: 0, length: 5, valueLength: 5) == .stale)
        #expect(inbox.next == 0)
    }

    @Test mutating func c13RepeatsAreStale() {
        whole(0..<2)
        #expect(part(0) == .stale)
        #expect(part(2, 0, 100, of: 250) == .store(offset: 0, completes: false))
        #expect(part(2, 0, 100, of: 250) == .stale)
        #expect(part(1) == .stale)
        #expect(part(2, 100, 100, of: 250) == .store(offset: 100, completes: false))
        #expect(part(2, 0, 100, of: 250) == .stale)
        #expect(part(2, 200, 50, of: 250) == .store(offset: 200, completes: true))
    }

    @Test mutating func `A gap is a violation and changes nothing`() {
        #expect(part(1) == .violation(.gap))
        #expect(part(0, 100, 50, of: 200) == .violation(.gap))
        #expect(part(0, 0, 100, of: 300) == .store(offset: 0, completes: false))
        #expect(part(0, 200, 100, of: 300) == .violation(.gap))
        #expect(part(1) == .violation(.gap), "the value under way is not complete")
        #expect(inbox.next == 0)
        #expect(inbox.offset == 100)
    }

    @Test mutating func `Beyond its credit is a violation`() {
        whole(0..<8)
        #expect(part(8) == .violation(.credit))
        #expect(inbox.progress(mayReach: 9, now: 0)?.numbers == [1, 8, 9])
        whole(8..<9)
        #expect(part(9) == .violation(.credit))
    }

    @Test mutating func `Credit counts from when it is told`() {
        _ = inbox.open(stream: 1, mayReach: 1)
        whole(0..<1)
        #expect(part(1) == .violation(.credit))
    }

    @Test mutating func `Lengths that do not fit are violations and change nothing`() {
        #expect(part(0, 0, 100, of: 301) == .violation(.length), "longer than the slot")
        #expect(part(0, 0, 6, of: 5) == .violation(.length), "more than the value")
        #expect(part(0, 0, 100, of: 200) == .store(offset: 0, completes: false))
        #expect(part(0, 100, 100, of: 201) == .violation(.length), "the value's length changed")
        #expect(part(0, 100, 0, of: 0) == .violation(.length), "the value's length changed")
        #expect(part(0, 100, 101, of: 200) == .violation(.length), "more than is left")
        #expect(part(0, 100, 0, of: 200) == .violation(.length), "nothing")
        #expect(inbox.offset == 100)
        #expect(part(0, 100, 100, of: 200) == .store(offset: 100, completes: true))
    }

    @Test mutating func `Numbers of any size do not trap`() {
        #expect(part(0, 0, .max, of: .max) == .violation(.length))
        #expect(part(.max, .max, .max, of: .max) == .violation(.gap))
        #expect(part(0, 0, 100, of: 200) == .store(offset: 0, completes: false))
        #expect(part(0, 100, .max, of: 200) == .violation(.length))
        #expect(part(0, .max, .max, of: 200) == .violation(.gap))
        #expect(inbox.ended(stream: 1, final: .max) == true)
    }

    // MARK: The end

    @Test mutating func `The end bounds what may come`() {
        #expect(inbox.ended(stream: 1, final: 2) == true)
        #expect(!inbox.isComplete)
        whole(0..<2)
        #expect(inbox.isComplete)
        #expect(part(2) == .violation(.end))
    }

    @Test mutating func `An end before what has come is refused`() {
        whole(0..<2)
        #expect(part(2, 0, 100, of: 200) == .store(offset: 0, completes: false))
        #expect(inbox.ended(stream: 1, final: 1) == false)
        #expect(inbox.ended(stream: 1, final: 2) == false, "a value beyond it is under way")
        #expect(inbox.end == nil)
        #expect(inbox.ended(stream: 1, final: 3) == true)
        #expect(inbox.end == 3)
    }

    @Test mutating func `An end of another opening changes nothing`() {
        #expect(inbox.ended(stream: 2, final: 0) == true)
        #expect(inbox.end == nil)
    }

    @Test mutating func `An empty stream is complete once its end is told`() {
        #expect(!inbox.isComplete)
        #expect(inbox.ended(stream: 1, final: 0) == true)
        #expect(inbox.isComplete)
    }

    // MARK: Opening

    @Test mutating func `An opening starts the value under way over`() {
        whole(0..<1)
        #expect(part(1, 0, 100, of: 200) == .store(offset: 0, completes: false))
        inbox.close()
        #expect(inbox.open(stream: 2, mayReach: 9).numbers == [2, 1, 9])
        #expect(part(1, 100, 100, of: 200) == .stale)
        #expect(inbox.arrived(stream: 2, sequence: 1, offset: 100, length: 100, valueLength: 200) == .violation(.gap))
        #expect(
            inbox.arrived(stream: 2, sequence: 1, offset: 0, length: 100, valueLength: 200)
                == .store(offset: 0, completes: false))
    }

    @Test mutating func `After an opening nothing is untold`() {
        whole(0..<1)
        #expect(inbox.progress(mayReach: 8, now: 0) == nil)
        #expect(inbox.progressDue == 1_000)
        #expect(inbox.open(stream: 2, mayReach: 9).next == 1)
        #expect(inbox.progressDue == nil)
        #expect(inbox.progress(mayReach: 9, now: 5_000) == nil)
    }

    @Test func `A reference that has published before goes on there`() {
        var inbox = Inbox(channel: ChannelID(rawValue: 1), slots: 2, slotSize: 10, published: 40, limits: .tiny)
        #expect(inbox.open(stream: 3, mayReach: 42).numbers == [3, 40, 42])
        #expect(
            inbox.arrived(stream: 3, sequence: 40, offset: 0, length: 1, valueLength: 1)
                == .store(offset: 0, completes: true))
    }

    // MARK: Progress

    @Test mutating func `Landed is told at half a window`() {
        whole(0..<3)
        #expect(inbox.progress(mayReach: 8, now: 0) == nil)
        whole(3..<4)
        #expect(inbox.progress(mayReach: 8, now: 0)?.numbers == [1, 4, 8])
        #expect(inbox.progressDue == nil)
        #expect(inbox.progress(mayReach: 8, now: 9_000) == nil, "all is told")
    }

    @Test mutating func `Credit is told at half a window`() {
        whole(0..<4)
        _ = inbox.progress(mayReach: 8, now: 0)
        #expect(inbox.progress(mayReach: 11, now: 0) == nil)
        #expect(inbox.progress(mayReach: 12, now: 0)?.numbers == [1, 4, 12])
    }

    @Test mutating func `Credit is told at once to a sender that has none`() {
        whole(0..<8)
        #expect(inbox.progress(mayReach: 8, now: 0)?.numbers == [1, 8, 8])
        #expect(inbox.progress(mayReach: 8, now: 0) == nil, "nothing to give")
        #expect(inbox.progress(mayReach: 9, now: 0)?.numbers == [1, 8, 9])
        #expect(inbox.progress(mayReach: 10, now: 0) == nil, "the sender may send one")
        #expect(inbox.progressDue == 1_000)
    }

    @Test mutating func `Anything is told after the delay, counted from the first change`() {
        whole(0..<1)
        #expect(inbox.progress(mayReach: 8, now: 500) == nil)
        whole(1..<2)
        #expect(inbox.progress(mayReach: 9, now: 1_400) == nil)
        #expect(inbox.progressDue == 1_500)
        #expect(inbox.progress(mayReach: 9, now: 1_499) == nil)
        #expect(inbox.progress(mayReach: 9, now: 1_500)?.numbers == [1, 2, 9])
        #expect(inbox.progressDue == nil)
    }

    @Test mutating func `A closed inbox tells nothing`() {
        whole(0..<8)
        inbox.close()
        #expect(inbox.progress(mayReach: 16, now: 9_000) == nil)
        #expect(inbox.progressDue == nil)
        #expect(!inbox.wantsReleases)
    }

    @Test mutating func `Releases are wanted below half of the credit`() {
        whole(0..<4)
        #expect(!inbox.wantsReleases)
        whole(4..<5)
        #expect(inbox.wantsReleases)
        _ = inbox.progress(mayReach: 12, now: 0)
        #expect(!inbox.wantsReleases)
    }

    @Test(arguments: [1, 2, 3]) func `With few slots every value is told at once`(slots: Int) {
        var inbox = Inbox(channel: ChannelID(rawValue: 1), slots: slots, slotSize: 10, published: 0, limits: .tiny)
        _ = inbox.open(stream: 1, mayReach: UInt64(slots))
        #expect(
            inbox.arrived(stream: 1, sequence: 0, offset: 0, length: 1, valueLength: 1)
                == .store(offset: 0, completes: true))
        #expect(
            inbox.progress(mayReach: UInt64(slots), now: 0)?.numbers == [1, 1, UInt64(slots)])
    }
}
