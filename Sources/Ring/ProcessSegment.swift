internal import CSluice
package import SharedMemory
package import SluiceModel
internal import Synchronization

/// Why shared memory from another process is not used.
package enum ForeignMemoryError: Error, Hashable, Sendable, CustomStringConvertible {
    case system(SystemCallError)
    case segment(SegmentError)
    /// Not what it was said to be; the text says what is wrong.
    case invalid(String)

    package var description: String {
        switch self {
        case .system(let error): error.description
        case .segment(let error): error.description
        case .invalid(let what): what
        }
    }
}

/// This process's own segment: its cursors, its event word and its bells. Everyone else maps it read-only.
@safe
package final class ProcessSegment: Sendable {
    package let life: ProcessLife
    package let identity: ProcessIdentity
    package let cursorCount: Int
    /// Nil if the memory is this process's alone.
    package let segment: Segment?
    private let mapping: Mapping
    /// The number of the sleep that ``arm()`` announces. Starts at `life`: two lives of an agent share no number.
    private let sleep: Atomic<UInt64>

    /// - Parameter isLocal: Memory that no other process can map; for tests and for rings within one process.
    package init(
        life: ProcessLife, cursorCount: Int, identity: ProcessIdentity = .current(), isLocal: Bool = false
    ) throws(SystemCallError) {
        let size = ProcessLayout.size(cursorCount: cursorCount)
        segment = isLocal ? nil : try Segment(name: "sluice-process", size: size)
        mapping = if let segment { try segment.map(writable: true) } else { Mapping(local: size) }
        self.life = life
        self.identity = identity
        self.cursorCount = cursorCount
        sleep = Atomic(life.rawValue)
        let process = unsafe mapping.base.assumingMemoryBound(to: sluice_process.self)
        unsafe process.pointee.version = SLUICE_LAYOUT_VERSION
        unsafe process.pointee.cursor_count = UInt32(cursorCount)
        unsafe process.pointee.life = life.rawValue
        unsafe process.pointee.start_time = identity.startTime
        unsafe process.pointee.size = UInt64(size)
        unsafe process.pointee.pid = UInt32(bitPattern: identity.pid)
        unsafe process.pointee.magic = SLUICE_PROCESS_MAGIC
    }

    package var address: UInt { unsafe UInt(bitPattern: mapping.base) }
    package var event: Word32 { Word32(address: address + UInt(ProcessLayout.event)) }
    package var armed: Word64 { Word64(address: address) + ProcessLayout.armed }

    /// Tells every sleeper of this process that something has happened which it must look at. What has happened must be
    /// recorded before.
    package func bumpEvent() { WaitSteps.bump(HardwareMemory(), event) }

    package func cursor(_ line: UInt32) -> CursorWords {
        precondition(line < cursorCount, "cursor \(line) of \(cursorCount)")
        return CursorWords(address: address + UInt(ProcessLayout.cursors + Int(line) * ProcessLayout.cursor))
    }

    /// Makes a line ready for a new reader: before its attach is asked for, and after no ring's writer looks at it.
    package func resetCursor(_ line: UInt32) {
        let cursor = cursor(line)
        let memory = HardwareMemory()
        memory.store(0, to: cursor.released)
        memory.store(0, to: cursor.acquired)
        memory.store(0, to: cursor.waiting)
    }

    /// The bell of this process's writer endpoint with that number.
    package func publishedBell(endpoint: UInt32) -> Word64 { bell(ProcessLayout.published, endpoint) }
    /// The bell of this process's cursor line with that number.
    package func releasedBell(line: UInt32) -> Word64 { bell(ProcessLayout.released, line) }

    private func bell(_ first: Int, _ endpoint: UInt32) -> Word64 {
        let group = Int(endpoint / SLUICE_ENDPOINTS_PER_BELL) % Int(SLUICE_BELL_GROUPS)
        return Word64(address: address) + (first + group * ProcessLayout.bell)
    }

    /// Agents: says that the data thread is about to sleep. It must have drained its doorbells' eventfds before, and must
    /// look at every bell once more afterwards.
    package func arm() {
        var number = sleep.wrappingAdd(1, ordering: .relaxed).newValue
        if number == 0 { number = sleep.wrappingAdd(1, ordering: .relaxed).newValue }
        // SYNC POINT: with the load of `armed` in DoorbellSteps.ring. Either the ringer sees this, or the look at the
        // bells that follows sees the ring.
        HardwareMemory().storeOrdered(number, to: armed)
    }

    /// Agents: the data thread is awake; bells need no eventfd.
    package func disarm() { HardwareMemory().store(0, to: armed) }

    /// The same segment as another process would see it.
    package func view() -> ProcessView {
        ProcessView(mapping: mapping, life: life, identity: identity, cursorCount: cursorCount)
    }
}

/// Another process's segment, mapped read-only.
@safe
package final class ProcessView: Sendable {
    package let life: ProcessLife
    package let identity: ProcessIdentity
    package let cursorCount: Int
    private let mapping: Mapping

    /// Maps and checks what another process has sent.
    ///
    /// - Parameter life: Whose it is said to be.
    package convenience init(_ descriptor: Descriptor, life: ProcessLife) throws(ForeignMemoryError) {
        let segment: Segment
        do throws(SegmentError) {
            segment = try Segment(adopting: descriptor, size: nil, minimum: ProcessLayout.cursors)
        } catch { throw .segment(error) }
        let mapping: Mapping
        do throws(SystemCallError) { mapping = try segment.map(writable: false) } catch { throw .system(error) }
        // Copied once, then checked: its owner could change it in between.
        let process = unsafe mapping.base.assumingMemoryBound(to: sluice_process.self).pointee
        guard process.magic == SLUICE_PROCESS_MAGIC else { throw .invalid("this is not a process's segment") }
        guard process.version == SLUICE_LAYOUT_VERSION else {
            throw .invalid("the segment's layout is \(process.version), not \(SLUICE_LAYOUT_VERSION)")
        }
        guard process.life == life.rawValue else { throw .invalid("the segment is not of process \(life)") }
        let count = Int(process.cursor_count)
        guard process.size == segment.size, ProcessLayout.size(cursorCount: count) == segment.size else {
            throw .invalid("the segment's \(segment.size) bytes are not those of \(count) cursors")
        }
        let identity = ProcessIdentity(pid: Int32(bitPattern: process.pid), startTime: process.start_time)
        self.init(mapping: mapping, life: life, identity: identity, cursorCount: count)
    }

    fileprivate init(mapping: Mapping, life: ProcessLife, identity: ProcessIdentity, cursorCount: Int) {
        self.mapping = mapping
        self.life = life
        self.identity = identity
        self.cursorCount = cursorCount
    }

    private var address: UInt { unsafe UInt(bitPattern: mapping.base) }

    /// Nil if it has no such line.
    package func cursor(_ line: UInt32) -> CursorWords? {
        guard line < cursorCount else { return nil }
        return CursorWords(address: address + UInt(ProcessLayout.cursors + Int(line) * ProcessLayout.cursor))
    }

    /// An agent's word for workers: not 0 while it sleeps.
    package var armed: Word64 { Word64(address: address) + ProcessLayout.armed }

    /// How many bells a process has of either kind.
    package static let bellGroups = Int(SLUICE_BELL_GROUPS)
    package static let endpointsPerBell = Int(SLUICE_ENDPOINTS_PER_BELL)

    /// How often writer endpoints `64 × group` and the 63 after it have published with a destination waiting.
    package func publishedCount(group: Int) -> UInt64 { Bells.count(publishedBell(group: group)) }
    /// How often readers with cursor lines `64 × group` and the 63 after it have released for an agent that waits.
    package func releasedCount(group: Int) -> UInt64 { Bells.count(releasedBell(group: group)) }

    /// Where those counts are.
    package func publishedBell(group: Int) -> Word64 { bell(ProcessLayout.published, group) }
    package func releasedBell(group: Int) -> Word64 { bell(ProcessLayout.released, group) }

    private func bell(_ first: Int, _ group: Int) -> Word64 {
        precondition(group < Self.bellGroups, "bell group \(group)")
        return Word64(address: address) + (first + group * ProcessLayout.bell)
    }
}

/// The bells of several processes, to be looked at together.
package struct Bells: Sendable {
    private var words: [Word64] = []
    /// What they had rung in all: since none counts backwards, one look at all of them tells whether any has rung since.
    private var seen: UInt64 = 0

    package init() {}

    /// - Parameter seen: What it had rung when it was last attended to.
    package mutating func add(_ bell: Word64, seen: UInt64) {
        words.append(bell)
        self.seen &+= seen
    }

    /// One of them has been attended to, which had rung so often since.
    package mutating func attended(_ rung: UInt64) { seen &+= rung }

    /// Whether any has rung since it was last attended to.
    package var haveRung: Bool {
        var count: UInt64 = 0
        for word in words { count &+= Self.count(word) }
        return count != seen
    }

    static func count(_ bell: Word64) -> UInt64 {
        // SYNC POINT: with the increment in DoorbellSteps.ring, sequentially consistent because ``ProcessSegment/arm()``
        // is followed by it.
        HardwareMemory().loadOrdered(bell)
    }
}
