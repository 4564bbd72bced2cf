internal import SluiceModel
internal import Wire

/// Finds an agent's Unix socket by the agent's network address.
protocol AddressResolver: Sendable {
    /// Asks the agent at `host`:`port` where its socket lies.
    ///
    /// - Throws: ``SluiceError/Code/badAddress`` or ``SluiceError/Code/agentUnavailable``, before `deadline`.
    func locate(host: String, port: UInt16, deadline: Deadline) throws(SluiceError) -> SocketLocation
}

/// From an address to the path of a socket that this process can use.
enum AgentPath {
    static func resolve(
        _ address: WorkerAddress, by resolver: any AddressResolver, deadline: Deadline
    ) throws(SluiceError) -> String {
        switch address {
        case .unix(let path): return path
        case .tcp(let host, let port):
            let location = try resolver.locate(host: host, port: port, deadline: deadline)
            guard location.isOfThisHost else {
                throw SluiceError(
                    .otherHost,
                    """
                    the agent at \(address) runs on another host, or its directory cannot be read here: channels are \
                    shared memory, so start an agent here and connect to that one
                    """, cause: "its socket is \(location.path) there")
            }
            guard location.path.utf8.count <= WorkerAddress.mostPathBytes, location.path.hasPrefix("/") else {
                throw SluiceError(
                    .protocolViolation, "cannot resolve \(address): the agent names a socket that cannot be",
                    cause: location.path)
            }
            return location.path
        }
    }
}
