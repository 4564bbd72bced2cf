internal import CSluice
internal import Foundation

/// Bytes and rate on standard error while a stream runs, if somebody watches; and the figures of the whole at its end.
struct Progress {
    private let started = sluice_monotonic_ns()
    private var first: UInt64?
    private(set) var bytes: UInt64 = 0
    private(set) var values: UInt64 = 0
    private var shownAt: UInt64 = 0
    private let isShown: Bool

    private static let interval: UInt64 = 200_000_000

    init(isQuiet: Bool) { isShown = !isQuiet && Console.isWatched }

    /// One more value has passed.
    mutating func add(_ count: Int) {
        bytes += UInt64(count)
        values += 1
        let now = sluice_monotonic_ns()
        if first == nil { first = now }
        guard isShown, now - shownAt >= Self.interval else { return }
        shownAt = now
        show("\r")
    }

    /// Since the first value, seconds; at least a nanosecond so that a rate is always a number.
    var seconds: Double { Double(max(1, sluice_monotonic_ns() - (first ?? started))) / 1e9 }

    var gigabytesPerSecond: Double { Double(bytes) / seconds / 1e9 }

    func finish() { if isShown { show("\r", end: "\n") } }

    private func show(_ start: String, end: String = "") {
        let line = "\(ByteSize.rounded(bytes)) in \(fixed(seconds, 1)) s, \(fixed(gigabytesPerSecond, 2)) GB/s"
        FileHandle.standardError.write(Data("\(start)\(line)\u{1B}[K\(end)".utf8))
    }
}
