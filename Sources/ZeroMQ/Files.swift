internal import CSluice
internal import Glibc
internal import SluiceModel

/// What the key files need of the file system; every error names the path.
enum Files {
    /// Bytes of the largest file that is read.
    static let mostBytes = 4096

    /// Makes a file that is not there yet, with exactly this mode whatever the umask is.
    static func create(_ path: String, mode: mode_t, _ text: String) throws(SluiceError) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
        // Never wider than its owner at first, so that no one can open it before fchmod.
        let fd = try call("open", path) { Int(unsafe sluice_open(path, flags, 0o600)) }
        defer { _ = close(Int32(fd)) }
        do {
            try call("fchmod", path) { Int(fchmod(Int32(fd), mode)) }
            try write(Array(text.utf8), to: Int32(fd), path)
            // A secret that others know the public half of must not be lost with the host's power.
            if mode == 0o600 { try call("fsync", path) { Int(fsync(Int32(fd))) } }
        } catch {
            _ = unsafe unlink(path)
            throw error
        }
    }

    private static func write(_ bytes: [UInt8], to fd: Int32, _ path: String) throws(SluiceError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = try call("write", path) {
                unsafe rest.withUnsafeBytes { unsafe Glibc.write(fd, $0.baseAddress, $0.count) }
            }
            rest = rest.dropFirst(written)
        }
    }

    /// - Parameter isSecret: Refuse a file that anyone but its owner can read, or that is not this user's.
    static func read(_ path: String, isSecret: Bool) throws(SluiceError) -> String {
        // Not blocking: a FIFO of that name would hold the process.
        let fd = Int32(try call("open", path) { Int(unsafe sluice_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0)) })
        defer { _ = close(fd) }
        // Of the open file, not of the path: that may be another file by now.
        var status = stat()
        try call("fstat", path) { Int(unsafe fstat(fd, &status)) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= mostBytes else {
            throw .invalidArgument("\(path) is not a key file: it is no plain file of at most \(mostBytes) bytes")
        }
        if isSecret { try requirePrivate(status, path) }
        var bytes = [UInt8](repeating: 0, count: mostBytes)
        let count = try call("read", path) { unsafe Glibc.read(fd, &bytes, bytes.count) }
        guard let text = String(validating: bytes.prefix(count), as: UTF8.self) else {
            throw .invalidArgument("\(path) is not a key file: it is not UTF-8")
        }
        return text
    }

    private static func requirePrivate(_ status: stat, _ path: String) throws(SluiceError) {
        guard status.st_mode & 0o077 == 0 else {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw SluiceError(
                .accessDenied, "the secret key \(path) has mode 0\(mode), so that others can read it; chmod 600 \(path)"
            )
        }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw SluiceError(
                .accessDenied,
                "the secret key \(path) belongs to user \(status.st_uid), not to \(geteuid()); chown \(geteuid()) \(path)"
            )
        }
    }

    /// Makes a directory, and those above it, unless it is there.
    static func makeDirectory(_ path: String, mode: mode_t) throws(SluiceError) {
        if exists(path) { return }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try makeDirectory(String(path[..<slash]), mode: mode)
        }
        if unsafe mkdir(path, mode) != 0, sluice_errno() != EEXIST { try call("mkdir", path) { -1 } }
    }

    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// Names in a directory that end in `suffix`, sorted; at most `most`.
    static func names(in path: String, suffix: String, most: Int) throws(SluiceError) -> [String] {
        guard let directory = unsafe opendir(path) else { throw failure("opendir", path, sluice_errno()) }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            guard name.hasSuffix(suffix), !name.hasPrefix(".") else { continue }
            guard names.count < most else {
                throw SluiceError(.limitReached, "\(path) holds more than \(most) keys", available: UInt64(most))
            }
            names.append(name)
        }
        return names.sorted()
    }

    @discardableResult
    private static func call(_ name: String, _ path: String, _ body: () -> Int) throws(SluiceError) -> Int {
        while true {
            let result = body()
            if result >= 0 { return result }
            let errno = sluice_errno()
            if errno != EINTR { throw failure(name, path, errno) }
        }
    }

    private static func failure(_ name: String, _ path: String, _ errno: Int32) -> SluiceError {
        let reason = unsafe String(cString: strerror(errno))
        let hint =
            switch errno {
            case ENOENT: "; make keys with sluice keygen"
            case EEXIST: "; a key is never overwritten, remove the file first if it shall go"
            default: ""
            }
        let code: SluiceError.Code = errno == EACCES || errno == EPERM ? .accessDenied : .system
        return SluiceError(code, "\(name) \(path) failed: \(reason)\(hint)")
    }
}
