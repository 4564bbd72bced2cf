/// The one table: each work, who did it how well, and ours beside the floor and the best peer.
package struct Comparison: Sendable {
    package struct Line: Hashable, Sendable {
        package var work: String
        package var name: String
        package var metric: String
        package var ours: Reading
        package var floor: Reading
        package var peers: [Contender: Reading]
        /// Ours divided by it: below 1 is better for times, above 1 for rates.
        package var overFloor: Double?
        package var overBestPeer: Double?
    }

    package let lines: [Line]
    /// Peers that have any figure.
    package let peers: [Contender]

    package init(_ results: Results) {
        var lines: [Line] = []
        var seen = Set<[String]>()
        for key in results.keys {
            let variant = Variant(key.peer)
            guard seen.insert([key.work, key.name, variant.rawValue]).inserted, key.work < "W5",
                let metric = Self.metric(of: key, results), !Self.isDisturbed(key, results)
            else { continue }
            let line = Self.line(key.work, key.name, variant, metric, results)
            // The floor has more ways than anybody asked of us.
            if line.ours.value != nil || variant == .plain { lines.append(line) }
        }
        self.lines = lines.sorted { $0.work < $1.work }
        peers = Contender.peers.filter { peer in lines.contains { $0.peers[peer] != nil } }
    }

    private static func metric(of key: Row.Key, _ results: Results) -> String? {
        ["p50 us", "GB/s", "msg/s"].first { !results.all(key, $0).isEmpty }
    }

    /// Whether something that slows it was counted at the same time.
    private static func isDisturbed(_ key: Row.Key, _ results: Results) -> Bool { !results.all(key, "copies").isEmpty }

    private static func line(
        _ work: String, _ name: String, _ variant: Variant, _ metric: String, _ results: Results
    ) -> Line {
        let ours = results.best(.ours, variant, work, name, metric)
        let floor = floor(work, name, variant, metric, results)
        var peers: [Contender: Reading] = [:]
        for peer in Contender.peers {
            let reading = results.best(peer, variant.ofOthers, work, name, metric)
            if reading.value != nil || reading.reason?.contains("void") == true { peers[peer] = reading }
        }
        let best = results.bestPeer(variant.ofOthers, work, name, metric)
        return Line(
            work: work, name: name + variant.suffix, metric: metric, ours: ours, floor: floor, peers: peers,
            overFloor: (ours / floor).value, overBestPeer: (ours / best).value)
    }

    /// Of a local fan-out to a few readers: one stream of memcpy for each.
    private static func floor(
        _ work: String, _ name: String, _ variant: Variant, _ metric: String, _ results: Results
    ) -> Reading {
        guard variant != .curve else { return .missing("the floor is not encrypted") }
        for readers in [1, 2, 4] where work == "W2" && name == "fan-out 1MiB x\(readers)" {
            return results.best(.floor, .plain, work, "memcpy 1MiB, same buffers", metric) * Double(readers)
        }
        return results.best(.floor, variant.ofOthers, work, name, metric)
    }

    /// As Markdown, which reads well on a terminal too.
    package var text: [String] {
        let head = ["work", "case", "unit", "Sluice", "floor"] + peers.map(\.title) + ["÷ floor", "÷ best peer"]
        let cell = { (reading: Reading?, metric: String) -> String in
            guard let reading else { return "–" }
            return reading.value.map { Self.shown($0, metric) }
                ?? (reading.reason?.contains("void") == true ? "void" : "–")
        }
        let rows = lines.map { line in
            [line.work, line.name, Self.unit(line.metric), cell(line.ours, line.metric), cell(line.floor, line.metric)]
                + peers.map { cell(line.peers[$0], line.metric) }
                + [line.overFloor, line.overBestPeer].map { $0.map(Numbers.short) ?? "–" }
        }
        return Numbers.markdown(head, rows)
    }

    private static func unit(_ metric: String) -> String {
        switch metric {
        case "p50 us": "µs, p50"
        case "msg/s": "thousand/s"
        default: metric
        }
    }

    private static func shown(_ value: Double, _ metric: String) -> String {
        Numbers.short(metric == "msg/s" ? value / 1e3 : value)
    }
}
