import Planning
import SluiceModel
import Testing

/// Outputs that take over the memory of an input.
@Suite struct InPlaceTests {
    private func compile(_ actors: [PlanActor], sites: [Compiler.Site] = Sample.oneNode) throws -> CompiledPlan {
        try Compiler.compile(PlanSpec("p", actors: actors), sites: sites)
    }

    private func refusal(_ actors: [PlanActor], sites: [Compiler.Site] = Sample.oneNode) throws -> String {
        let plan = try compile(actors, sites: sites)
        #expect(plan.guards.isEmpty)
        #expect(plan.registers.allSatisfy { $0.inPlaceOf == nil })
        #expect(plan.nodes.allSatisfy { $0.blockBytes == $0.unsharedBytes })
        return plan.notes.count == 1 ? plan.notes[0] : "\(plan.notes)"
    }

    @Test func r7AnOutputTakesOverItsInputsMemory() throws {
        let plan = try compile([
            Sample.actor("a", [], ["x"]), Sample.actor("b", ["x"], ["y"], inPlaceOf: 0), Sample.actor("c", ["y"]),
        ])
        #expect(plan.register("y").inPlaceOf == plan.number("x"))
        #expect(plan.offset("x") == plan.offset("y"))
        // From a's start to c's end three firings begin.
        #expect([plan.register("x").slots, plan.register("y").slots] == [3, 3])
        #expect(plan.guardNames(on: "n0") == [["a/x", "b/y"]])
        #expect(plan.nodes[0] == PlannedNode(name: "n0", blockBytes: 384, unsharedBytes: 768))
        #expect(plan.notes.isEmpty)
    }

    @Test func r7MemoryIsHandedOnAlongAChain() throws {
        let plan = try compile([
            Sample.actor("a", [], ["x"]), Sample.actor("b", ["x"], ["y"], inPlaceOf: 0),
            Sample.actor("c", ["y"], ["z"], inPlaceOf: 0), Sample.actor("d", ["z"]),
        ])
        #expect(plan.register("z").inPlaceOf == plan.number("y"))
        #expect(Set(["x", "y", "z"].map { plan.offset($0) }).count == 1)
        #expect(["x", "y", "z"].map { plan.register($0).slots } == [4, 4, 4])
        #expect(plan.guardNames(on: "n0") == [["a/x", "b/y"], ["a/x", "c/z"], ["b/y", "c/z"]])
    }

    @Test func r7TheBodyLiesWhereTheInputsDoes() throws {
        let many = BlobType(.uint8, [1, 1, 1, 1, 40])
        let plan = try compile([
            Sample.actor("a", [], ["x"], type: many),
            Sample.actor("b", ["x"], ["y"], type: BlobType(.uint8, [40]), inPlaceOf: 0), Sample.actor("c", ["y"]),
        ])
        #expect(plan.register("x").fields[0].body == 128)
        #expect(plan.register("y").fields[0].header == 0)
        #expect(plan.register("y").fields[0].body == 128)
        #expect(plan.register("y").stride == 192)
    }

    @Test func r7AnInputFromElsewhereIsTakenOverOnItsReadersNode() throws {
        let plan = try compile(
            [
                Sample.actor("a", [], ["x"], nodes: ["n0"]),
                Sample.actor("b", ["x"], ["y"], inPlaceOf: 0, nodes: ["n1"]),
                Sample.actor("c", ["y"], nodes: ["n0"]), Sample.actor("d", ["x"], nodes: ["n0"]),
            ], sites: Sample.twoNodes)
        #expect(plan.offset("x", on: "n1") == plan.offset("y", on: "n1"))
        #expect(plan.offset("x", on: "n0") != plan.offset("y", on: "n0"))
        #expect(plan.guardNames(on: "n1") == [["a/x", "b/y"]])
        #expect(plan.guardNames(on: "n0").isEmpty)
        #expect(plan.register("x").slots == plan.register("y").slots)
    }

    @Test func r7NotWhileOthersReadTheInput() throws {
        let here = [
            Sample.actor("a", [], ["x"]), Sample.actor("b", ["x"], ["y"], inPlaceOf: 0), Sample.actor("c", ["y", "x"]),
        ]
        #expect(try refusal(here) == "blob 'y/0' does not take over the memory of 'in/0': others read that one, too")
        // On another node the other one reads: the agent sends from that same memory.
        var there = here
        for i in 0..<3 { there[i].nodes = [i == 2 ? "n1" : "n0"] }
        #expect(
            try refusal(there, sites: Sample.twoNodes)
                == "blob 'y/0' does not take over the memory of 'in/0': others read that one, too")
    }

    @Test func r7NotWhatIsReadAgain() throws {
        let why = "blob 'y/0' does not take over the memory of 'in/0': the actor reads that one again"
        let twice = [
            Sample.actor("a", [], ["x"]), Sample.actor("b", ["x", "x"], ["y"], inPlaceOf: 0), Sample.actor("c", ["y"]),
        ]
        #expect(try refusal(twice) == why)
        let later = PlanActor("b", kernels: [Sample.kernel(["x"], ["y"], inPlaceOf: 0), Sample.kernel(["x"])])
        #expect(try refusal([Sample.actor("a", [], ["x"]), later, Sample.actor("c", ["y"])]) == why)
        // Before is all right.
        let earlier = PlanActor("b", kernels: [Sample.kernel(["x"]), Sample.kernel(["x"], ["y"], inPlaceOf: 0)])
        #expect(try compile([Sample.actor("a", [], ["x"]), earlier, Sample.actor("c", ["y"])]).notes.isEmpty)
    }

    @Test func r7OnlyOneTakesOver() throws {
        var b = Sample.actor("b", ["x"], ["y", "z"])
        for o in 0..<2 { b.kernels[0].outputs[o].inPlaceOf = ArgumentName("in") }
        let plan = try compile([Sample.actor("a", [], ["x"]), b, Sample.actor("c", ["y", "z"])])
        #expect(plan.register("y").inPlaceOf == plan.number("x"))
        #expect(plan.register("z").inPlaceOf == nil)
        #expect(plan.notes == ["blob 'z/0' does not take over the memory of 'in/0': another blob does"])
    }

    @Test func r7WhatDoesNotMatchDoesNotTakeOver() throws {
        func why(_ type: BlobType, slots: Int? = nil, from: BlobType = Sample.small, fromSlots: Int? = nil) throws
            -> String
        {
            try refusal([
                Sample.actor("a", [], ["x"], type: from, slots: fromSlots),
                Sample.actor("b", ["x"], ["y"], type: type, slots: slots, inPlaceOf: 0), Sample.actor("c", ["y"]),
            ])
        }
        #expect(try why(BlobType(.uint8, [65])).hasSuffix("it does not fit: 192 bytes into 128"))
        #expect(try why(BlobType(.uint8, [1, 1, 1, 1, 1])).hasSuffix("it does not fit: 192 bytes into 128"))
        #expect(try why(BlobType(.uint8, [1], device: TensorDevice(.cuda))).hasSuffix("they are on different devices"))
        #expect(try why(Sample.small, slots: 2, fromSlots: 3).hasSuffix("it asks for 2 slots, and that one for 3"))
        // Nobody else reads it; made by the same actor; read by all instances.
        #expect(
            try refusal([Sample.actor("a", [], ["x"]), Sample.actor("b", ["x"], ["y"], inPlaceOf: 0)])
                .hasSuffix("no other actor reads the blob"))
        let own = PlanActor("b", kernels: [Sample.kernel([], ["x"]), Sample.kernel(["x"], ["y"], inPlaceOf: 0)])
        #expect(try refusal([own, Sample.actor("c", ["y"])]).hasSuffix("that one is made by the same actor"))
        let parallel = try compile([
            Sample.actor("a", [], ["x"]), Sample.actor("b", ["x"], ["y"], inPlaceOf: 0, parallel: 2),
            Sample.actor("c", ["y"]),
        ])
        #expect(parallel.notes.count == 2)
        #expect(
            parallel.notes[1].hasSuffix(
                "'y/1' does not take over the memory of 'in/0': all parallel instances read that one"))
    }

    @Test func r7CopiesElsewhereDoNotGrow() throws {
        let actors = [
            Sample.actor("a", [], ["x"], type: BlobType(.uint8, [1000]), nodes: ["n0"]),
            Sample.actor("b", ["x"], ["y"], inPlaceOf: 0, nodes: ["n0"]), Sample.actor("c", ["y"], nodes: ["n1"]),
        ]
        #expect(
            try refusal(actors, sites: Sample.twoNodes).hasSuffix(
                "its copies on other nodes would grow from 128 to 1088 bytes"))
    }

    @Test func r7SlotsAreThoseThatEitherAsksFor() throws {
        for (first, second) in [(5, nil), (nil, 5), (5, 5)] as [(Int?, Int?)] {
            let plan = try compile([
                Sample.actor("a", [], ["x"], slots: first),
                Sample.actor("b", ["x"], ["y"], slots: second, inPlaceOf: 0),
                Sample.actor("c", ["y"]),
            ])
            #expect([plan.register("x").slots, plan.register("y").slots] == [5, 5])
            #expect(plan.nodes[0].blockBytes == 640)
        }
    }
}
