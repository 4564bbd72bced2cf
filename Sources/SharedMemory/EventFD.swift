internal import CSluice
internal import Glibc

/// An eventfd: a counter that a poll can wait for.
package struct EventFD: Sendable {
    package let descriptor: Descriptor

    /// A new one, non-blocking.
    package init() throws(SystemCallError) {
        descriptor = Descriptor(owning: try check("eventfd") { eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC)) })
    }

    /// One that was received.
    package init(_ descriptor: Descriptor) { self.descriptor = descriptor }

    /// Makes it readable. A full counter (EAGAIN) is as good as a signal.
    package func signal() { Self.signal(descriptor.raw) }

    @inline(__always)
    package static func signal(_ raw: Int32) {
        var one: UInt64 = 1
        while unsafe write(raw, &one, 8) < 0 && sluice_errno() == EINTR {}
    }

    /// Takes what was signalled; false if nothing was.
    @discardableResult
    package func drain() -> Bool {
        var count: UInt64 = 0
        while true {
            if unsafe read(descriptor.raw, &count, 8) == 8 { return true }
            if sluice_errno() != EINTR { return false }
        }
    }
}
