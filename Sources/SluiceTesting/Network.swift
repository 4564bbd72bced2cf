internal import Foundation
package import SluiceModel

/// Network namespaces joined by a bridge, one per host, whose links can be cut and healed.
///
/// None of them has a name: each is held by a process that the kernel kills with us, and goes with it. So a crash of
/// the test leaves nothing to sweep. The bridge, and the coordinator, live in a namespace of their own; the machine's
/// network is not touched, and every network may use the same addresses.
///
/// A link is cut by routing what goes to the other host into a second veth that nobody answers on: it vanishes without
/// an error, as on a cut cable, in one direction, and for connections that exist as for new ones.
package final class Network: Sendable {
    package static let hubAddress = "10.77.0.254"
    package static let mostHosts = 200

    /// One end of the network: the hub, or a host 1, 2, 3 …
    package struct Host: Hashable, Sendable {
        package let number: Int
        package static let hub = Host(number: 0)
        package init(number: Int) { self.number = number }
        package var address: String { self == .hub ? Network.hubAddress : "10.77.0.\(number)" }
        /// The interface that others reach it by.
        var interface: String { self == .hub ? "bridge0" : "eth0" }
    }

    /// Processes that hold the namespaces: the hub's, then each host's.
    private let holders: [ChildProcess]

    private init(holders: [ChildProcess]) { self.holders = holders }

    /// The process whose network namespace is this host's.
    package func holder(of host: Host) -> Int32 { holders[host.number].pid }

    /// Makes a network of hosts 1 ... count.
    package static func make(hosts count: Int, in directory: ClusterDirectory, tag: ClusterTag)
        async throws(SluiceError)
        -> Network
    {
        guard 1...mostHosts ~= count else {
            throw .invalidArgument("a network of \(count) hosts; 1 to \(mostHosts) are possible")
        }
        var holders: [ChildProcess] = []
        for number in 0...count { holders.append(try await hold(number, in: directory, tag: tag)) }
        let network = Network(holders: holders)
        try await network.ip(.hub, hubSetUp + (1...count).flatMap { network.wiring(of: Host(number: $0)) })
        for number in 1...count {
            let host = Host(number: number)
            try await network.ip(host, hostSetUp(host))
        }
        return network
    }

    package func remove() async {
        for holder in holders { try? await holder.kill() }
    }

    private static func hold(_ number: Int, in directory: ClusterDirectory, tag: ClusterTag) async throws(SluiceError)
        -> ChildProcess
    {
        let child = try await ChildProcess.start(
            .init(
                label: "holder of network namespace \(number)", executable: "unshare",
                arguments: ["--net", "--", "sleep", "infinity"],
                environment: [ClusterTag.variable: tag.description], output: directory.file("network.out"),
                errors: directory.file("network.err")))
        // Before unshare(2) has returned it is still our own namespace that we would configure.
        do {
            try await waitUntil("a network namespace", within: .seconds(5)) {
                if child.exit != nil { throw child.failure(.system, "unshare --net failed") }
                return Proc.namespace(of: child.pid) != Proc.namespace(of: getpid())
                    && Proc.name(of: child.pid).hasPrefix("sleep")
            }
        } catch { throw child.failure(.system, "unshare --net failed: \(error.message)") }
        return child
    }
}

extension Network {
    private static let hubSetUp = [
        "link set lo up",
        "link add bridge0 type bridge",
        "link set bridge0 up",
        "addr add \(hubAddress)/24 dev bridge0",
        "link add void0 type veth peer name void0peer",
        "link set void0 arp off",
        "link set void0 up",
        "link set void0peer up",
    ]

    private func wiring(of host: Host) -> [String] {
        let (n, pid) = (host.number, holder(of: host))
        return [
            "link add port\(n) type veth peer name eth0 netns \(pid)",
            "link set port\(n) master bridge0",
            "link set port\(n) up",
            "link add sink\(n) type veth peer name void0 netns \(pid)",
            "link set sink\(n) up",
        ]
    }

    private static func hostSetUp(_ host: Host) -> [String] {
        [
            "link set lo up",
            "addr add \(host.address)/24 dev eth0",
            "link set eth0 up",
            "link set void0 arp off",
            "link set void0 up",
        ]
    }

    /// Runs `ip` once, with many commands, inside a host's namespace.
    private func ip(_ host: Host, _ commands: [String]) async throws(SluiceError) {
        try await Tool.run(
            "nsenter", ["--net=/proc/\(holder(of: host))/ns/net", "--", "ip", "-batch", "-"],
            input: commands.joined(separator: "\n") + "\n")
    }
}

extension Network {
    /// Drops what `from` sends to `to`.
    package func cut(from: Host, to: Host) async throws(SluiceError) {
        try await ip(from, ["route replace \(to.address)/32 dev void0 src \(from.address)"])
    }

    /// Lets it pass again.
    package func heal(from: Host, to: Host) async throws(SluiceError) {
        // A route that is not there is no failure: "route flush" takes what matches, also nothing.
        try await ip(from, ["route flush exact \(to.address)/32 dev void0"])
    }

    /// Takes a host's interface down, as `ip link set down` does: its own sends fail at once.
    package func setLink(of host: Host, up: Bool) async throws(SluiceError) {
        try await ip(host, ["link set \(host.interface) \(up ? "up" : "down")"])
    }

    /// Bytes that the host's interface has received and sent, by the kernel's count.
    package func bytes(of host: Host) throws(SluiceError) -> NetworkBytes {
        let path = "/proc/\(holder(of: host))/net/dev"
        guard let text = Proc.text(path), let bytes = NetworkBytes(interface: host.interface, of: text) else {
            throw .system("read \(path)", 0, "it has no line for \(host.interface)")
        }
        return bytes
    }
}

extension Proc {
    /// The network namespace that a process lives in.
    static func namespace(of pid: Int32) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/ns/net")
    }
}
