internal import ArgumentParser
internal import Foundation
internal import SluiceModel

/// Accepts connections, reads each to its end and closes it.
struct ListenRole: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "listen")
    @Argument var host: String
    @Argument var port: UInt16

    func run() throws {
        let listener = try tcpSocket()
        var address = try socketAddress(host, port)
        try check("bind") { unsafe withSocketAddress(&address) { unsafe bind(listener, $0, $1) } }
        try check("listen") { listen(listener, 16) }
        say("listening")
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let connection = accept(listener, nil, nil)
            while unsafe recv(connection, &buffer, buffer.count, 0) > 0 {}
            close(connection)
        }
    }
}

/// Connects within a time limit, sends so many bytes, and waits until the other side has read them all.
struct ConnectRole: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "connect")
    @Argument var host: String
    @Argument var port: UInt16
    @Option var bytes = 0
    @Option var milliseconds: Int = 500

    func run() throws {
        let socket = try tcpSocket()
        var limit = timeval(tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
        // On Linux the limit of sending is connect's as well.
        try check("setsockopt") {
            unsafe setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        var address = try socketAddress(host, port)
        try check("connect") { unsafe withSocketAddress(&address) { unsafe connect(socket, $0, $1) } }
        let data = [UInt8](repeating: 7, count: bytes)
        var sent = 0
        while sent < bytes {
            sent += Int(try check("send") { unsafe Int32(send(socket, Array(data[sent...]), bytes - sent, 0)) })
        }
        try check("shutdown") { shutdown(socket, Int32(SHUT_WR)) }
        var byte = UInt8(0)
        try check("recv") { unsafe Int32(recv(socket, &byte, 1, 0)) }
    }
}

/// Ignores SIGTERM.
struct IgnoreRole: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ignore")

    func run() throws {
        signal(SIGTERM, SIG_IGN)
        say("ready")
        while true { pause() }
    }
}

private func tcpSocket() throws -> Int32 { try check("socket") { socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) } }

private func socketAddress(_ host: String, _ port: UInt16) throws -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    guard unsafe inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
        throw ValidationError("\(host) is no address")
    }
    return address
}

private func withSocketAddress(
    _ address: inout sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
) -> Int32 {
    unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}

@discardableResult
private func check(_ call: String, _ body: () -> Int32) throws -> Int32 {
    let result = body()
    if result < 0 { throw SluiceError(.system, "\(call): \(unsafe String(cString: strerror(errno)))") }
    return result
}
