internal import CSluice
internal import Glibc
internal import SluiceModel
internal import Synchronization

/// One coordinator per store: a locked file beside it, which the kernel unlocks with the process.
final class StoreLock: Sendable {
    private let descriptor: Int32
    private let isReleased = Atomic<Bool>(false)

    init(store: String) throws(SluiceError) {
        let path = store + ".lock"
        descriptor = unsafe sluice_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw SluiceError(
                .system,
                "the store's lock \(path) cannot be opened: \(reason()); name a store where files can be written"
            )
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let holder = Self.read(descriptor)
            close(descriptor)
            throw SluiceError(
                .nameTaken,
                "the store \(store) is in use by the coordinator in process \(holder); stop that one, or name another",
                pid: Int32(holder))
        }
        Self.write("\(getpid())\n", to: descriptor)
    }

    deinit { release() }

    /// The file stays: to remove it would let two processes lock two files of one name.
    func release() {
        // Once only: the number may be someone else's by the second time.
        guard !isReleased.exchange(true, ordering: .relaxed) else { return }
        close(descriptor)
    }

    private static func read(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
        let digits = bytes.prefix(max(0, count)).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return digits.isEmpty ? "(unknown)" : String(decoding: digits, as: UTF8.self)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        // Only for the message above; without it the lock is as good.
        _ = ftruncate(descriptor, 0)
        _ = unsafe pwrite(descriptor, text, text.utf8.count, 0)
    }
}

private func reason() -> String { unsafe String(cString: strerror(sluice_errno())) }
