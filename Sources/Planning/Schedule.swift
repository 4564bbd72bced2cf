/// When each actor would fire first, as soon as it can, if it fired at every interval from then on.
///
/// Values that cross between nodes take no time here: a link's speed is not known when a plan is made.
struct Schedule {
    /// Of one firing. Those that nobody says are the mean of the others; if there are none, each is one interval.
    var durations: [UInt64]
    var starts: [UInt64]
    /// Time between two firings: what is declared, but no less than the longest duration.
    var interval: UInt64
    /// Whether any actor says how long it takes.
    var isTimed: Bool
    var notes: [String] = []

    init(_ graph: Graph, order: [Int], interval: UInt64?) {
        let known = graph.instances.compactMap(\.duration)
        isTimed = !known.isEmpty
        let mean = isTimed ? (known.reduce(0, +) + UInt64(known.count) - 1) / UInt64(known.count) : 1
        durations = graph.instances.map { $0.duration ?? mean }
        let longest = durations.max() ?? 1
        self.interval = isTimed ? max(interval ?? longest, longest) : 1
        if let interval, !isTimed {
            notes.append("the interval of \(interval) ns is not used: no actor says how long it takes")
        } else if let interval, interval < longest {
            notes.append("the interval of \(interval) ns is shorter than the longest firing: \(longest) ns is used")
        }
        starts = Array(repeating: 0, count: graph.instances.count)
        let successors = graph.successors
        for i in order {
            for next in successors[i] { starts[next] = max(starts[next], starts[i] + durations[i]) }
        }
    }

    func end(_ i: Int) -> UInt64 { starts[i] + durations[i] }

    /// From one actor's start to the last one's end.
    func span(from producer: Int, to readers: [Int]) -> UInt64 {
        var last = end(producer)
        for reader in readers { last = max(last, end(reader)) }
        return last - starts[producer]
    }

    /// OneFlow's count of a register's slots: as many firings begin within its lifetime.
    static func slots(for span: UInt64, interval: UInt64) -> Int { max(1, Int((span + interval - 1) / interval)) }
}

/// Who fires before whom: over blobs and control edges.
struct Ancestors {
    private let words: Int
    private var bits: [UInt64]

    init(_ graph: Graph, order: [Int]) {
        words = (graph.instances.count + 63) / 64
        bits = Array(repeating: 0, count: words * graph.instances.count)
        let successors = graph.successors
        for i in order {
            for next in successors[i] {
                for word in 0..<words { bits[next * words + word] |= bits[i * words + word] }
                bits[next * words + i / 64] |= 1 << UInt64(i % 64)
            }
        }
    }

    /// Whether `a`'s n-th firing is over whenever `b`'s begins.
    func isBefore(_ a: Int, _ b: Int) -> Bool { bits[b * words + a / 64] >> UInt64(a % 64) & 1 == 1 }
}
