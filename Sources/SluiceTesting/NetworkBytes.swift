/// Bytes that one node has received from, and sent to, the network, as the kernel counted them.
public struct NetworkBytes: Hashable, Sendable {
    public var received: UInt64
    public var sent: UInt64

    public init(received: UInt64, sent: UInt64) {
        self.received = received
        self.sent = sent
    }

    public static func - (now: NetworkBytes, before: NetworkBytes) -> NetworkBytes {
        NetworkBytes(received: now.received - before.received, sent: now.sent - before.sent)
    }

    /// From `/proc/PID/net/dev`: everything that crossed one interface, headers included.
    package init?(interface: String, of text: String) {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].allSatisfy({ $0 == " " }) == false,
                parts[0].drop(while: { $0 == " " }) == interface
            else { continue }
            let fields = parts[1].split(separator: " ").compactMap { UInt64($0) }
            guard fields.count >= 9 else { return nil }
            self.init(received: fields[0], sent: fields[8])
            return
        }
        return nil
    }

    /// From `ss -Htinp`: payload of the TCP connections that one process has open now.
    package init(process pid: Int32, of text: String) {
        var (received, sent, counts) = (UInt64(0), UInt64(0), false)
        for line in text.split(separator: "\n") {
            // A connection's own line begins at the margin; what TCP knows of it follows, indented.
            if line.first?.isWhitespace != true { counts = line.contains("pid=\(pid),") }
            guard counts else { continue }
            for field in line.split(whereSeparator: \.isWhitespace) {
                let parts = field.split(separator: ":", maxSplits: 1)
                guard parts.count == 2, let value = UInt64(parts[1]) else { continue }
                if parts[0] == "bytes_received" { received += value }
                if parts[0] == "bytes_sent" { sent += value }
            }
        }
        self.init(received: received, sent: sent)
    }
}
