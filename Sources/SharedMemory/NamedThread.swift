internal import CSluice
internal import Glibc

/// A thread of our own: blocking waits never run on the cooperative pool.
package final class NamedThread: Sendable {
    private let handle: Lock<pthread_t?>

    /// Starts `body`; `name` shows in the system's tools, its first 15 bytes.
    package init(
        _ name: String, stackBytes: Int = 512 << 10, _ body: @escaping @Sendable () -> Void
    ) throws(SystemCallError) {
        let start = unsafe Unmanaged.passRetained(Start(name: name, body: body))
        var thread = pthread_t()
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, max(stackBytes, 64 << 10))
        let status = unsafe pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                _ = unsafe sluice_name_thread(start.name)
                start.body()
                return nil
            }, start.toOpaque())
        guard status == 0 else {
            unsafe start.release()
            throw SystemCallError("pthread_create", status)
        }
        handle = Lock(thread)
    }

    /// Waits for its end; a second call returns at once.
    package func join() {
        let thread = handle.withLock { handle in
            defer { handle = nil }
            return handle
        }
        if let thread { _ = pthread_join(thread, nil) }
    }

    /// Offers the core to others.
    package static func yield() { _ = sched_yield() }

    deinit {
        if let thread = handle.withLock({ $0 }) { pthread_detach(thread) }
    }

    private final class Start {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            // The kernel takes 15 bytes and a zero, and refuses more.
            var short = name
            while short.utf8.count > 15 { short.removeLast() }
            self.name = short
            self.body = body
        }
    }
}
