/// The nodes that a plan can use, numbered in the order of their names, and what it may take there.
struct Ground {
    var names: [String]
    /// Bytes.
    var budgets: [UInt64]
    var numbers: [String: Int] = [:]

    init(_ spec: PlanSpec, sites: [Compiler.Site]) {
        let sites = sites.sorted { $0.name < $1.name }
        names = sites.map(\.name)
        budgets = sites.map { min($0.budget, spec.budgets[$0.name] ?? .max, PlanLimits.mostBytes) }
        for (i, name) in names.enumerated() { numbers[name] = i }
    }
}

/// Sums and products of sizes, which stop at ``PlanLimits/mostBytes`` + 1: more than any node has.
enum Bytes {
    static func add(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let (sum, isTooMuch) = a.addingReportingOverflow(b)
        return isTooMuch ? PlanLimits.mostBytes + 1 : min(sum, PlanLimits.mostBytes + 1)
    }

    static func multiply(_ a: UInt64, _ b: Int) -> UInt64 {
        let (product, isTooMuch) = a.multipliedReportingOverflow(by: UInt64(b))
        return isTooMuch ? PlanLimits.mostBytes + 1 : min(product, PlanLimits.mostBytes + 1)
    }

    static func round(_ bytes: UInt64, to alignment: Int) -> UInt64 {
        let alignment = UInt64(alignment)
        return (bytes + alignment - 1) / alignment * alignment
    }
}
