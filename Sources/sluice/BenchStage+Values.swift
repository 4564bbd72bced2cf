internal import Foundation
internal import SluiceModel
internal import SluiceTesting

/// Measurements of values that are on their way.
extension BenchStage {
    func roundTrip(_ measured: BenchCase, _ channel: String) async throws(SluiceError) -> [BenchRow] {
        let before = agentsTime
        let far = measured.node(ofReader: 0)
        let echo = try await role(.echo, measured, channel, as: "echo", to: ["ping"], at: far)
        let ping = try await role(.ping, measured, channel, as: "ping", to: ["echo"], at: 0)
        let figures: RoundTripFigures = try await result(of: ping)
        let cpu = since(before)
        let other: EchoFigures = try await result(of: echo)
        return BenchFindings.rows(of: measured, roundTrip: figures, cpu: cpu.map { $0 + other.cpu })
    }

    func stream(_ measured: BenchCase, _ channel: String) async throws(SluiceError) -> [BenchRow] {
        let before = agentsTime
        let received = try await bytesReceived(measured)
        let copied = counts?.copied(by: agents)
        let names = (0..<measured.readers).map { "sink\($0)" }
        var sinks: [ChildProcess] = []
        for (number, name) in names.enumerated() {
            sinks.append(
                try await role(.sink, measured, channel, as: name, to: [], at: measured.node(ofReader: number)))
        }
        let source = try await role(.source, measured, channel, as: "source", to: names, at: 0)
        let sent: SourceFigures = try await result(of: source)
        var got: [SinkFigures] = []
        for sink in sinks { got.append(try await result(of: sink)) }
        var rows = BenchFindings.rows(of: measured, source: sent, sinks: got, cpu: since(before))
        // With the value that ends the stream.
        let payload = Double(sent.sent + 1) * Double(measured.size.bytes)
        if let received, let now = try await bytesReceived(measured), payload > 0 {
            rows.append(BenchRow(measured, "tcp copies", Double(now - received) / payload))
        }
        if let counts, let copied, payload > 0 {
            let now = counts.copied(by: agents + [source.pid] + sinks.map(\.pid))
            rows.append(BenchRow(measured, "copies", Double(now - copied) / payload))
        }
        return rows
    }

    /// TCP bytes that the readers' node has received, as the kernel counts them; nil where that says nothing.
    private func bytesReceived(_ measured: BenchCase) async throws(SluiceError) -> UInt64? {
        guard let cluster, measured.isRemote, measured.size.bytes >= 1 << 20 else { return nil }
        return try await cluster.nodes[measured.node(ofReader: 0)].networkBytes().received
    }

    func creation(_ measured: BenchCase, _ channel: String) async throws(SluiceError) -> [BenchRow] {
        let far = measured.node(ofReader: 0)
        let follow = try await role(.follow, measured, channel, as: "follow", to: ["create"], at: far)
        let create = try await role(.create, measured, channel, as: "create", to: ["follow"], at: 0)
        let made: CreationFigures = try await result(of: create)
        let ready: CreationFigures = try await result(of: follow)
        return BenchFindings.rows(of: measured, made: made, ready: ready)
    }
}
