import Planning
import SluiceModel
import Testing

/// How blobs lie in a slot, and slots in a block.
@Suite struct LayoutTests {
    /// The only field of a blob of a type that one actor makes and another reads.
    private func register(_ types: BlobType...) throws -> PlannedRegister {
        let outputs = types.enumerated().map {
            OutputArgument(ArgumentName("out", $0.offset), blob: "b\($0.offset)", $0.element)
        }
        let names = types.indices.map { "b\($0)" }
        let spec = PlanSpec(
            "p",
            actors: [
                PlanActor("a", kernels: [KernelCall("work", outputs: outputs)]), Sample.actor("b", names),
            ])
        return try Compiler.compile(spec, sites: Sample.oneNode).register("b0")
    }

    @Test(arguments: [
        // Type, header's bytes, body's bytes, stride.
        (BlobType(.uint8, []), 64, 1, UInt64(128)), (BlobType(.uint8, [0]), 64, 0, 64),
        (BlobType(.uint8, [1]), 64, 1, 128), (BlobType(.uint8, [64]), 64, 64, 128),
        (BlobType(.uint8, [65]), 64, 65, 192), (BlobType(.float32, [1, 1, 1, 1]), 64, 4, 128),
        (BlobType(.float32, [1, 1, 1, 1, 1]), 128, 4, 192),
        (BlobType(.float32, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]), 128, 4, 192),
        (BlobType(.bytes(capacity: 0), [0]), 64, 8, 128), (BlobType(.bytes(capacity: 40), [2]), 64, 64, 128),
        (BlobType(.bytes(capacity: 41), [2]), 64, 65, 192), (BlobType(.float64, [9], isDynamic: true), 64, 72, 192),
    ])
    func r2HeaderAndBodyAreSplitAndAligned(type: BlobType, header: Int, body: Int, stride: UInt64) throws {
        let register = try register(type)
        #expect(register.fields == [PlannedField(blob: "b0", index: 0, type: type, header: 0, body: header)])
        #expect(type.headerBytes == header)
        #expect(type.capacity == body)
        #expect(register.stride == stride)
    }

    @Test func r2AnAcceleratorsMemoryIsAlignedTo512() throws {
        let cuda = BlobType(.uint8, [1], device: TensorDevice(.cuda))
        #expect(try register(cuda).fields[0].body == 512)
        #expect(try register(cuda).stride == 1024)
        // Headers of all fields first; the body of the second behind that of the first.
        let both = try register(Sample.small, cuda)
        #expect(both.fields.map(\.header) == [0, 64])
        #expect(both.fields.map(\.body) == [128, 512])
        #expect(both.stride == 1024)
        let spec = PlanSpec(
            "p",
            actors: [
                Sample.actor("s", [], ["x"]), Sample.actor("c", [], ["y"], type: cuda), Sample.actor("t", ["x", "y"]),
            ])
        let plan = try Compiler.compile(spec, sites: Sample.oneNode)
        #expect(plan.offset("y") == 0)
        #expect(plan.offset("x") == 2048)
        #expect(plan.nodes[0].blockBytes == 2048 + 256)
    }

    @Test func r2EverySlotHasItsAddress() throws {
        let spec = PlanSpec(
            "p",
            actors: [
                Sample.actor("a", [], ["x"], slots: 3), Sample.actor("b", [], ["y"], slots: 1),
                Sample.actor("c", ["x", "y"]),
            ])
        let plan = try Compiler.compile(spec, sites: Sample.oneNode)
        let x = plan.register("x")
        #expect((0..<6).map { x.slot(of: $0, on: "n0")!.offset } == [0, 128, 256, 0, 128, 256])
        #expect(x.slot(of: 1 << 40, on: "n0") == Area(offset: 128, bytes: 128))
        #expect(x.slot(of: 0, on: "elsewhere") == nil)
        #expect(plan.register("y").area(on: "n0") == Area(offset: 384, bytes: 128))
        #expect(plan.nodes[0].blockBytes == 512)
    }

    @Test func r3OrdinalsFollowTheSortedNames() throws {
        let outputs = ["b", "B", "a", "aa"].enumerated().map {
            OutputArgument(ArgumentName("out", $0.offset), blob: $0.element, BlobType(.uint8, [$0.offset]))
        }
        let spec = PlanSpec(
            "p",
            actors: [
                PlanActor("p", kernels: [KernelCall("k", outputs: outputs)]),
                Sample.actor("c", ["b", "aa", "a", "B"]),
            ])
        let plan = try Compiler.compile(spec, sites: Sample.oneNode)
        let register = try #require(plan.registers.first)
        #expect(plan.registers.count == 1)
        #expect(register.name == "p/B")
        #expect(register.fields.map(\.blob) == ["B", "a", "aa", "b"])
        #expect(["B", "a", "aa", "b"].map { register.ordinal(of: $0) } == [0, 1, 2, 3])
        #expect(register.ordinal(of: "c") == nil)
        #expect(register.ordinal(of: "a", 1) == nil)
        let kernel = plan.actor("c").kernels[0]
        #expect(
            kernel.inputs
                == [(0, 3), (1, 2), (2, 1), (3, 0)].map {
                    PlannedArgument(ArgumentName("in", $0.0), register: 0, field: $0.1)
                })
        #expect(kernel.input("in", 2)?.field == 1)
        #expect(kernel.input("in", 4) == nil)
        #expect(kernel.input("out") == nil)
        #expect(kernel.output("out") == nil)
        #expect(plan.actor("p").kernels[0].output("out", 1)?.field == 0)
    }

    @Test func r3WhatIsMissingIsNil() throws {
        let plan = try Compiler.compile(Sample.seed(), sites: Sample.oneNode)
        #expect(plan.place(ofBlob: "z").map { [$0.register, $0.field] } == [0, 0])
        #expect(plan.place(ofBlob: "z", 1) == nil)
        #expect(plan.place(ofBlob: "nobody") == nil)
        #expect(plan.actor(named: "out.z") == 4)
        #expect(plan.actor(named: "z") == nil)
        #expect(plan.register(named: "matmul/z") == 0)
        #expect(plan.register(named: "z") == nil)
        #expect(plan.node(named: "n0")?.blockBytes == 1280)
        #expect(plan.node(named: "n1") == nil)
        #expect(plan.function(named: "seed")?.outputs == ["z", "a"])
        #expect(plan.function(named: "a") == nil)
    }

    @Test func r3KernelsInSequenceWithScratchAndVariables() throws {
        let variables = [
            PlanVariable(ArgumentName("w", 1), BlobType(.uint8, [1])),
            PlanVariable(ArgumentName("w", 0), BlobType(.uint8, [100])),
        ]
        let actor = PlanActor(
            "a",
            kernels: [
                Sample.kernel([], ["t"], scratch: 1, variables: variables), Sample.kernel(["t"], ["u"], scratch: 65),
                Sample.kernel(["u", "t"], ["v"]),
            ])
        let plan = try Compiler.compile(
            PlanSpec("p", actors: [actor, Sample.actor("b", ["v"])]), sites: Sample.oneNode)
        #expect(plan.registers.map(\.kind) == [.own, .own, .channel, .variable, .variable])
        #expect(plan.registers.map(\.slots) == [1, 1, 2, 1, 1])
        #expect(plan.registers.map { $0.places[0].offset } == [0, 128, 256, 512, 704])
        let kernels = plan.actors[0].kernels
        #expect(kernels.map(\.scratch) == [Area(offset: 832, bytes: 1), Area(offset: 896, bytes: 65), nil])
        #expect(plan.nodes[0].blockBytes == 1024)
        #expect(kernels[0].variable("w", 0)?.register == 3)
        #expect(kernels[0].variable("w", 1)?.register == 4)
        #expect(kernels[1].variable("w") == nil)
        #expect(kernels[2].input("in", 0)?.register == 1)
        #expect(kernels[2].input("in", 1)?.register == 0)
        #expect(plan.actors[0].outputs == [2])
        // A variable's name is not a blob's.
        #expect(plan.place(ofBlob: "w") == nil)
    }

    /// Blobs that the same actors read travel together; others do not.
    @Test func blobsAreGroupedByReadersAndSlots() throws {
        var make = Sample.actor("m", [], ["a", "b", "c", "d"])
        make.kernels[0].outputs[3].slots = 5
        let spec = PlanSpec(
            "p", actors: [make, Sample.actor("r", ["a", "b", "d"]), Sample.actor("s", ["b", "a", "c"])])
        let plan = try Compiler.compile(spec, sites: Sample.oneNode)
        #expect(plan.registers.map { $0.fields.map(\.blob) } == [["a", "b"], ["c"], ["d"]])
        #expect(plan.registers.map(\.slots) == [2, 2, 5])
        #expect(plan.actors.map(\.outputs) == [[0, 1, 2], [], []])
        #expect(plan.actors.map(\.inputs) == [[], [0, 2], [0, 1]])
    }

    @Test func aGroupThatNoSlotCanHoldIsDivided() throws {
        let huge = BlobType(.uint8, [BlobType.mostBytes])
        var make = Sample.actor("m", [], ["a", "b", "c"], type: huge, slots: 1)
        make.kernels[0].outputs[0].type = Sample.small
        let spec = PlanSpec("p", actors: [make, Sample.actor("r", ["a", "b", "c"])])
        let plan = try Compiler.compile(spec, sites: [Compiler.Site("n0", budget: .max)])
        #expect(plan.registers.map { $0.fields.map(\.blob) } == [["a", "b"], ["c"]])
        #expect(plan.registers.allSatisfy { $0.stride <= UInt64(Limits.mostSlotSize) })
    }

    @Test func r5NobodyNeedReadABlob() throws {
        let spec = PlanSpec(
            "p", actors: [Sample.actor("a", [], ["x", "y"], slots: nil), Sample.actor("b", [], ["z"], slots: 4)])
        let plan = try Compiler.compile(spec, sites: Sample.oneNode)
        #expect(plan.registers.map(\.kind) == [.own, .own, .own])
        #expect(plan.registers.map(\.slots) == [1, 1, 4])
        #expect(plan.registers.allSatisfy { $0.consumers.isEmpty })
        #expect(plan.actors.allSatisfy { $0.inputs.isEmpty && $0.outputs.isEmpty })
        #expect(plan.actors[0].kernels[0].output("out", 1)?.register == 1)
        #expect(plan.nodes[0].blockBytes == 6 * 128)
    }

    /// A blob for oneself and for others is a channel; one's own use is of the same slot.
    @Test func r5OwnUseOfWhatOthersReadToo() throws {
        let actor = PlanActor("a", kernels: [Sample.kernel([], ["t"]), Sample.kernel(["t"], [])])
        let plan = try Compiler.compile(
            PlanSpec("p", actors: [actor, Sample.actor("b", ["t"])]), sites: Sample.oneNode)
        #expect(plan.registers.map(\.kind) == [.channel])
        #expect(plan.registers[0].consumers == [1])
        #expect(plan.actors[0].kernels[1].input("in")?.register == 0)
        #expect(plan.actors[0].inputs.isEmpty)
    }

    @Test func anInputThatNobodyReadsIsNoted() throws {
        let plan = try Compiler.compile(PlanSpec("p", inputs: [PlanInput("x", Sample.f9)]), sites: Sample.oneNode)
        #expect(plan.register("x").kind == .own)
        #expect(plan.notes == ["input 'x' is read by nobody"])
        // Its being there is all that a job waits for.
        #expect(plan.actors.map(\.name) == ["in.x", "end.p"])
        #expect(plan.registers.map(\.name) == ["in.x/x", "in.x/then/end.p"])
    }
}
