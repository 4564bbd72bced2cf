import Planning
import SluiceModel
import SluicePlan
import Testing

@Suite("Building plans") struct BuilderTests {
    @Test func thePlanOfTheScriptReadsAsItIs() {
        var plan = PlanBuilder("two-functions")
        let x = plan.input("x", Float.self, [3, 3])
        let y = plan.input("y", Float.self, [3, 3], node: "a", slots: 2)
        let multiplier = plan.actor("multiplier", node: "a", duration: .milliseconds(2))
        let z = plan.call("matmul", on: multiplier, ["a": x, "b": y], makes: Making("z", Float.self, [3, 3]))
        let a = plan.call(
            "add_n", on: "adder", ["in": [x, y, z]], makes: Making("s", Float.self, [3, 3], slots: 3, inPlaceOf: z))
        let product = plan.output("z", z)
        let sum = plan.output("a", a, node: "b")
        plan.function("multiply", inputs: (x, y), outputs: (product))
        plan.function("add", inputs: (x, y, z), outputs: (sum))
        plan.control(before: multiplier, after: "adder")
        plan.interval(.microseconds(10))
        plan.budget(4096, on: "a")

        let type = BlobType(.float32, [3, 3])
        let expected = PlanSpec(
            "two-functions",
            inputs: [PlanInput("x", type), PlanInput("y", type, node: "a", slots: 2)],
            actors: [
                PlanActor(
                    "multiplier", nodes: ["a"],
                    kernels: [
                        KernelCall(
                            "matmul",
                            inputs: [
                                InputArgument(ArgumentName("a"), blob: "x"),
                                InputArgument(ArgumentName("b"), blob: "y"),
                            ], outputs: [OutputArgument(ArgumentName("out"), blob: "z", type)])
                    ], duration: 2_000_000),
                PlanActor(
                    "adder",
                    kernels: [
                        KernelCall(
                            "add_n",
                            inputs: ["x", "y", "z"].enumerated().map {
                                InputArgument(ArgumentName("in", $0.offset), blob: $0.element)
                            },
                            outputs: [
                                OutputArgument(
                                    ArgumentName("out"), blob: "s", type, slots: 3, inPlaceOf: ArgumentName("in", 2))
                            ])
                    ]),
            ], outputs: [PlanOutput("z", blob: "z"), PlanOutput("a", blob: "s", node: "b")],
            controls: [ControlEdge(before: "multiplier", after: "adder")],
            functions: [
                PlanFunction("multiply", inputs: ["x", "y"], outputs: ["z"]),
                PlanFunction("add", inputs: ["x", "y", "z"], outputs: ["a"]),
            ], interval: 10_000, budgets: ["a": 4096])
        #expect(plan.spec == expected)
    }

    @Test func kernelsOfTheLibraryHaveTypesAndShapes() {
        var plan = PlanBuilder("typed")
        let a = plan.input("a", Double.self, [2, 3])
        let b = plan.input("b", Double.self, [3, 4], isDynamic: true)
        let c: Blob<Double> = plan.matmul("c", a, b, on: "m")
        #expect(c.type == BlobType(.float64, [2, 4], isDynamic: true))
        let d = plan.addN("d", [c, c], on: "m", inPlaceOf: c)
        let e = plan.map("e", d, .scale(2), on: "m", isInPlace: true)
        let f = plan.accumulate("f", e, on: "m")
        #expect(f.shape == [2, 4])
        let kernels = plan.spec.actors[0].kernels
        #expect(kernels.map(\.kernel) == ["matmul", "add_n", "map", "accumulate"])
        #expect(kernels[1].outputs[0].inPlaceOf == ArgumentName("in"))
        #expect(kernels[2].attributes == ["function": .text("scale"), "factor": .number(2)])
        #expect(kernels[2].outputs[0].inPlaceOf == ArgumentName("in"))
        #expect(kernels[3].variables == [PlanVariable(ArgumentName("sum"), BlobType(.float64, [2, 4]))])
    }

    @Test func callsMakeNothingOrSeveralBlobsOfAnyKind() {
        var plan = PlanBuilder("kinds")
        let words = plan.input("words", strings: [10], capacity: 100, isDynamic: true)
        let anything = plan.input("anything", BlobType(.bool, [4], device: TensorDevice(.cuda)))
        let (lengths, longest) = plan.call(
            "measure", on: "m", ["words": words, "rest": [words.erased, anything]],
            makes: Making("lengths", Int64.self, [10], isDynamic: true, as: "lengths"),
            Making("longest", strings: [], capacity: 100, as: "longest", 1),
            variables: [PlanVariable("seen", UInt8.self, [256])], scratch: 512, attributes: ["most": .integer(3)])
        plan.call("sink", on: "s", ["in": lengths, "text": longest])
        plan.actor("s", nodes: ["a", "b"], parallel: 2, firings: 7)
        let call = plan.spec.actors[0].kernels[0]
        #expect(
            call.inputs == [
                InputArgument(ArgumentName("words"), blob: "words"), InputArgument(ArgumentName("rest"), blob: "words"),
                InputArgument(ArgumentName("rest", 1), blob: "anything"),
            ])
        #expect(
            call.outputs == [
                OutputArgument(ArgumentName("lengths"), blob: "lengths", BlobType(.int64, [10], isDynamic: true)),
                OutputArgument(ArgumentName("longest", 1), blob: "longest", BlobType(.bytes(capacity: 100), [])),
            ])
        #expect(call.scratch == 512 && call.attributes == ["most": .integer(3)] && call.variables.count == 1)
        let sink = plan.spec.actors[1]
        #expect(sink.kernels[0].outputs.isEmpty && sink.nodes == ["a", "b"] && sink.parallel == 2 && sink.firings == 7)
    }

    @Test func durationsThatCannotBeAreTheNearestThatCan() {
        var plan = PlanBuilder("times")
        plan.actor("a", duration: .seconds(-1))
        plan.actor("b", duration: .seconds(Int64.max))
        #expect(plan.spec.actors.map(\.duration) == [0, .max])
    }
}
