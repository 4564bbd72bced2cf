import Foundation
import Planning
import SluiceModel
import Testing

/// The same declaration gives the same plan, and another one another hash.
@Suite struct DigestTests {
    private func spec(reversed: Bool) -> PlanSpec {
        var spec = Sample.seed()
        let names = (0..<20).map { "key\($0)" }
        // Dictionaries that were filled in another order, and had another size, are in another order.
        var attributes: [String: PlanAttribute] = [:]
        if reversed { attributes.reserveCapacity(500) }
        for name in reversed ? names.reversed() : names {
            attributes[name] = .list([.text(name), .number(0.1), .bool(true)])
        }
        spec.actors[0].kernels[0].attributes = attributes
        for node in reversed ? ["n1", "n0"] : ["n0", "n1"] { spec.budgets[node] = 1 << 20 }
        return spec
    }

    @Test func theSameDeclarationGivesTheSamePlan() throws {
        let plan = try Compiler.compile(spec(reversed: false), sites: Sample.twoNodes)
        let again = try Compiler.compile(spec(reversed: true), sites: Sample.twoNodes.reversed())
        #expect(plan == again)
        let digits = Set("0123456789abcdef")
        #expect(plan.hash.count == 16 && plan.hash.allSatisfy(digits.contains))
    }

    /// In another process, too: this number was written down.
    @Test func theHashIsTheSameInEveryProcess() throws {
        let plan = try Compiler.compile(Sample.seed(), sites: Sample.oneNode)
        #expect(plan.hash == "1e61cc015a83feec")
    }

    @Test func anotherDeclarationHasAnotherHash() throws {
        let changes: [(inout PlanSpec) -> Void] = [
            { $0.name = "other" }, { $0.inputs[0].slots = 3 }, { $0.actors[0].kernels[0].kernel = "other" },
            { $0.actors[0].kernels[0].attributes["a"] = .integer(1) },
            { $0.actors[0].kernels[0].attributes["a"] = .integer(2) },
            { $0.actors[0].kernels[0].attributes["a"] = .number(.nan) }, { $0.actors[1].duration = 5 },
            { $0.outputs.removeLast() }, { $0.functions = [PlanFunction("f", inputs: ["x", "y"], outputs: ["a"])] },
            { $0.budgets["n0"] = 1 << 20 }, { $0.inputs[0].type.isDynamic = true },
        ]
        var hashes: Set<String> = [try Compiler.compile(Sample.seed(), sites: Sample.oneNode).hash]
        for change in changes {
            var spec = Sample.seed()
            change(&spec)
            hashes.insert(try Compiler.compile(spec, sites: Sample.oneNode).hash)
        }
        #expect(hashes.count == changes.count + 1)
    }

    @Test func aPlanSurvivesItsTravelAsJSON() throws {
        let plan = try Compiler.compile(spec(reversed: false), sites: Sample.twoNodes)
        let read = try JSONDecoder().decode(CompiledPlan.self, from: JSONEncoder().encode(plan))
        #expect(read == plan)
        #expect(try Compiler.compile(read.spec, sites: Sample.twoNodes) == plan)
    }
}
