internal import Glibc

/// A gate list and its lock.
///
/// Locking takes the list out and unlocking puts it back, so that the protocol's steps hold a plain value in between.
@safe
package final class GuardedGates: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let list: UnsafeMutablePointer<GateList>

    package init(_ list: consuming GateList) {
        unsafe mutex = .allocate(capacity: 1)
        unsafe pthread_mutex_init(mutex, nil)
        unsafe self.list = .allocate(capacity: 1)
        unsafe self.list.initialize(to: list)
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
        unsafe list.deinitialize(count: 1)
        unsafe list.deallocate()
    }

    @inline(__always)
    func lock() -> GateList {
        unsafe pthread_mutex_lock(mutex)
        return unsafe list.move()
    }

    @inline(__always)
    func unlock(_ list: consuming GateList) {
        unsafe self.list.initialize(to: list)
        unsafe pthread_mutex_unlock(mutex)
    }

    func withLock<Result>(_ body: (inout GateList) -> Result) -> Result {
        var list = lock()
        let result = body(&list)
        unlock(list)
        return result
    }
}
