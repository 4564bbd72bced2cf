internal import CSluice
internal import Glibc

/// A lock on a file that at most one process holds; it goes with the process.
package final class FileLock: Sendable {
    private let descriptor: Descriptor

    private init(_ descriptor: Descriptor) { self.descriptor = descriptor }

    /// Takes the lock; nil if another process holds it.
    package static func acquire(path: String) throws(SystemCallError) -> FileLock? {
        let descriptor = Descriptor(
            owning: try check("open(\(path))") {
                unsafe sluice_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            })
        do throws(SystemCallError) {
            try check("flock") { flock(descriptor.raw, LOCK_EX | LOCK_NB) }
        } catch {
            if error.errno == EWOULDBLOCK { return nil }
            throw error
        }
        return FileLock(descriptor)
    }
}
