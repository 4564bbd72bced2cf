#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// A number that is the same for the same plan, in every process and on every machine.
enum PlanDigest {
    /// FNV-1a of 64 bits over the plan as JSON, keys sorted, without its own hash.
    static func of(_ plan: CompiledPlan) -> String {
        var plan = plan
        plan.hash = ""
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        // An attribute may be any number.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        let bytes: [UInt8]
        do { bytes = Array(try encoder.encode(plan)) } catch {
            preconditionFailure("a plan cannot be encoded: \(error)")
        }
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
