import Planning
import SluiceModel

/// Short ways to write declarations.
enum Sample {
    static let f9 = BlobType(.float32, [3, 3])
    static let small = BlobType(.uint8, [64])

    static let oneNode = [Compiler.Site("n0", budget: 1 << 30)]
    static let twoNodes = [Compiler.Site("n0", budget: 1 << 30), Compiler.Site("n1", budget: 1 << 30)]

    /// z = matmul(x, y); a = add_n([x, y, z]).
    static func seed(nodes: [String] = []) -> PlanSpec {
        PlanSpec(
            "seed", inputs: [PlanInput("x", f9), PlanInput("y", f9)],
            actors: [
                PlanActor(
                    "matmul", nodes: nodes.prefix(1).map { $0 },
                    kernels: [
                        KernelCall(
                            "matmul",
                            inputs: [
                                InputArgument(ArgumentName("a"), blob: "x"),
                                InputArgument(ArgumentName("b"), blob: "y"),
                            ],
                            outputs: [OutputArgument(ArgumentName("out"), blob: "z", f9)])
                    ]),
                PlanActor(
                    "add_n", nodes: nodes.suffix(1).map { $0 },
                    kernels: [
                        KernelCall(
                            "add_n",
                            inputs: ["x", "y", "z"].enumerated().map {
                                InputArgument(ArgumentName("in", $0.offset), blob: $0.element)
                            },
                            outputs: [OutputArgument(ArgumentName("out"), blob: "a", f9)])
                    ]),
            ],
            outputs: [PlanOutput("z", blob: "z"), PlanOutput("a", blob: "a")])
    }

    /// An actor with one kernel: inputs are arguments in/0 …, outputs out/0 ….
    static func actor(
        _ name: String, _ inputs: [String] = [], _ outputs: [String] = [], type: BlobType = small, slots: Int? = nil,
        inPlaceOf: Int? = nil, parallel: Int = 1, nodes: [String] = [], duration: UInt64? = nil, firings: UInt64? = nil,
        scratch: Int = 0, variables: [PlanVariable] = []
    ) -> PlanActor {
        PlanActor(
            name, nodes: nodes, parallel: parallel,
            kernels: [
                kernel(
                    inputs, outputs, type: type, slots: slots, inPlaceOf: inPlaceOf, scratch: scratch,
                    variables: variables)
            ], duration: duration, firings: firings)
    }

    static func kernel(
        _ inputs: [String] = [], _ outputs: [String] = [], type: BlobType = small, slots: Int? = nil,
        inPlaceOf: Int? = nil, scratch: Int = 0, variables: [PlanVariable] = []
    ) -> KernelCall {
        KernelCall(
            "work", inputs: inputs.enumerated().map { InputArgument(ArgumentName("in", $0.offset), blob: $0.element) },
            outputs: outputs.enumerated().map {
                OutputArgument(
                    ArgumentName("out", $0.offset), blob: $0.element, type, slots: slots,
                    inPlaceOf: $0.offset == 0 ? inPlaceOf.map { ArgumentName("in", $0) } : nil)
            }, scratch: scratch, variables: variables)
    }
}

extension CompiledPlan {
    func register(_ blob: String, _ index: Int = 0) -> PlannedRegister {
        registers[place(ofBlob: blob, index)!.register]
    }

    func number(_ blob: String, _ index: Int = 0) -> Int { place(ofBlob: blob, index)!.register }

    func actor(_ name: String) -> PlannedActor { actors[actor(named: name)!] }

    func offset(_ blob: String, _ index: Int = 0, on node: String = "n0") -> UInt64 {
        register(blob, index).area(on: node)!.offset
    }

    func guardNames(on node: String) -> [[String]] {
        guards.filter { $0.node == node }.map { [registers[$0.register].name, registers[$0.after].name] }
    }
}
