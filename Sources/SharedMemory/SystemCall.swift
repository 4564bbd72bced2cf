internal import CSluice
package import SluiceModel

/// What a system call refused, with the call's name.
package struct SystemCallError: Error, Hashable, Sendable, CustomStringConvertible {
    package let call: String
    package let errno: Int32

    package init(_ call: String, _ errno: Int32) {
        self.call = call
        self.errno = errno
    }

    /// The process or the system is at its limit of descriptors.
    package var isOutOfDescriptors: Bool { errno == EMFILE || errno == ENFILE }

    /// There is no memory, or no shared memory, left.
    package var isOutOfMemory: Bool { errno == ENOMEM || errno == ENOSPC }

    package var description: String { "\(call) failed: \(reason) (errno \(errno))" }

    private var reason: String { unsafe String(cString: strerror(errno)) }

    /// The same for the library's users, with a code that they can act on.
    package var asSluiceError: SluiceError {
        if isOutOfDescriptors {
            return SluiceError(
                .outOfDescriptors, "\(call) found no free descriptor; raise the limit of open files", cause: description
            )
        }
        if isOutOfMemory {
            return SluiceError(.outOfMemory, "\(call) found no memory left", cause: description)
        }
        return .system(call, errno, reason)
    }
}

/// The one checker of system calls: what is negative becomes an error, and an interrupted call is made again.
@discardableResult
package func check<Result: SignedInteger>(
    _ call: @autoclosure () -> String, _ body: () -> Result
) throws(SystemCallError) -> Result {
    while true {
        let result = body()
        if result >= 0 { return result }
        let errno = sluice_errno()
        if errno != EINTR { throw SystemCallError(call(), errno) }
    }
}

/// The monotonic clock, nanoseconds.
@inline(__always)
package func monotonicNow() -> UInt64 { sluice_monotonic_ns() }
