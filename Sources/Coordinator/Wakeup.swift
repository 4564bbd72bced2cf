internal import CSluice
internal import Glibc
internal import SluiceModel

/// An eventfd: one thread sleeps on it, any other wakes it.
final class Wakeup: Sendable {
    /// To be polled for reading.
    let descriptor: Int32

    init() throws(SluiceError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else {
            throw .system("eventfd", sluice_errno(), unsafe String(cString: strerror(sluice_errno())))
        }
    }

    deinit { close(descriptor) }

    func signal() {
        // Fails only at 2⁶⁴ - 2 unseen signals.
        _ = eventfd_write(descriptor, 1)
    }

    /// Forgets what was signalled; before looking at what it was about.
    func clear() {
        var count: eventfd_t = 0
        _ = unsafe eventfd_read(descriptor, &count)
    }

    /// Sleeps until it is signalled, at most `milliseconds` (nil: for ever); a signal handler may end it early.
    func wait(milliseconds: Int?) {
        var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&item, 1, Int32(clamping: milliseconds ?? -1))
        clear()
    }
}
