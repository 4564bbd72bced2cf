internal import CSluice
internal import Glibc
internal import Synchronization

/// An open file descriptor that closes with its last owner.
package final class Descriptor: Sendable {
    private let value: Atomic<Int32>

    /// Takes over `owned`.
    package init(owning owned: Int32) { value = Atomic(owned) }

    deinit {
        let fd = value.load(ordering: .relaxed)
        // close(2) is not repeated after EINTR: on Linux the descriptor is gone by then.
        if fd >= 0 { _ = close(fd) }
    }

    /// The number, for a call; it stays this object's. Negative after ``take()``.
    package var raw: Int32 { value.load(ordering: .relaxed) }

    /// Gives the number away, to be closed by the caller; this object is empty afterwards.
    package func take() -> Int32 { value.exchange(-1, ordering: .relaxed) }

    /// A second descriptor of the same open file.
    package func duplicate() throws(SystemCallError) -> Descriptor {
        Descriptor(owning: try check("fcntl(F_DUPFD_CLOEXEC)") { fcntl(raw, F_DUPFD_CLOEXEC, 0) })
    }

    /// Opens what this descriptor refers to once more, with other rights.
    package func reopen(flags: Int32) throws(SystemCallError) -> Descriptor {
        Descriptor(
            owning: try check("open(/proc/self/fd)") {
                unsafe sluice_open("/proc/self/fd/\(raw)", flags | O_CLOEXEC, 0)
            })
    }
}
