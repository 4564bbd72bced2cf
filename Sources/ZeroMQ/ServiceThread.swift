internal import CSluice
internal import Glibc
package import SluiceModel

/// A thread of our own, for what waits; it must be joined.
package final class ServiceThread: Sendable {
    private let thread: pthread_t

    package init(name: String, _ body: @escaping @Sendable () -> Void) throws(SluiceError) {
        var thread = pthread_t()
        let box = unsafe Unmanaged.passRetained(Body(name: name, run: body))
        let status = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let body = unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                unsafe sluice_name_thread(body.name)
                body.run()
                return nil
            }, box.toOpaque())
        guard status == 0 else {
            unsafe box.release()
            throw .system("pthread_create", status, unsafe String(cString: strerror(status)))
        }
        self.thread = thread
    }

    /// Once only.
    package func join() { pthread_join(thread, nil) }

    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }
}
