package import SluiceModel

/// Who can reach an endpoint.
package enum Exposure: Hashable, Sendable {
    /// Processes of this host.
    case host
    case network

    /// By what the endpoint says; a host's name other than `localhost` counts as the network.
    package init(of endpoint: String) {
        guard let scheme = endpoint.firstRange(of: "://"), endpoint[..<scheme.lowerBound] == "tcp" else {
            self = .host
            return
        }
        let address = endpoint[scheme.upperBound...]
        let host = address.lastIndex(of: ":").map { address[..<$0] } ?? address
        switch host {
        case "localhost", "lo", "[::1]": self = .host
        default: self = Self.isLoopback(host) ? .host : .network
        }
    }

    /// 127.0.0.0/8, in dotted decimal.
    private static func isLoopback(_ host: Substring) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// The rule for every server: beyond this host only with keys, unless the user insists.
    ///
    /// - Throws: ``SluiceError/Code/accessDenied``, which says both ways out.
    package static func requireKeys(bind endpoint: String, keyring: Keyring?, insecure: Bool) throws(SluiceError) {
        guard keyring == nil, !insecure, Exposure(of: endpoint) == .network else { return }
        throw SluiceError(
            .accessDenied,
            """
            \(endpoint) can be reached from other hosts, and there are no keys: make some with sluice keygen and name \
            them with --keys, or say --insecure if everyone on that network may read and write your channels
            """)
    }
}
