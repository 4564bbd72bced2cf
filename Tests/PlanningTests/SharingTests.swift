import Planning
import SluiceModel
import Testing

/// Registers whose lifetimes cannot overlap share memory.
@Suite struct SharingTests {
    /// a → b → c → d → … , each with one output, of 10 ns each.
    private func chain(_ sizes: [Int], interval: UInt64?, slots: Int? = nil) -> PlanSpec {
        var actors: [PlanActor] = []
        for (i, size) in sizes.enumerated() {
            actors.append(
                Sample.actor(
                    "a\(i)", i == 0 ? [] : ["x\(i - 1)"], ["x\(i)"], type: BlobType(.uint8, [size]), slots: slots,
                    duration: 10))
        }
        actors.append(Sample.actor("end", ["x\(sizes.count - 1)"], duration: 10))
        return PlanSpec("p", actors: actors, interval: interval)
    }

    @Test func r16WhatIsNeverLiveAtOnceLiesAtOnePlace() throws {
        let plan = try Compiler.compile(chain([64, 64, 64, 64], interval: 100), sites: Sample.oneNode)
        #expect(plan.withoutTokens.registers.map(\.slots) == [1, 1, 1, 1])
        #expect((0..<4).map { plan.offset("x\($0)") } == [0, 128, 0, 128])
        #expect(plan.guardNames(on: "n0") == [["a0/x0", "a2/x2"], ["a1/x1", "a3/x3"]])
        #expect(plan.nodes[0] == PlannedNode(name: "n0", blockBytes: 256, unsharedBytes: 512))
        #expect(plan.sharers(of: plan.number("x2"), on: "n0") == [plan.number("x0")])
        #expect(plan.sharers(of: plan.number("x2"), on: "n1").isEmpty)
    }

    /// Every two that lie at one place have an edge, not only neighbours.
    @Test func r16EveryPairHasItsGuardEdge() throws {
        let plan = try Compiler.compile(chain([64, 64, 64, 64, 64], interval: 100), sites: Sample.oneNode)
        #expect(
            plan.guardNames(on: "n0") == [
                ["a0/x0", "a2/x2"], ["a0/x0", "a4/x4"], ["a1/x1", "a3/x3"], ["a2/x2", "a4/x4"],
            ])
    }

    /// A joint lifetime of 40 ns: with one slot, one firing each 40 ns; no more often.
    @Test(arguments: [(40, true), (39, false)])
    func r16SharingDoesNotLowerThroughput(interval: UInt64, isShared: Bool) throws {
        let plan = try Compiler.compile(chain([64, 64, 64], interval: interval), sites: Sample.oneNode)
        #expect(plan.guards.isEmpty != isShared)
        #expect(plan.nodes[0].blockBytes == (isShared ? 256 : 384))
        // With two slots each half of it is enough.
        let two = try Compiler.compile(
            chain([64, 64, 64], interval: (interval + 1) / 2, slots: 2), sites: Sample.oneNode)
        #expect(two.nodes[0].blockBytes == 512)
        let less = try Compiler.compile(chain([64, 64, 64], interval: 19, slots: 2), sites: Sample.oneNode)
        #expect(less.nodes[0].blockBytes == 768)
    }

    @Test func r16ASmallerOneTakesALargerOnesStride() throws {
        let plan = try Compiler.compile(chain([64, 64, 1000, 64], interval: 100), sites: Sample.oneNode)
        #expect(plan.register("x0").stride == 1088)
        #expect(plan.offset("x0") == plan.offset("x2"))
        #expect(plan.register("x1").stride == 128)
        #expect(plan.nodes[0] == PlannedNode(name: "n0", blockBytes: 1088 + 128, unsharedBytes: 1088 + 3 * 128))
    }

    @Test func r16OnlyEqualSlotCountsShare() throws {
        var spec = chain([64, 64, 64], interval: 100)
        spec.actors[2].kernels[0].outputs[0].slots = 2
        let plan = try Compiler.compile(spec, sites: Sample.oneNode)
        #expect(plan.guards.isEmpty)
        #expect(plan.nodes[0].blockBytes == 512)
    }

    /// x0's reader on n1 is not known to be over when a2 fires on n0: its memory on n0 may still be sent from.
    @Test func r16AReaderElsewhereCounts() throws {
        var spec = chain([64, 64, 64], interval: 100)
        spec.actors.append(Sample.actor("far", ["x0"], nodes: ["n1"], duration: 10))
        for i in 0..<4 { spec.actors[i].nodes = ["n0"] }
        #expect(try Compiler.compile(spec, sites: Sample.twoNodes).guards.isEmpty)
        // It is once a2 waits for it.
        spec.controls = [ControlEdge(before: "far", after: "a2")]
        let plan = try Compiler.compile(spec, sites: Sample.twoNodes)
        #expect(plan.guardNames(on: "n0").contains(["a0/x0", "a2/x2"]))
        #expect(plan.guardNames(on: "n1").isEmpty)
    }

    @Test func r16OneNodeMayShareWhatAnotherDoesNot() throws {
        // x0 and x2 both cross to n1, where a slow reader of x0 goes on.
        var spec = chain([64, 64, 64], interval: 200)
        spec.actors[1].nodes = ["n1"]
        spec.actors[0].nodes = ["n0"]
        spec.actors[2].nodes = ["n0"]
        spec.actors[3].nodes = ["n1"]
        let both = try Compiler.compile(spec, sites: Sample.twoNodes)
        #expect(both.guardNames(on: "n0") == [["a0/x0", "a2/x2"]])
        #expect(both.guardNames(on: "n1") == [["a0/x0", "a2/x2"]])
        spec.actors.append(Sample.actor("near", ["x0"], nodes: ["n0"], duration: 10))
        let one = try Compiler.compile(spec, sites: Sample.twoNodes)
        #expect(one.guardNames(on: "n0").isEmpty)
        #expect(one.guardNames(on: "n1") == [["a0/x0", "a2/x2"]])
        #expect(one.register("x0").places.count == 2)
    }

    @Test func r16OwnMemoryIsNeverShared() throws {
        let actors = (0..<3).map { i in
            PlanActor(
                "a\(i)",
                kernels: [
                    Sample.kernel(
                        i == 0 ? [] : ["x\(i - 1)"], ["t\(i)"], scratch: 64,
                        variables: [PlanVariable(ArgumentName("w"), Sample.small)]),
                    Sample.kernel(["t\(i)"], ["x\(i)"]),
                ], duration: 10)
        }
        let plan = try Compiler.compile(PlanSpec("p", actors: actors, interval: 1000), sites: Sample.oneNode)
        #expect(plan.guards.isEmpty)
        #expect(plan.nodes[0].blockBytes == plan.nodes[0].unsharedBytes)
        #expect(plan.nodes[0].blockBytes == 3 * (128 + 128 + 128 + 64))
    }

    @Test func r16MemoryHandedOnIsSharedToo() throws {
        var spec = chain([64, 64, 64, 64, 64], interval: 100)
        spec.actors[1].kernels[0].outputs[0].inPlaceOf = ArgumentName("in")
        let plan = try Compiler.compile(spec, sites: Sample.oneNode)
        #expect(plan.offset("x0") == plan.offset("x1"))
        #expect(plan.offset("x3") == plan.offset("x0"))
        #expect(plan.offset("x2") == plan.offset("x4"))
        #expect(
            plan.guardNames(on: "n0") == [
                ["a0/x0", "a1/x1"], ["a0/x0", "a3/x3"], ["a1/x1", "a3/x3"], ["a2/x2", "a4/x4"],
            ])
        #expect(plan.nodes[0].blockBytes == 256)
    }

    /// Every other one of a chain, however long that is.
    @Test func r16AnyNumberShares() throws {
        let plan = try Compiler.compile(
            chain(Array(repeating: 64, count: 120), interval: 100_000), sites: Sample.oneNode)
        #expect(plan.nodes[0].blockBytes == 2 * 128)
        #expect(plan.sharers(of: 0, on: "n0").count == 59)
    }
}
