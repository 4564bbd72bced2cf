import Planning
import SluiceModel

/// Declarations of every shape, from a seed; most compute nothing sensible.
struct RandomSpec {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

    private mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }

    private mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
    private mutating func flip() -> Bool { next() & 16 == 0 }
    private mutating func maybe<T>(_ make: (inout Self) -> T) -> T? { flip() ? make(&self) : nil }

    private mutating func some<T>(_ most: Int, _ make: (inout Self) -> T) -> [T] {
        (0..<below(most + 1)).map { _ in make(&self) }
    }

    private mutating func text() -> String {
        let hard = [
            "", " ", "yes", "null", "~", "5", "-1.5e3", "0x10", "true", "- a", "a: b", "a #b", "#", "&a", "*a", "b *a",
            "c*a", "!t", "%",
            "@", "`", "|", ">", "'", "\"", "\\", "a\nb", "\t", "\r\n", "\u{0}", "\u{85}", "\u{2028}", "a\u{feff}", "é",
            "e\u{301}", "🐟", "\u{ffff}", "\u{10ffff}", "{a}", "[a]", "a, b", "?", "a:", ":a", "cuda:0", "in/0", "/",
            ".inf", "<<", "=", "2026-11-21", "x y", "\u{e000}x", "on", "N",
        ]
        return flip() ? "n\(below(1000))" : hard[below(hard.count)] + (flip() ? "\(below(100))" : "")
    }

    private mutating func names(_ most: Int) -> [String] {
        var seen: Set<String> = []
        return some(most) { $0.text() }.filter { seen.insert($0).inserted }
    }

    private mutating func number() -> UInt64 {
        let bounds: [UInt64] = [0, 1, 7, 999, 1000, 1024, 1500, 1_000_000, 1 << 20, 60_000_000_000, 3 << 40, .max]
        return flip() ? next() >> UInt64(below(64)) : bounds[below(bounds.count)]
    }

    private mutating func type() -> BlobType {
        let element: BlobElement =
            flip()
            ? .scalar(ScalarType.allCases[below(ScalarType.allCases.count)])
            : .bytes(capacity: Int(number() >> 1))
        let device = flip() ? TensorDevice.cpu : TensorDevice(.init(rawValue: Int32(below(30))), Int32(below(3)))
        return BlobType(element, some(4) { Int($0.number() >> 1) }, device: device, isDynamic: flip())
    }

    private mutating func attribute(depth: Int = 0) -> PlanAttribute {
        switch below(depth < 3 ? 5 : 4) {
        case 0: return .bool(flip())
        case 1: return .integer(Int(truncatingIfNeeded: number()))
        case 2:
            let value = Double(bitPattern: next())
            return .number(value.isFinite ? value : flip() ? -0.0 : 3)
        case 3: return .text(text())
        default: return .list(some(3) { $0.attribute(depth: depth + 1) })
        }
    }

    /// Each once; some in a row from 0, some not.
    private mutating func arguments() -> [ArgumentName] {
        let all = names(3).flatMap { name in
            flip() ? (0..<below(4)).map { ArgumentName(name, $0) } : some(2) { ArgumentName(name, $0.below(3)) }
        }
        var seen: Set<ArgumentName> = []
        let unique = all.filter { seen.insert($0).inserted }
        return below(4) == 0 ? unique.reversed() : unique
    }

    private mutating func kernel() -> KernelCall {
        KernelCall(
            text(), inputs: arguments().map { InputArgument($0, blob: text()) },
            outputs: arguments().map { argument in
                OutputArgument(
                    argument, blob: text(), type(), slots: maybe { $0.below(9) + 1 },
                    inPlaceOf: maybe { ArgumentName($0.text(), $0.below(3)) })
            },
            scratch: flip() ? 0 : Int(number() >> 1), variables: arguments().map { PlanVariable($0, type()) },
            attributes: Dictionary(uniqueKeysWithValues: names(4).map { ($0, attribute()) }))
    }

    mutating func make() -> PlanSpec {
        let actors = names(4).map { name in
            PlanActor(
                name, nodes: some(3) { $0.text() }, parallel: below(3) + 1, kernels: some(3) { $0.kernel() },
                duration: maybe { $0.number() }, firings: maybe { $0.number() })
        }
        return PlanSpec(
            text(),
            inputs: names(4).map { name in
                PlanInput(name, type(), node: maybe { $0.text() }, slots: maybe { $0.below(5) + 1 })
            },
            actors: actors,
            outputs: names(3).map { name in PlanOutput(name, blob: text(), index: below(3), node: maybe { $0.text() })
            },
            controls: some(3) { ControlEdge(before: $0.text(), after: $0.text()) },
            functions: names(3).map { name in
                PlanFunction(name, inputs: some(3) { $0.text() }, outputs: some(3) { $0.text() })
            },
            interval: maybe { $0.number() },
            budgets: Dictionary(uniqueKeysWithValues: names(3).map { ($0, number()) }))
    }
}
