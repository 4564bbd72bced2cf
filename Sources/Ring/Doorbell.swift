package import SharedMemory
internal import Synchronization

/// How this process tells its agent's data thread that there is something for it.
///
/// One for each process, shared by its endpoints. The agent may be replaced by its next life at any time.
@safe
package final class Doorbell: @unchecked Sendable {
    /// Views that stay mapped after the agent was replaced, for threads that have just loaded the old word.
    private static let keptViews = 4

    private let eventFD: EventFD
    /// The same, for the way of a value, which follows no references.
    private let rawDescriptor: Int32
    /// `signalled`, and what stands in for `armed` while there is no agent.
    private let locals: LocalWords
    private let armed: Atomic<UInt>
    private let views = Lock<[ProcessView]>([])

    package init(eventFD: EventFD) {
        self.eventFD = eventFD
        rawDescriptor = eventFD.descriptor.raw
        locals = LocalWords(count: 2)
        armed = Atomic(locals[1].address)
    }

    /// From now on rings are for this agent; nil: for nobody.
    package func setAgent(_ view: ProcessView?) {
        views.withLock { views in
            if let view { views.append(view) }
            armed.store(view?.armed.address ?? locals[1].address, ordering: .releasing)
            if views.count > Self.keptViews { views.removeFirst() }
        }
    }

    @inline(__always)
    func words(_ count: Word64) -> BellWords {
        BellWords(
            count: count, armed: Word64(address: armed.load(ordering: .acquiring)), signalled: locals[0],
            descriptor: rawDescriptor)
    }
}

/// Words that one process's threads share, each on a cache line of its own.
@safe
final class LocalWords: @unchecked Sendable {
    private let memory: UnsafeMutableRawPointer

    init(count: Int) {
        unsafe memory = UnsafeMutableRawPointer.allocate(byteCount: count * 64, alignment: 64)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: count * 64)
    }

    deinit { unsafe memory.deallocate() }

    subscript(index: Int) -> Word64 { unsafe Word64(address: UInt(bitPattern: memory) + UInt(index * 64)) }
}
