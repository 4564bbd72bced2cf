internal import CSluice
internal import SharedMemory
package import SluiceModel
internal import Synchronization

/// The memory seam over real memory, real futexes and real clocks.
package struct HardwareMemory: MemoryAccess, Sendable {
    package typealias Interrupt = Never
    package typealias Gates = GuardedGates

    @inline(__always)
    package init() {}

    @inline(__always)
    package func load(_ word: Word64) -> UInt64 { unsafe word.atomic.pointee.load(ordering: .acquiring) }
    @inline(__always)
    package func load(_ word: Word32) -> UInt32 { unsafe word.atomic.pointee.load(ordering: .acquiring) }
    @inline(__always)
    package func loadOrdered(_ word: Word64) -> UInt64 {
        unsafe word.atomic.pointee.load(ordering: .sequentiallyConsistent)
    }
    @inline(__always)
    package func store(_ value: UInt64, to word: Word64) {
        unsafe word.atomic.pointee.store(value, ordering: .releasing)
    }
    // One instruction (xchg) on x86, where a separate fence would cost twice as much.
    @inline(__always)
    package func storeOrdered(_ value: UInt64, to word: Word64) {
        unsafe word.atomic.pointee.store(value, ordering: .sequentiallyConsistent)
    }
    @inline(__always)
    package func fence() { atomicMemoryFence(ordering: .sequentiallyConsistent) }
    package func heavyFence() { HeavyFence.passShared() }
    @inline(__always)
    package func increment(_ word: Word64) {
        unsafe word.atomic.pointee.wrappingAdd(1, ordering: .sequentiallyConsistent)
    }
    @inline(__always)
    package func increment(_ word: Word32) {
        unsafe word.atomic.pointee.wrappingAdd(1, ordering: .sequentiallyConsistent)
    }
    @inline(__always)
    package func read(_ word: Word64) -> UInt64 { unsafe word.plain.pointee }
    @inline(__always)
    package func write(_ value: UInt64, to word: Word64) { unsafe word.plain.pointee = value }
    @inline(__always)
    package func stamp(_ word: Word64) { store(sluice_monotonic_coarse_ns(), to: word) }

    package func wake(_ word: Word32) {
        // Nothing to check: it cannot fail on a mapped word, and a sleeper that it missed does not exist.
        _ = unsafe sluice_futex_wake(word.plain, Int32.max)
    }
    package func sleep(_ point: WaitPoint, until deadline: Deadline) {
        Waiter.wait(CollectionOfOne(point), until: deadline)
    }
    package func signal(_ descriptor: Int32) { EventFD.signal(descriptor) }

    @inline(__always)
    package func lock(_ gates: GuardedGates) -> GateList { gates.lock() }
    @inline(__always)
    package func unlock(_ gates: GuardedGates, _ list: consuming GateList) { gates.unlock(list) }

    package func hasPassed(_ deadline: Deadline) -> Bool {
        deadline != .never && (deadline.nanoseconds == 0 || deadline.hasPassed(at: monotonicNow()))
    }
    package func spin(_ budget: inout SpinBudget, while word: Word32, holds value: UInt32, event: Word32) -> Bool {
        budget.spin(while: word, holds: value, event: event)
    }
    @inline(__always)
    package func letGather(_ patience: inout Patience, _ word: Word64, beyond value: UInt64) {
        patience.letGather(word, beyond: value)
    }
    @inline(__always)
    package func again() {}
}

extension Word64 {
    @inline(__always)
    var atomic: UnsafeMutablePointer<Atomic<UInt64>> {
        unsafe UnsafeMutablePointer(bitPattern: address).unsafelyUnwrapped
    }
    @inline(__always)
    var plain: UnsafeMutablePointer<UInt64> { unsafe UnsafeMutablePointer(bitPattern: address).unsafelyUnwrapped }
}

extension Word32 {
    @inline(__always)
    var atomic: UnsafeMutablePointer<Atomic<UInt32>> {
        unsafe UnsafeMutablePointer(bitPattern: address).unsafelyUnwrapped
    }
    @inline(__always)
    var plain: UnsafeMutablePointer<UInt32> { unsafe UnsafeMutablePointer(bitPattern: address).unsafelyUnwrapped }
}
