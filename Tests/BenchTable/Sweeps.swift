/// Everything that is drawn.
package enum Sweeps {
    package static func all(seconds: Double, largest: Int, isQuick: Bool) -> [Sweep] {
        let sizes = sizes.filter { $0 <= largest }
        return [
            latency("local", isRemote: false, sizes, seconds), latency("between nodes", isRemote: true, sizes, seconds),
            throughput(sizes, seconds), readers(isQuick ? [1, 4, 16] : [1, 2, 4, 8, 16, 32, 64], seconds),
            channels(isQuick ? [1, 10, 100] : [1, 3, 10, 30, 100, 300, 1000], seconds),
            nodes(isQuick ? [1, 3] : [1, 3, 5, 7, 11, 15], seconds),
            creation(isQuick ? [0, 100] : [0, 10, 100, 1000], seconds),
            memory(isQuick ? [1, 10] : [1, 3, 10, 30, 100]),
        ]
    }

    /// Bytes, from none to a gigabyte.
    private static let sizes =
        [0, 1, 8, 64, 512] + [4, 32, 128, 512].map { $0 << 10 } + [1, 4, 16, 64, 256, 1024].map { $0 << 20 }

    private static let percentiles = ["p50 us": "p50", "p90 us": "p90", "p99 us": "p99", "p99.9 us": "p99.9"]

    private static func latency(_ place: String, isRemote: Bool, _ sizes: [Int], _ seconds: Double) -> Sweep {
        Sweep(
            name: "round trips, \(place)",
            stops: sizes.map { size in
                .init(
                    x: Double(size), steps: [.sluice(.roundTrip("\(size)"), isRemote: isRemote, seconds)])
            },
            drawings: [
                .init(
                    curve: Curve(
                        id: isRemote ? "latency-remote" : "latency-local", title: "Round trip, \(place)",
                        x: .init("bytes of a value", isBytes: true), y: .init("µs"))
                ) { row, _ in percentiles[row.metric].map { ($0, row.value) } }
            ])
    }

    private static func place(_ row: Row) -> String { row.key.work == "W4" ? "between nodes" : "local" }

    private static func throughput(_ sizes: [Int], _ seconds: Double) -> Sweep {
        let x = Curve.Axis("bytes of a value", isBytes: true)
        return Sweep(
            name: "streams",
            stops: sizes.map { size in
                .init(
                    x: Double(size), steps: [false, true].map { .sluice(.oneWay("\(size)"), isRemote: $0, seconds) })
            },
            drawings: [
                .init(curve: Curve(id: "throughput", title: "One writer, one reader", x: x, y: .init("GB/s"))) {
                    row, size in row.metric == "msg/s" && size > 0 ? (place(row), row.value * size / 1e9) : nil
                },
                .init(curve: Curve(id: "rate", title: "One writer, one reader", x: x, y: .init("values/s"))) { row, _ in
                    row.metric == "msg/s" ? (place(row), row.value) : nil
                },
            ])
    }

    private static func readers(_ counts: [Int], _ seconds: Double) -> Sweep {
        let x = Curve.Axis("readers on one node")
        let line = { @Sendable (row: Row) in "\(row.key.name.contains("64B") ? "64 B" : "1 MiB") \(place(row))" }
        return Sweep(
            name: "readers",
            stops: counts.map { count in
                .init(
                    x: Double(count),
                    steps: [
                        .sluice(.fanOut("\(count)"), isRemote: false, seconds),
                        .sluice(.fanOut("\(count)"), isRemote: true, seconds),
                        .sluice(.fanOut("\(count)"), isRemote: false, seconds, ["--fan-out-size", "64"]),
                    ])
            },
            drawings: [
                .init(curve: Curve(id: "readers", title: "Delivered to all readers", x: x, y: .init("GB/s"))) {
                    row, _ in row.metric == "GB/s" ? (line(row), row.value) : nil
                },
                .init(
                    curve: Curve(
                        id: "readers-cpu", title: "CPU time for each value that is delivered", x: x, y: .init("µs"))
                ) { row, _ in row.metric == "cpu s/M" ? (line(row), row.value) : nil },
            ])
    }

    private static func channels(_ counts: [Int], _ seconds: Double) -> Sweep {
        Sweep(
            name: "channels",
            stops: counts.map { count in
                .init(
                    x: Double(count),
                    steps: [false, true].map {
                        .sluice(.roundTrip("8"), isRemote: $0, seconds, ["--beside", "\(count - 1)"])
                    })
            },
            drawings: [
                .init(
                    curve: Curve(
                        id: "channels", title: "Round trip of 8 B beside channels that are idle",
                        x: .init("channels open"), y: .init("µs"))
                ) { row, _ in
                    ["p50 us", "p99 us"].contains(row.metric)
                        ? ("\(percentiles[row.metric] ?? "") \(place(row))", row.value) : nil
                }
            ])
    }

    private static func nodes(_ others: [Int], _ seconds: Double) -> Sweep {
        Sweep(
            name: "nodes",
            stops: others.map { count in
                .init(
                    x: Double(count + 1),
                    steps: [
                        .sluice(.nothing, isRemote: true, seconds, ["--spread", "\(count)", "--namespaces"])
                    ])
            },
            drawings: [
                .init(
                    curve: Curve(
                        id: "nodes", title: "1 MiB to one reader on each other node", x: .init("nodes"),
                        y: .init("GB/s"))
                ) { row, nodes in
                    row.metric == "GB/s" ? ("delivered in all", row.value) : nil
                },
                .init(
                    curve: Curve(
                        id: "nodes-cpu", title: "CPU time for each MiB that is delivered to another node",
                        x: .init("nodes"), y: .init("µs"))
                ) { row, _ in row.metric == "cpu s/M" ? ("all processes", row.value) : nil },
            ], needsNamespaces: true)
    }

    private static func creation(_ others: [Int], _ seconds: Double) -> Sweep {
        let lines = ["p50 us": "p50", "p99 us": "p99", "ready p50 us": "first value, p50"]
        return Sweep(
            name: "creating channels",
            stops: others.map { count in
                .init(
                    x: Double(count),
                    steps: [false, true].map {
                        .sluice(.nothing, isRemote: $0, seconds, ["--create", "--beside", "\(count)"])
                    })
            },
            drawings: [
                .init(
                    curve: Curve(
                        id: "creation", title: "Creating a channel", x: .init("channels open already"), y: .init("µs"))
                ) { row, _ in
                    lines[row.metric].map {
                        ("\($0), \(row.key.peer.contains("tcp") ? "two nodes" : "local")", row.value)
                    }
                }
            ])
    }

    private static func memory(_ counts: [Int]) -> Sweep {
        let lines = [
            "rss MiB": "resident", "beyond rings MiB": "beyond the rings, at once",
            "beyond at rest MiB": "beyond the rings, at rest", "allocated MiB": "allocated",
        ]
        return Sweep(
            name: "memory",
            stops: counts.map { count in
                .init(
                    x: Double(count), steps: [.sluice(.nothing, isRemote: true, 1, ["--memory", "\(count)"])])
            },
            drawings: [
                .init(
                    curve: Curve(
                        id: "memory", title: "Memory of an agent", x: .init("channels of 4 × 1 MiB"), y: .init("MiB"))
                ) { row, _ in lines[row.metric].map { ($0, row.value) } }
            ])
    }
}
