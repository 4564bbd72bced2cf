package import SluiceModel

/// Where a worker finds its agent.
package enum WorkerAddress: Hashable, Sendable, CustomStringConvertible {
    /// The agent's Unix socket.
    case unix(path: String)
    /// The agent's control endpoint on the network; the agent tells its Unix path.
    case tcp(host: String, port: UInt16)

    /// The environment variable that is asked when no address is given.
    static let variable = "SLUICE_ADDRESS"
    /// The longest path of a Unix socket: `sun_path` less its terminating zero.
    static let mostPathBytes = 107

    /// Understands `unix:///path` and `tcp://host:port`; an IPv6 host stands in brackets.
    package init(parsing text: String) throws(SluiceError) {
        if text.hasPrefix("unix://") {
            self = try .unix(path: Self.path(of: text))
        } else if text.hasPrefix("tcp://") {
            self = try Self.endpoint(of: text)
        } else {
            throw Self.unparsable(text, "it begins with neither unix:// nor tcp://")
        }
    }

    /// The address given, else the environment's.
    package static func choose(_ given: String?, environment: String?) throws(SluiceError) -> WorkerAddress {
        if let given { return try WorkerAddress(parsing: given) }
        guard let environment, !environment.isEmpty else {
            throw SluiceError(
                .badAddress,
                "no agent address: give connect(to:) one, or set \(variable), for example "
                    + "\(variable)=unix:///run/sluice/agent.sock")
        }
        do { return try WorkerAddress(parsing: environment) } catch {
            throw SluiceError(error.code, "\(variable): \(error.message)", cause: error.cause)
        }
    }

    package var description: String {
        switch self {
        case .unix(let path): "unix://\(path)"
        case .tcp(let host, let port): host.contains(":") ? "tcp://[\(host)]:\(port)" : "tcp://\(host):\(port)"
        }
    }

    private static func path(of text: String) throws(SluiceError) -> String {
        let path = String(text.dropFirst("unix://".count))
        guard path.hasPrefix("/") else {
            throw unparsable(text, "the path must be absolute, as in unix:///run/sluice/agent.sock")
        }
        let bytes = path.utf8.count
        guard bytes <= mostPathBytes else {
            throw unparsable(text, "its path has \(bytes) bytes; a socket's path has at most \(mostPathBytes)")
        }
        guard !path.utf8.contains(0) else { throw unparsable(text, "its path contains a zero byte") }
        return path
    }

    private static func endpoint(of text: String) throws(SluiceError) -> WorkerAddress {
        let rest = text.dropFirst("tcp://".count)
        guard let colon = rest.lastIndex(of: ":") else {
            throw unparsable(text, "the port is missing, as in tcp://10.0.0.1:7400")
        }
        guard let port = UInt16(rest[rest.index(after: colon)...]), port > 0 else {
            throw unparsable(text, "the port is not a number from 1 to 65535")
        }
        var host = String(rest[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            throw unparsable(text, "an IPv6 host stands in brackets, as in tcp://[::1]:7400")
        }
        let allowed = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: ":"), UInt8(ascii: "%"):
                true
            default: false
            }
        }
        guard !host.isEmpty, allowed else { throw unparsable(text, "\"\(host)\" is not a host") }
        return .tcp(host: host, port: port)
    }

    private static func unparsable(_ text: String, _ why: String) -> SluiceError {
        SluiceError(.badAddress, "cannot parse the address \"\(text)\": \(why)")
    }
}
