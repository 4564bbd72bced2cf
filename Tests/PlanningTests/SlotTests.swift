import Planning
import SluiceModel
import Testing

/// How many slots, for which interval and budget.
@Suite struct SlotTests {
    private func pair(_ first: UInt64?, _ second: UInt64?, interval: UInt64? = nil, slots: Int? = nil) -> PlanSpec {
        PlanSpec(
            "p",
            actors: [
                Sample.actor("a", [], ["x"], slots: slots, duration: first), Sample.actor("b", ["x"], duration: second),
            ],
            interval: interval)
    }

    private func slots(_ spec: PlanSpec) throws -> Int {
        try Compiler.compile(spec, sites: Sample.oneNode).register("x").slots
    }

    /// ⌈lifetime / interval⌉.
    @Test func r17SlotsFollowLifetimeAndInterval() throws {
        #expect(try slots(pair(10, 10)) == 2)
        #expect(try slots(pair(10, 1)) == 2)
        #expect(try slots(pair(1, 10)) == 2)
        #expect(try slots(pair(10, 10, interval: 19)) == 2)
        #expect(try slots(pair(10, 10, interval: 20)) == 1)
        #expect(try slots(pair(10, 10, interval: 1000)) == 1)
        #expect(try slots(pair(10, 10, interval: 20, slots: 7)) == 7)
        #expect(try slots(pair(10, 10, slots: 1)) == 1)
    }

    @Test func r17TheLastReaderCounts() throws {
        let spec = PlanSpec(
            "p",
            actors: [
                Sample.actor("a", [], ["x"], duration: 10), Sample.actor("b", ["x"], ["y"], duration: 10),
                Sample.actor("c", ["y"], ["z"], duration: 10), Sample.actor("d", ["x", "z"], duration: 10),
            ])
        let plan = try Compiler.compile(spec, sites: Sample.oneNode)
        #expect(["x", "y", "z"].map { plan.register($0).lifetime } == [40, 20, 20])
        #expect(["x", "y", "z"].map { plan.register($0).slots } == [4, 2, 2])
        #expect(plan.interval == 10)
    }

    @Test func r17WhoDoesNotSayTakesTheMean() throws {
        let plan = try Compiler.compile(
            PlanSpec(
                "p",
                actors: [
                    Sample.actor("a", [], ["x"], duration: 10), Sample.actor("b", ["x"], ["y"], duration: 21),
                    Sample.actor("c", ["y"]),
                ]), sites: Sample.oneNode)
        #expect(plan.actors.map(\.duration) == [10, 21, 16])
        #expect(plan.interval == 21)
        #expect(plan.register("y").lifetime == 37)
    }

    @Test func r17NobodyKnowsHowLongAnythingTakes() throws {
        let plan = try Compiler.compile(pair(nil, nil), sites: Sample.oneNode)
        #expect(plan.interval == 0)
        #expect(plan.actors.allSatisfy { $0.duration == 0 })
        #expect(plan.register("x").lifetime == 0)
        #expect(plan.register("x").slots == 2)
        let asked = try Compiler.compile(pair(nil, nil, interval: 5), sites: Sample.oneNode)
        #expect(asked.interval == 0)
        #expect(asked.register("x").slots == 2)
        #expect(asked.notes == ["the interval of 5 ns is not used: no actor says how long it takes"])
    }

    @Test func r17AnIntervalIsNoShorterThanTheLongestFiring() throws {
        let plan = try Compiler.compile(pair(10, 30, interval: 29), sites: Sample.oneNode)
        #expect(plan.interval == 30)
        #expect(plan.notes == ["the interval of 29 ns is shorter than the longest firing: 30 ns is used"])
        #expect(try Compiler.compile(pair(10, 30, interval: 30), sites: Sample.oneNode).notes.isEmpty)
    }

    @Test(arguments: [768: 10, 767: 14, 640: 14, 639: 20, 384: 20, 383: 40, 256: 40] as [UInt64: UInt64])
    func r17TheBudgetLengthensTheInterval(budget: UInt64, interval: UInt64) throws {
        var spec = PlanSpec(
            "p",
            actors: [
                Sample.actor("a", [], ["x"], duration: 10), Sample.actor("b", ["x"], ["y"], duration: 10),
                Sample.actor("c", ["x", "y"], ["z"], duration: 10), Sample.actor("d", ["x", "z"], duration: 10),
            ])
        // x lives for 40 ns, y and z for 20: 4 + 2 + 2 slots at 10 ns.
        spec.actors[1].kernels[0].outputs[0].type = BlobType(.uint8, [0])
        spec.actors[2].kernels[0].outputs[0].type = BlobType(.uint8, [0])
        // Of 128 bytes for x and of 64 for the others: 512 + 256.
        let sites = [Compiler.Site("n0", budget: budget)]
        let plan = try Compiler.compile(spec, sites: sites)
        #expect(plan.interval == interval)
        #expect(plan.nodes[0].blockBytes <= budget)
        #expect(plan.notes.isEmpty == (interval == 10))
        if budget == 384 {
            #expect(
                plan.notes == [
                    "interval lengthened from 10 to 20 ns because node n0 has 384 bytes and the plan would need 768"
                ])
        }
        // A declared budget counts as much.
        spec.budgets = ["n0": budget]
        #expect(try Compiler.compile(spec, sites: Sample.oneNode).interval == interval)
    }

    @Test func r17WhatCanNeverFitIsRefused() throws {
        for budget in [255, 128, 0] as [UInt64] {
            do {
                let spec = PlanSpec(
                    "p",
                    actors: [
                        Sample.actor("a", [], ["x"], nodes: ["n1"]), Sample.actor("b", ["x"], ["y"], nodes: ["n1"]),
                        Sample.actor("c", ["y"], nodes: ["n0"]),
                    ], budgets: ["n1": budget])
                let plan = try Compiler.compile(spec, sites: Sample.twoNodes)
                Issue.record("\(plan.nodes)")
            } catch {
                #expect(error.code == .overBudget)
                #expect(error.node == "n1")
                #expect(error.needed == 256)
                #expect(error.available == budget)
                #expect(error.path == ["budgets", "n1"])
                #expect(error.message.contains("'n1' has \(budget) bytes"))
                #expect(error.message.contains("\(256 - budget) too few"))
            }
        }
    }

    @Test func r17ExactlyEnoughIsEnough() throws {
        let spec = pair(10, 10)
        for (budget, slots) in [(256, 2), (255, 1), (128, 1)] as [(UInt64, Int)] {
            #expect(
                try Compiler.compile(spec, sites: [Compiler.Site("n0", budget: budget)]).register("x").slots == slots)
        }
        #expect(throws: PlanError.self) { try Compiler.compile(spec, sites: [Compiler.Site("n0", budget: 127)]) }
        // Slots that are asked for are not taken away.
        let asked = pair(10, 10, slots: 2)
        #expect(throws: PlanError.self) { try Compiler.compile(asked, sites: [Compiler.Site("n0", budget: 255)]) }
        let own = PlanSpec("p", actors: [Sample.actor("a", scratch: 129)])
        #expect(throws: PlanError.self) { try Compiler.compile(own, sites: [Compiler.Site("n0", budget: 191)]) }
        #expect(try Compiler.compile(own, sites: [Compiler.Site("n0", budget: 192)]).nodes[0].blockBytes == 192)
    }

    /// Sharing counts: 3 slots of 128 do not fit, 2 do.
    @Test func r17TheBudgetIsForWhatIsShared() throws {
        let actors = (0..<3).map { Sample.actor("a\($0)", $0 == 0 ? [] : ["x\($0 - 1)"], ["x\($0)"], duration: 10) }
        let spec = PlanSpec("p", actors: actors + [Sample.actor("end", ["x2"], duration: 10)])
        let plan = try Compiler.compile(spec, sites: [Compiler.Site("n0", budget: 256)])
        #expect(plan.interval == 40)
        #expect(plan.nodes[0] == PlannedNode(name: "n0", blockBytes: 256, unsharedBytes: 384))
    }

    /// Slots of a hand-over are tied to one another; if that costs too much elsewhere it is given up.
    @Test func r17HandOverGivesWayToTheBudget() throws {
        let actors = [
            Sample.actor("a", [], ["x"], nodes: ["n0"]),
            Sample.actor("b", ["x"], ["y"], slots: 4, inPlaceOf: 0, nodes: ["n1"]),
            Sample.actor("c", ["y"], nodes: ["n1"]),
        ]
        let free = try Compiler.compile(PlanSpec("p", actors: actors), sites: Sample.twoNodes)
        #expect(free.nodes.map(\.blockBytes) == [512, 512])
        let tight = try Compiler.compile(PlanSpec("p", actors: actors, budgets: ["n0": 511]), sites: Sample.twoNodes)
        #expect(tight.register("y").inPlaceOf == nil)
        #expect(tight.nodes.map(\.blockBytes) == [256, 768])
        #expect(
            tight.notes == ["no blob takes over an input's memory: the budget is too small for the slots that it ties"])
    }

    /// Of more registers than intervals are tried for: 2 slots each at first, and one memory for every other one at last.
    @Test(arguments: [300 * 128: true, 2 * 128: true, 2 * 128 - 1: false] as [UInt64: Bool])
    func r17LargePlansAreFitted(budget: UInt64, fits: Bool) throws {
        var actors: [PlanActor] = []
        for i in 0..<300 { actors.append(Sample.actor("a\(i)", i == 0 ? [] : ["x\(i - 1)"], ["x\(i)"], duration: 10)) }
        let spec = PlanSpec("p", actors: actors + [Sample.actor("e", ["x299"])], budgets: ["n0": budget])
        let plan = try? Compiler.compile(spec, sites: Sample.oneNode)
        #expect((plan != nil) == fits)
        if let plan { #expect(plan.nodes[0].blockBytes <= budget) }
    }

    @Test func sizesThatNoMachineHasAreRefusedNotOverflown() {
        let huge = BlobType(.uint8, [BlobType.mostBytes])
        let actors = (0..<300).map { Sample.actor("a\($0)", [], ["x\($0)"], type: huge, slots: Limits.mostSlots) }
        #expect(throws: PlanError.self) {
            try Compiler.compile(PlanSpec("p", actors: actors), sites: [Compiler.Site("n0", budget: .max)])
        }
    }
}
