package import SluiceModel

/// The receiving half of the relay for one reader reference: which bytes of which value it takes next, how far it may be
/// sent to, and when its sender must hear of it. No byte, no socket, no clock: time comes in as an argument.
package struct Inbox: Sendable {
    package let channel: ChannelID
    package let slots: UInt64
    /// The largest value, bytes.
    package private(set) var slotSize: UInt64
    private let limits: RelayLimits

    /// The number of the present opening; 0: not open, every frame is dropped.
    package private(set) var stream: UInt64 = 0
    /// What the reader reference has published: the value to come.
    package private(set) var next: UInt64
    /// Bytes of that value that have arrived.
    package private(set) var offset: UInt64 = 0
    /// Its length, while it is incomplete.
    private var partial: UInt64?
    /// The end that the sender told: the stream holds so many values.
    package private(set) var end: UInt64?

    private var toldLanded: UInt64 = 0
    private var toldReach: UInt64 = 0
    /// When the first untold change of progress was seen; nil: all is told.
    private var untoldSince: UInt64?

    package init(channel: ChannelID, slots: Int, slotSize: Int, published: UInt64, limits: RelayLimits = RelayLimits())
    {
        self.channel = channel
        self.slots = UInt64(slots)
        self.slotSize = UInt64(slotSize)
        self.limits = limits
        next = published
    }

    /// Everything up to the end has been published.
    package var isComplete: Bool { end.map { next >= $0 } ?? false }

    // MARK: Opening

    /// Begins a new opening: the value under way starts over at offset 0.
    package mutating func open(stream: UInt64, mayReach: UInt64) -> OpenNumbers {
        self.stream = stream
        offset = 0
        partial = nil
        toldLanded = next
        toldReach = mayReach
        untoldSince = nil
        return OpenNumbers(stream: stream, next: next, mayReach: mayReach)
    }

    package struct OpenNumbers: Hashable, Sendable {
        package var stream: UInt64
        package var next: UInt64
        package var mayReach: UInt64
    }

    /// The reference's slots hold values of so many bytes from now on.
    package mutating func resize(slotSize: Int) { self.slotSize = UInt64(slotSize) }

    /// The session has ended: frames that are still under way are dropped.
    package mutating func close() {
        stream = 0
        offset = 0
        partial = nil
        untoldSince = nil
    }

    /// The sender says that the stream holds `final` values.
    ///
    /// - Returns: false if more than that have arrived.
    package mutating func ended(stream: UInt64, final: UInt64) -> Bool {
        guard stream == self.stream else { return true }
        guard final >= next, final > next || partial == nil else { return false }
        end = final
        return true
    }

    // MARK: Arrivals

    /// What to do with bytes that arrived.
    package enum Verdict: Hashable, Sendable {
        /// Store them at this offset of the slot of value `next`; then, if `completes`, publish it.
        case store(offset: UInt64, completes: Bool)
        /// Of another opening, or a repeat: drop them.
        case stale
        /// The sender broke a rule: drop them and open the stream again.
        case violation(Violation)
    }

    package enum Violation: String, Hashable, Sendable {
        case gap = "a sequence or an offset was skipped"
        case length = "the value's length changed on the way, or does not fit the slot"
        case credit = "sent beyond its credit"
        case end = "sent beyond the stream's end"
    }

    /// Judges a part of a value: `length` bytes at `offset` of a value of `valueLength` bytes.
    package mutating func arrived(
        stream: UInt64, sequence: UInt64, offset: UInt64, length: UInt64, valueLength: UInt64
    ) -> Verdict {
        guard stream == self.stream, stream != 0 else { return .stale }
        guard sequence >= next else { return .stale }
        guard sequence == next, offset == self.offset else {
            return sequence == next && offset < self.offset ? .stale : .violation(.gap)
        }
        guard sequence < toldReach else { return .violation(.credit) }
        if let end, sequence >= end { return .violation(.end) }
        // A value under way has `offset` below its length, another one begins at 0: whatever the peer says, no overflow.
        guard valueLength <= slotSize, partial == nil || partial == valueLength, length <= valueLength - offset,
            length > 0 || valueLength == 0
        else { return .violation(.length) }
        let completes = offset + length == valueLength
        if completes {
            next += 1
            self.offset = 0
            partial = nil
        } else {
            self.offset = offset + length
            partial = valueLength
        }
        return .store(offset: offset, completes: completes)
    }

    // MARK: Progress

    /// What the sender must hear now, if anything: at half a window, at once if it has no free slot, else after a while.
    ///
    /// - Parameter mayReach: the first sequence that has no slot yet.
    package mutating func progress(mayReach: UInt64, now: UInt64) -> ProgressNumbers? {
        guard stream != 0 else { return nil }
        guard next != toldLanded || mayReach != toldReach else {
            untoldSince = nil
            return nil
        }
        // Of value `sent` - 1 and below the sender has had no word; with none of its slots left it stands still.
        let halfWindow = max(1, slots / 2)
        let outOfCredit = mayReach > toldReach && next >= toldReach
        // Every slot of the writer's ring may be full of values that have landed here without its knowing.
        let windowLanded = next - toldLanded >= halfWindow
        let creditGrown = mayReach - toldReach >= halfWindow
        let since = untoldSince ?? now
        untoldSince = since
        guard outOfCredit || windowLanded || creditGrown || now >= since + limits.progressDelay else { return nil }
        return tell(mayReach: mayReach)
    }

    /// When ``progress(mayReach:now:)`` will have something to say at the latest; nil: nothing is untold.
    package var progressDue: UInt64? { untoldSince.map { $0 + limits.progressDelay } }

    /// Whether the sender may soon be short of credit: below half, releases must be told without delay.
    package var wantsReleases: Bool { stream != 0 && toldReach - next < max(1, slots / 2) }

    private mutating func tell(mayReach: UInt64) -> ProgressNumbers {
        toldLanded = next
        toldReach = mayReach
        untoldSince = nil
        return ProgressNumbers(stream: stream, landed: next, mayReach: mayReach)
    }

    package struct ProgressNumbers: Hashable, Sendable {
        package var stream: UInt64
        package var landed: UInt64
        package var mayReach: UInt64
    }
}
