import BenchTable

/// A run in which everything that must hold does: work, case, metric, then who and how much.
enum Recorded {
    private static let figures: [(String, String, String, [(String, Double)])] = [
        (
            "W1", "rtt 8B", "p50 us",
            [
                ("floor shm spin", 0.70), ("floor shm futex", 14), ("zmq-c PAIR ipc", 76), ("sluice", 0.84),
                ("sluice futex", 14.4),
            ]
        ),
        ("W1", "rtt 8B beside 1000", "p50 us", [("sluice", 0.86)]),
        (
            "W1", "rtt 1MiB", "p50 us",
            [
                ("floor shm spin", 170), ("floor shm futex", 180), ("zmq-c PAIR ipc", 770), ("sluice", 165),
                ("sluice loan", 0.5), ("vllm MessageQueue shm", 714),
            ]
        ),
        ("W2", "memcpy 1MiB, same buffers", "GB/s", [("floor memcpy, one core", 20)]),
        ("W2", "fan-out 1MiB x1", "GB/s", [("sluice", 25), ("iceoryx2-py poll", 12.6)]),
        ("W2", "fan-out 1MiB x1", "msg/s", [("sluice", 25_000)]),
        ("W2", "fan-out 1MiB x1", "cpu s/M", [("sluice", 60)]),
        ("W2", "fan-out 1MiB x16", "cpu s/M", [("sluice", 50)]),
        ("W2", "fan-out 64B x1", "cpu s/M", [("sluice", 0.1)]),
        ("W2", "fan-out 64B x16", "cpu s/M", [("sluice", 0.14)]),
        ("W2", "fan-out 1MiB x3", "copies", [("sluice loan", 0)]),
        (
            "W2", "fan-out 1MiB x4", "GB/s",
            [
                ("sluice", 90), ("sluice loan", 900), ("vllm MessageQueue shm", 10.4), ("iceoryx2-py poll", 35),
                ("iceoryx2-py event", 30), ("zmq-c PUSH ipc", 3.1),
            ]
        ),
        ("W2", "fan-out 1MiB x4", "msg/s", [("sluice", 24_000)]),
        (
            "W3", "one-way 64B", "msg/s",
            [
                ("sluice", 30_000_000), ("zmq-c PUSH ipc", 1_720_000), ("zmq-c XPUB-NODROP ipc", 1_500_000),
            ]
        ),
        (
            "W4", "rtt 8B", "p50 us",
            [
                ("floor tcp", 23), ("zmq-c PAIR tcp", 86), ("zmq-c PAIR tcp curve", 100), ("sluice tcp", 90),
                ("sluice tcp curve", 150), ("ray raw bytes", 769),
            ]
        ),
        ("W4", "rtt 8B beside 1000", "p50 us", [("sluice tcp", 91)]),
        ("W4", "rtt 1MiB", "p50 us", [("zmq-c PAIR tcp", 693), ("sluice tcp", 690)]),
        ("W4", "one-way 64B", "msg/s", [("zmq-c PUSH tcp", 4_000_000), ("sluice tcp", 12_000_000)]),
        ("W4", "one-way 1MiB", "GB/s", [("zmq-c PUSH tcp", 2.5), ("sluice tcp", 2.6)]),
        ("W4", "one-way 16MiB", "GB/s", [("zmq-c PUSH tcp", 2), ("sluice tcp", 1.95)]),
        (
            "W4", "fan-out 1MiB x4", "GB/s",
            [
                ("zmq-c PUSH tcp", 3.6), ("zmq-c XPUB-NODROP tcp", 3.9), ("nats-c windowed", 0.88), ("sluice tcp", 10),
                ("vllm MessageQueue tcp", 2.9),
            ]
        ),
        ("W4", "fan-out 1MiB x4", "tcp copies", [("sluice tcp", 1.003)]),
        ("W4", "fan-out 1MiB x1", "cpu s/M", [("sluice tcp", 300)]),
        ("W4", "fan-out 1MiB x16", "cpu s/M", [("sluice tcp", 60)]),
        ("W4", "fan-out 1MiB x3", "copies", [("sluice tcp loan", 1.016)]),
        ("W5", "create", "p50 us", [("sluice", 450), ("sluice tcp", 1200)]),
        ("W6", "idle x10", "cpu %", [("sluice tcp", 0.12)]),
        ("W7", "memory 100 x 4 x 1MiB", "beyond rings MiB", [("sluice tcp", 32)]),
        ("W7", "memory 100 x 4 x 1MiB", "beyond at rest MiB", [("sluice tcp", 22)]),
    ]

    static var rows: [Row] {
        figures.flatMap { work, name, metric, values in
            values.map { peer, value in Row(Row.Key(peer, work, name), metric, value) }
        }
    }

    /// The same with one figure changed, or left out.
    static func rows(_ key: Row.Key, _ metric: String, _ value: Double?) -> [Row] {
        rows.compactMap { row in
            guard row.key == key, row.metric == metric else { return row }
            return value.map { Row(key, metric, $0) }
        }
    }

    static func targets(_ rows: [Row]) -> [String: Target] {
        Dictionary(uniqueKeysWithValues: Targets.judge(Results(rows)).map { ($0.id, $0) })
    }
}
