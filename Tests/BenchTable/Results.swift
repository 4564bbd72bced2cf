/// All that was measured, joined: medians over the runs, and what is void.
package struct Results: Sendable {
    package private(set) var rows: [Row] = []
    /// Why somebody's figures are missing.
    package var absences: [Contender: String] = [:]

    private var values: [Row.Key: [String: [Double]]] = [:]
    private var faults: [Row.Key: Double] = [:]
    private var order: [Row.Key] = []

    package init(_ rows: [Row] = []) {
        for row in rows { add(row) }
    }

    package mutating func add(_ row: Row) {
        rows.append(row)
        if values[row.key] == nil { order.append(row.key) }
        values[row.key, default: [:]][row.metric, default: []].append(row.value)
        if row.isFault { faults[row.key, default: 0] += row.value }
    }

    /// Everything that has figures, as it came.
    package var keys: [Row.Key] { order }

    /// One loss in any run voids them all: the rate of a system that drops is none.
    package func isVoid(_ key: Row.Key) -> Bool { faults[key] != nil }

    package func all(_ key: Row.Key, _ metric: String) -> [Double] { values[key]?[metric] ?? [] }

    package func metrics(of key: Row.Key) -> [String] { (values[key] ?? [:]).keys.sorted() }

    package func median(_ key: Row.Key, _ metric: String) -> Double? {
        let sorted = all(key, metric).sorted()
        guard !sorted.isEmpty else { return nil }
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}

extension Results {
    /// One figure of one contender: the best of the ways in which it does that work.
    package func best(_ contender: Contender, _ variant: Variant, _ work: String, _ name: String, _ metric: String)
        -> Reading
    {
        let candidates = order.filter {
            $0.work == work && $0.name == name && Contender($0.peer) == contender && Variant($0.peer) == variant
                && !all($0, metric).isEmpty
        }
        let found = candidates.filter { !isVoid($0) }.compactMap { median($0, metric) }
        if let best = Self.isBetterLow(metric) ? found.min() : found.max() { return .value(best) }
        let what = "\(contender.title)\(variant.suffix): \(work) \(name)"
        if !candidates.isEmpty { return .missing("\(what) is void: it lost or tore values") }
        if let reason = absences[contender] { return .missing("\(contender.title): \(reason)") }
        return .missing("\(what) was not measured")
    }

    /// The best of all peers that are neither ours nor the floor.
    package func bestPeer(_ variant: Variant, _ work: String, _ name: String, _ metric: String) -> Reading {
        let found = Contender.peers.compactMap { best($0, variant, work, name, metric).value }
        if let best = Self.isBetterLow(metric) ? found.min() : found.max() { return .value(best) }
        return .missing("no peer has a figure for \(work) \(name)\(variant.suffix)")
    }

    /// Whether less of it is better.
    package static func isBetterLow(_ metric: String) -> Bool { metric != "msg/s" && metric != "GB/s" }
}

/// A figure, or why there is none.
package enum Reading: Hashable, Sendable {
    case value(Double)
    case missing(String)

    package var value: Double? {
        if case .value(let value) = self { value } else { nil }
    }

    package var reason: String? {
        if case .missing(let reason) = self { reason } else { nil }
    }

    package static func / (one: Reading, other: Reading) -> Reading {
        guard let dividend = one.value else { return one }
        guard let divisor = other.value else { return other }
        return divisor > 0 ? .value(dividend / divisor) : .missing("nothing to divide by")
    }

    package static func * (one: Reading, factor: Double) -> Reading {
        if case .value(let value) = one { .value(value * factor) } else { one }
    }
}
