internal import CSluice
internal import Foundation
internal import SluiceModel

/// This module's one checker of C calls: retries EINTR, and turns -1 into an error that names the call.
@discardableResult
func check(_ call: String, _ body: () -> Int) throws(SluiceError) -> Int {
    while true {
        let result = body()
        if result >= 0 { return result }
        let code = sluice_errno()
        if code != EINTR { throw .system(call, code, unsafe String(cString: strerror(code))) }
    }
}

/// A file that is read from its beginning to its end; `-` is standard input.
struct InputFile: ~Copyable {
    private let name: String
    private let descriptor: Int32

    init(_ path: String) throws(SluiceError) {
        name = path == "-" ? "standard input" : path
        descriptor =
            path == "-"
            ? STDIN_FILENO : Int32(try check("open \(path)") { unsafe Int(sluice_open(path, O_RDONLY | O_CLOEXEC, 0)) })
    }

    deinit { if descriptor != STDIN_FILENO { close(descriptor) } }

    /// How long a pipe that has given something may pause before that is passed on, milliseconds.
    private static let pause: Int32 = 1

    /// Reads until the room is full, the input ends, or a pipe has nothing more for now: what `tail -f` says must not
    /// wait until it fills a value.
    func fill(_ room: UnsafeMutableRawBufferPointer) throws(SluiceError) -> Int {
        var filled = 0
        while filled < room.count {
            if filled > 0, try !hasMore() { break }
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: room[filled...])
            let count = try check("read \(name)") { unsafe read(descriptor, rest.baseAddress, rest.count) }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    /// All bytes up to its end, or so many.
    func all(atMost most: Int) throws(SluiceError) -> [UInt8] {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: most, alignment: 1)
        defer { unsafe room.deallocate() }
        var filled = 0
        while filled < most {
            let count = try unsafe fill(UnsafeMutableRawBufferPointer(rebasing: room[filled...]))
            if count == 0 { break }
            filled += count
        }
        return unsafe Array(room[..<filled])
    }
}

extension InputFile {
    /// A file always has: its end counts as something to read.
    private func hasMore() throws(SluiceError) -> Bool {
        var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return try check("poll \(name)") { unsafe Int(poll(&item, 1, Self.pause)) } > 0
    }
}

/// A file that is made anew, or appended to; `-` is standard output.
struct OutputFile {
    private let name: String
    private let descriptor: Int32

    init(_ path: String, appends: Bool = false) throws(SluiceError) {
        name = path == "-" ? "standard output" : path
        let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (appends ? O_APPEND : O_TRUNC)
        descriptor =
            path == "-"
            ? STDOUT_FILENO : Int32(try check("open \(path)") { unsafe Int(sluice_open(path, flags, 0o666)) })
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(SluiceError) {
        var written = 0
        while written < bytes.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[written...])
            written += try check("write \(name)") { unsafe Foundation.write(descriptor, rest.baseAddress, rest.count) }
        }
    }

    /// A full disk may show only here.
    func close() throws(SluiceError) {
        if descriptor != STDOUT_FILENO { try check("close \(name)") { Int(Foundation.close(descriptor)) } }
    }
}
