/// The writing thread's own copy of whom to wake, so that a publish needs no lock.
package struct WakeList: Hashable, Sendable {
    /// A reader's `waiting`, and how often it has been woken for its last sleep.
    package struct Entry: Hashable, Sendable {
        package var waiting: Word64
        package var wakes = WakeCount()
    }

    /// Of the gate list that this is a copy of; 0 is none.
    package private(set) var version: UInt64 = 0
    package private(set) var hasDestination = false
    private var entries: [Entry] = []
    /// The listed words' memory stays mapped at least until the next copy.
    private var views: [ProcessView] = []

    package init() {}

    mutating func renew(from list: GateList) {
        version = list.version
        hasDestination = list.gates.contains { $0.request.kind == .destination }
        // Counts start over: a line may have another reader by now, which counts its sleeps from 1.
        entries = list.gates.compactMap { gate in
            guard gate.request.kind == .reader, let cursor = gate.cursor else { return nil }
            return Entry(waiting: cursor.waiting)
        }
        views = list.views.all
    }

    /// Whether no reader will sleep before everyone has passed a heavy fence.
    @inline(__always)
    func everyoneWaives<Memory: MemoryAccess>(_ memory: Memory) throws(Memory.Interrupt) -> Bool {
        var index = 0
        while index < entries.count {
            guard try memory.load(entries[index].waiting) == Self.waived else { return false }
            index += 1
        }
        return true
    }

    /// `waiting` of a reader that has waived the writer's fences.
    package static let waived = UInt64.max

    /// Whether a reader sleeps that needs a wake after the publish that has just been made.
    @inline(__always)
    mutating func someoneSleeps<Memory: MemoryAccess>(_ memory: Memory) throws(Memory.Interrupt) -> Bool {
        var found = false
        var index = 0
        while index < entries.count {
            let sleep = try memory.loadOrdered(entries[index].waiting)
            if sleep != 0, sleep != Self.waived, entries[index].wakes.isDue(sleep) { found = true }
            index += 1
        }
        return found
    }

    package static func == (a: Self, b: Self) -> Bool {
        a.version == b.version && a.hasDestination == b.hasDestination && a.entries == b.entries
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(version)
        hasher.combine(hasDestination)
        hasher.combine(entries)
    }
}
