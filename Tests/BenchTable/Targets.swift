/// How each target follows from what was measured.
package enum Targets {
    package static let ids = (1...15).map { "P\($0)" }

    package static func judge(_ results: Results) -> [Target] {
        let figures = Figures(results)
        return local(figures) + remote(figures) + standing(figures)
    }

    private static func local(_ f: Figures) -> [Target] {
        let (small, large, fan, memcpy) = ("rtt 8B", "rtt 1MiB", "fan-out 1MiB x4", "memcpy 1MiB, same buffers")
        return [
            Target(
                id: "P1", what: "local round trip 8 B, both sides spinning adaptively", must: "≤ 2.5 × floor spin",
                reach: "≤ 1.5 ×",
                claims: [
                    Claim(
                        name: "× floor spin", reading: f.ours("W1", small, "p50 us") / f.floor("W1", small, "p50 us"),
                        must: .atMost(2.5), reach: .atMost(1.5))
                ]),
            Target(
                id: "P2", what: "the same with spinning off", must: "≤ 1.3 × floor futex", reach: "≤ 1.1 ×",
                claims: [
                    Claim(
                        name: "× floor futex",
                        reading: f.ours("W1", small, "p50 us", .futex) / f.floor("W1", small, "p50 us", .futex),
                        must: .atMost(1.3), reach: .atMost(1.1))
                ]),
            Target(
                id: "P3", what: "local round trip 1 MiB, copied in, read in place", must: "≤ 1.1 × floor spin",
                reach: "≤ 1.0 ×; made in place: a tenth",
                claims: [
                    Claim(
                        name: "× floor spin", reading: f.ours("W1", large, "p50 us") / f.floor("W1", large, "p50 us"),
                        must: .atMost(1.1), reach: .atMost(1)),
                    Claim(
                        name: "× floor spin, made in place",
                        reading: f.ours("W1", large, "p50 us", .loan) / f.floor("W1", large, "p50 us"),
                        reach: .atMost(0.1)),
                ]),
            Target(
                id: "P4", what: "local fan-out 1 MiB to 4 readers, delivered",
                must: "≥ 2.5 × vLLM and ≥ 0.9 × memcpy of the same buffers × 4; made in place ≥ 2 × iceoryx2",
                reach: "values/s at 4 readers ≥ 0.9 × those at 1",
                claims: [
                    Claim(
                        name: "× vLLM", reading: f.ours("W2", fan, "GB/s") / f.of(.vllm, "W2", fan, "GB/s"),
                        must: .atLeast(2.5)),
                    Claim(
                        name: "× memcpy × 4",
                        reading: f.ours("W2", fan, "GB/s") / (f.floor("W2", memcpy, "GB/s") * 4), must: .atLeast(0.9)),
                    Claim(
                        name: "× iceoryx2, made in place",
                        reading: f.ours("W2", fan, "GB/s", .loan) / f.of(.iceoryx2, "W2", fan, "GB/s"),
                        must: .atLeast(2)),
                    Claim(
                        name: "× values/s at 1 reader",
                        reading: f.ours("W2", fan, "msg/s") / f.ours("W2", "fan-out 1MiB x1", "msg/s"),
                        reach: .atLeast(0.9)),
                ]),
            Target(
                id: "P5", what: "local one-way 64 B", must: "≥ 5 × raw libzmq", reach: "≥ 15 ×",
                claims: [
                    Claim(
                        name: "× libzmq",
                        reading: f.ours("W3", "one-way 64B", "msg/s") / f.of(.zmq, "W3", "one-way 64B", "msg/s"),
                        must: .atLeast(5), reach: .atLeast(15))
                ]),
        ]
    }

    private static func remote(_ f: Figures) -> [Target] {
        let besideZeroMQ = { (name: String, metric: String, must: Bound, reach: Bound, label: String) in
            [Variant.plain, .curve].map { variant in
                Claim(
                    name: "× libzmq\(label)",
                    reading: f.ours("W4", name, metric, variant) / f.of(.zmq, "W4", name, metric, variant),
                    must: must, reach: reach, isEncrypted: variant == .curve)
            }
        }
        let fan = "fan-out 1MiB x4"
        return [
            Target(
                id: "P6", what: "remote round trip 8 B", must: "≤ 1.3 × raw libzmq tcp", reach: "≤ 1.1 ×",
                claims: besideZeroMQ("rtt 8B", "p50 us", .atMost(1.3), .atMost(1.1), "")),
            Target(
                id: "P7", what: "remote round trip 1 MiB", must: "≤ 1.2 × raw libzmq tcp", reach: "≤ 1.0 ×",
                claims: besideZeroMQ("rtt 1MiB", "p50 us", .atMost(1.2), .atMost(1), "")),
            Target(
                id: "P8", what: "remote one-way 1 MiB and 16 MiB", must: "≥ 0.95 × raw libzmq tcp", reach: "≥ 1.2 ×",
                claims: besideZeroMQ("one-way 1MiB", "GB/s", .atLeast(0.95), .atLeast(1.2), " at 1 MiB")
                    + besideZeroMQ("one-way 16MiB", "GB/s", .atLeast(0.95), .atLeast(1.2), " at 16 MiB")),
            Target(
                id: "P9", what: "remote fan-out 1 MiB to 4 readers on one node", must: "≥ 2.5 × the best peer",
                reach: "≥ 3.5 ×; TCP payload ≤ 1.01 × one copy",
                claims: [
                    Claim(
                        name: "× best peer", reading: f.ours("W4", fan, "GB/s") / f.bestPeer("W4", fan, "GB/s"),
                        must: .atLeast(2.5), reach: .atLeast(3.5)),
                    Claim(name: "× TCP payload", reading: f.ours("W4", fan, "tcp copies"), reach: .atMost(1.01)),
                    Claim(
                        name: "× libzmq",
                        reading: f.ours("W4", fan, "GB/s", .curve) / f.of(.zmq, "W4", fan, "GB/s", .curve),
                        must: .atLeast(2.5), reach: .atLeast(3.5), isEncrypted: true),
                ]),
            Target(
                id: "P10", what: "remote one-way 64 B", must: "≥ 1.0 × raw libzmq tcp", reach: "≥ 3 ×",
                claims: besideZeroMQ("one-way 64B", "msg/s", .atLeast(1), .atLeast(3), "")),
        ]
    }

    private static func standing(_ f: Figures) -> [Target] {
        [
            Target(
                id: "P11", what: "idle: one coordinator, two agents, ten blocked readers, one minute",
                must: "≤ 1 % of one core in all", reach: "≤ 0.2 %",
                claims: [
                    Claim(
                        name: "% of one core", reading: f.ours("W6", "idle x10", "cpu %"), must: .atMost(1),
                        reach: .atMost(0.2))
                ]),
            growth(f),
            Target(
                id: "P13", what: "creating a channel (local; and across two nodes), p50",
                must: "≤ 2 ms; ≤ 5 ms", reach: "≤ 0.5 ms; ≤ 1 ms",
                claims: [
                    Claim(
                        name: "ms local", reading: f.ours("W5", "create", "p50 us", place: .local) * 1e-3,
                        must: .atMost(2), reach: .atMost(0.5)),
                    Claim(
                        name: "ms across two nodes", reading: f.ours("W5", "create", "p50 us", place: .remote) * 1e-3,
                        must: .atMost(5), reach: .atMost(1)),
                ]),
            // libzmq copies the first 8 KiB of each part that it is given into a buffer of its own: hence the twentieth.
            Target(
                id: "P14", what: "copies of the payload per value, the writer's fill apart",
                must: "0 local; 1 per reading node", reach: "the same, counted",
                claims: [
                    Claim(
                        name: "local", reading: f.ours("W2", "fan-out 1MiB x3", "copies", .loan), must: .atMost(0.01),
                        reach: .atMost(0.01)),
                    Claim(
                        name: "between nodes", reading: f.ours("W4", "fan-out 1MiB x3", "copies", .loan),
                        must: .atMost(1.05), reach: .atMost(1.05)),
                ]),
            Target(
                id: "P15", what: "resident memory of an agent with 100 channels of 4 × 1 MiB", must: "rings + 30 MiB",
                reach: "rings + 15 MiB",
                claims: [
                    Claim(
                        name: "MiB beyond the rings, at rest",
                        reading: f.ours("W7", "memory 100 x 4 x 1MiB", "beyond at rest MiB"), must: .atMost(30),
                        reach: .atMost(15)),
                    Claim(
                        name: "right after the last value",
                        reading: f.ours("W7", "memory 100 x 4 x 1MiB", "beyond rings MiB")),
                ]),
        ]
    }

    private static func growth(_ f: Figures) -> Target {
        let cost = { (label: String, work: String, size: String) in
            Claim(
                name: "× CPU, \(label)",
                reading: f.ours(work, "fan-out \(size) x16", "cpu s/M") / f.ours(work, "fan-out \(size) x1", "cpu s/M"),
                must: .atMost(1.5), reach: .atMost(1.1))
        }
        let crowd = { (label: String, work: String) in
            Claim(
                name: "× round trip beside 1,000, \(label)",
                reading: f.ours(work, "rtt 8B beside 1000", "p50 us") / f.ours(work, "rtt 8B", "p50 us"),
                must: .atMost(1.2), reach: .atMost(1.05))
        }
        return Target(
            id: "P12",
            what: "growth: CPU per delivered value, 1 → 16 readers; a round trip beside 1,000 idle channels",
            must: "≤ 1.5 ×; ≤ 1.2 ×", reach: "≤ 1.1 ×; ≤ 1.05 ×",
            claims: [
                cost("local 64 B", "W2", "64B"), cost("local 1 MiB", "W2", "1MiB"),
                cost("remote 1 MiB", "W4", "1MiB"), crowd("local", "W1"), crowd("remote", "W4"),
            ])
    }
}
