internal import CSluice
internal import Synchronization

/// The rare side's half of an asymmetric fence: the kernel makes other threads pass a full one, so that the frequent side
/// needs to keep only the compiler in order.
package enum HeavyFence {
    /// Whether the kernel does that for the threads of this process; asked once for each process. Whoever starts first asks
    /// first: a child that is forked in the middle of it would wait for it for ever.
    package static let isAvailable = sluice_prepare_heavy_fence()

    /// Whether this process takes part in the fences between processes: its threads pass those that others ask for, and
    /// its own reach all others that take part. Found out by ``takePart()``.
    package static var isShared: Bool { shared.load(ordering: .relaxed) }
    private static let shared = Atomic(false)

    /// From now on this process takes part, if the kernel lets it. Once in each process, before the first ring; a forked
    /// child is another process.
    package static func takePart() {
        // Both: a kernel that lets us be fenced but not fence would leave sleepers that nobody wakes.
        let can = sluice_register_for_shared_fences() && sluice_shared_heavy_fence()
        shared.store(can, ordering: .relaxed)
    }

    /// Every thread of every process that takes part has passed a full fence when this returns; so has this one.
    package static func passShared() {
        let hasPassed = sluice_shared_heavy_fence()
        precondition(hasPassed || !isShared, "membarrier, which this process has used before, is refused")
        if !hasPassed { atomicMemoryFence(ordering: .sequentiallyConsistent) }
    }
}
