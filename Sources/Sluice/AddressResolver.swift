internal import SluiceModel

/// Finds an agent's Unix socket by the agent's network address.
protocol AddressResolver: Sendable {
    /// Asks the agent at `host`:`port` where its socket lies, before `deadline`.
    func locate(host: String, port: UInt16, deadline: Deadline) throws(SluiceError) -> LocatedAgent
}

/// What an agent says about its socket.
struct LocatedAgent: Hashable, Sendable {
    var path: String
    /// The content of the file beside the socket: whoever reads the same there sees the agent's file system.
    var token: [UInt8]
}

extension LocatedAgent {
    /// The file that proves that two processes see the same file system, named after the socket beside it.
    static func tokenPath(of socketPath: String) -> String { socketPath + ".token" }
    /// The longest token, bytes.
    static let mostTokenBytes = 64
}
