import Planning
import SluiceModel
import Testing

/// Who is on which node, where nobody says.
@Suite struct HomesTests {
    private func nodes(_ spec: PlanSpec, sites: [Compiler.Site] = Sample.twoNodes) throws -> [String: String] {
        let plan = try Compiler.compile(spec, sites: sites)
        return Dictionary(uniqueKeysWithValues: plan.actors.map { ($0.name, $0.node) })
    }

    @Test func anActorGoesWhereMostBytesComeFrom() throws {
        var spec = PlanSpec(
            "p",
            actors: [
                Sample.actor("a", [], ["x"], nodes: ["n0"]),
                Sample.actor("b", [], ["y"], type: BlobType(.uint8, [65]), nodes: ["n1"]),
                Sample.actor("c", ["x", "y"]),
            ])
        #expect(try nodes(spec)["c"] == "n1")
        // Equal: the first by name.
        spec.actors[1].kernels[0].outputs[0].type = Sample.small
        #expect(try nodes(spec)["c"] == "n0")
        #expect(try nodes(spec, sites: Sample.twoNodes.reversed())["c"] == "n0")
    }

    @Test func sourcesAreSpread() throws {
        let spec = PlanSpec("p", actors: (0..<4).map { Sample.actor("s\($0)") })
        #expect(try nodes(spec) == ["s0": "n0", "s1": "n1", "s2": "n0", "s3": "n1"])
        let instances = PlanSpec("p", actors: [Sample.actor("s", parallel: 3)])
        #expect(try nodes(instances) == ["s.0": "n0", "s.1": "n1", "s.2": "n0"])
        // Where actors are already that are told to be, are fewer added.
        let told = PlanSpec("p", actors: [Sample.actor("a"), Sample.actor("b", nodes: ["n0"])])
        #expect(try nodes(told)["a"] == "n1")
    }

    @Test func aFullNodeIsLeftOut() throws {
        var spec = PlanSpec(
            "p", actors: [Sample.actor("a", [], ["x"], nodes: ["n0"]), Sample.actor("b", ["x"], scratch: 1000)])
        #expect(try nodes(spec)["b"] == "n0")
        spec.budgets = ["n0": 128 + 1024]
        #expect(try nodes(spec)["b"] == "n0")
        spec.budgets = ["n0": 128 + 1023]
        #expect(try nodes(spec)["b"] == "n1")
    }

    @Test func interfacesAreBesideThoseTheyServe() throws {
        var spec = PlanSpec(
            "p", inputs: [PlanInput("x", Sample.small)],
            actors: [Sample.actor("a", ["x"], ["y"], nodes: ["n1"]), Sample.actor("b", ["x"], nodes: ["n0"])],
            outputs: [PlanOutput("y", blob: "y")], functions: [PlanFunction("f", inputs: ["x"], outputs: [])])
        #expect(try nodes(spec) == ["a": "n1", "b": "n0", "in.x": "n1", "out.y": "n1", "end.f": "n1"])
        spec.inputs[0].node = "n0"
        spec.outputs[0].node = "n0"
        #expect(try nodes(spec)["in.x"] == "n0")
        #expect(try nodes(spec)["out.y"] == "n0")
        // An input that is told where to be draws its readers.
        let drawn = PlanSpec(
            "p", inputs: [PlanInput("x", Sample.small, node: "n1")], actors: [Sample.actor("a", ["x"])])
        #expect(try nodes(drawn)["a"] == "n1")
    }

    @Test func nodesWithoutActorsAreNotInThePlan() throws {
        let plan = try Compiler.compile(Sample.seed(), sites: Sample.twoNodes)
        #expect(plan.nodes.map(\.name) == ["n0"])
    }
}
