import Planning
import SluiceModel
import Testing

/// z = matmul(x, y), a = add_n([x, y, z]) over 3×3 float32.
@Suite struct SeedTests {
    @Test func onOneNode() throws {
        let plan = try Compiler.compile(Sample.seed(), sites: Sample.oneNode)
        #expect(plan.actors.map(\.name) == ["matmul", "add_n", "in.x", "in.y", "out.z", "out.a"])
        #expect(plan.registers.map(\.name) == ["matmul/z", "add_n/a", "in.x/x", "in.y/y"])
        #expect(plan.registers.map(\.consumers) == [[1, 4], [5], [0, 1], [0, 1]])
        // 64 bytes of header, 36 of body, rounded up; nobody says how long it takes, so each firing counts as one interval.
        #expect(plan.registers.map(\.stride) == [128, 128, 128, 128])
        #expect(plan.registers.map(\.slots) == [2, 2, 3, 3])
        #expect(plan.functions == [PlanFunction("seed", inputs: ["x", "y"], outputs: ["z", "a"])])
        #expect(plan.interval == 0)
        #expect(plan.nodes == [PlannedNode(name: "n0", blockBytes: 10 * 128, unsharedBytes: 10 * 128)])
        #expect(plan.guards.isEmpty)
        #expect(plan.notes.isEmpty)
    }

    @Test func onTwoNodes() throws {
        let plan = try Compiler.compile(Sample.seed(nodes: ["n0", "n1"]), sites: Sample.twoNodes)
        #expect(plan.actor("add_n").node == "n1")
        #expect(plan.actor("in.x").node == "n0")
        #expect(plan.actor("out.z").node == "n0")
        #expect(plan.actor("out.a").node == "n1")
        #expect(plan.register("z").places.map(\.node) == ["n0", "n1"])
        #expect(plan.register("x").places.map(\.node) == ["n0", "n1"])
        #expect(plan.register("a").places.map(\.node) == ["n1"])
        #expect(plan.nodes.map(\.blockBytes) == [8 * 128, 10 * 128])
        #expect(plan.register("z").fields[0] == PlannedField(blob: "z", index: 0, type: Sample.f9, header: 0, body: 64))
    }
}
