internal import CSluice
internal import Foundation
internal import SluiceModel

/// A TCP port of the loopback that nobody uses, for a service that must come back at the same one.
enum FreePort {
    /// Below the range that the kernel gives to outgoing connections, so that none of them takes it while the service
    /// is away.
    private static let range: ClosedRange<UInt16> = 15_000...32_000
    private static let mostTries = 100

    static func find() throws(SluiceError) -> UInt16 {
        for _ in 0..<mostTries {
            let port = UInt16.random(in: range)
            if try isFree(port) { return port }
        }
        throw SluiceError(.limitReached, "no free port after \(mostTries) tries in \(range)")
    }

    private static func isFree(_ port: UInt16) throws(SluiceError) -> Bool {
        let socket = try check("socket") { Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(socket, $0, size) == 0 }
        }
    }
}
