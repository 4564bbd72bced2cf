import Planning
import Sluice
import SluiceModel
import SluicePlan
import Testing

/// An actor with several kernels: x → double → (own) → add one → y, and a third one that counts in a variable.
@Suite("Actors of several kernels") struct ProgramTests {
    private static let numbers = BlobType(.int32, [4], isDynamic: true)

    private func plan(ownSlots: Int = 1) -> CompiledPlan {
        let x = PlannedRegister("p/x", [TestField("x", Self.numbers)], producer: 1)
        let t = PlannedRegister("a/t", [TestField("t", Self.numbers)], kind: .own, slots: ownSlots, offset: 512)
        let y = PlannedRegister("a/y", [TestField("y", Self.numbers)], nodes: ["here", "there"], offset: 2048)
        let v = PlannedRegister(
            "a/v", [TestField("v", BlobType(.int32, [1]))], kind: .variable, offset: 2560)
        let control = PlannedRegister("p/", [], producer: 1, offset: 3072)
        func kernel(
            _ name: String, _ inputs: [PlannedArgument], _ outputs: [PlannedArgument], _ kept: [PlannedArgument] = []
        ) -> PlannedKernel {
            PlannedKernel(
                kernel: name, attributes: [:], inputs: inputs, outputs: outputs, variables: kept, scratch: nil)
        }
        let (input, output) = (ArgumentName("in"), ArgumentName("out"))
        let actor = PlannedActor(
            name: "a", role: .kernels, node: "here", index: 0,
            kernels: [
                kernel("double", [.init(input, register: 0, field: 0)], [.init(output, register: 1, field: 0)]),
                kernel("more", [.init(input, register: 1, field: 0)], [.init(output, register: 2, field: 0)]),
                kernel(
                    "count", [.init(input, register: 2, field: 0)], [],
                    [.init(ArgumentName("v"), register: 3, field: 0)]),
            ], inputs: [0, 4], outputs: [1, 2, 3], duration: 0, firings: nil)
        return CompiledPlan(
            spec: PlanSpec("several"), hash: "0", nodes: [], actors: [actor], registers: [x, t, y, v, control],
            guards: [], functions: [], interval: 0, notes: [])
    }

    private func kernels(_ noted: Noted<[String]>) throws -> KernelRegistry {
        var kernels = KernelRegistry.empty
        func change(_ name: String, _ function: @escaping @Sendable (Int32) -> Int32) throws {
            try kernels.register(name) { context in
                noted.value.append("\(name) \(context.firing)\(context.updated ? " updated" : "")")
                guard let view = context.input("in"), var out = context.output("out") else { throw Missing() }
                try out.setShape(view.shape)
                let source = try view.elements(of: Int32.self)
                var target = try out.elements(of: Int32.self)
                for place in source.indices { target[place] = function(source[place]) }
            }
        }
        try change("double") { 2 * $0 }
        try change("more") { $0 + 1 }
        try kernels.register("count") { context in
            guard let view = context.input("in"), var kept = context.variable("v") else { throw Missing() }
            var count = try kept.elements(of: Int32.self)
            count[0] += Int32(view.count)
            noted.value.append("\(count[0])")
        }
        return kernels
    }

    @Test func r3KernelsRunInOrderAndHandOnWhatTheyMake() throws {
        let noted = Noted<[String]>([])
        let block = Block(4096)
        let plan = plan()
        let program = try unsafe ActorProgram(plan, actor: 0, kernels: try kernels(noted), block: block.bytes)
        #expect(program.inputRegisters == [0, 4] && program.outputRegisters == [2])
        #expect(program.inputs.map(\.count) == [1, 0])
        let writer = try RegisterView(plan.registers[0], of: "p", on: "here")
        func fire(_ number: UInt64, _ numbers: [Int32]) throws -> [Int32] {
            unsafe try writer.begin(block.part(0, plan.registers[0].slotBytes))
            try writer.write(0) { try $0.copy(Tensor(numbers)) }
            let count = writer.close()
            unsafe try program.inputs[0].read(UnsafeRawBufferPointer(block.part(0, count)))
            unsafe try program.inputs[1].read(UnsafeRawBufferPointer(block.part(3072, 0)))
            unsafe try program.outputs[0].begin(block.part(2048, plan.registers[2].slotBytes))
            #expect(try program.fire(number) == .made)
            let bytes = program.outputs[0].close()
            let reader = try RegisterView(plan.registers[2], of: "q", on: "here")
            unsafe try reader.read(UnsafeRawBufferPointer(block.part(2048, bytes)))
            return try reader.tensor(0).array(of: Int32.self)
        }
        #expect(try fire(0, [1, 2]) == [3, 5])
        #expect(try fire(1, [5, 6]) == [11, 13])
        #expect(try fire(2, [5]) == [11])
        #expect(
            noted.value == [
                "double 0 updated", "more 0 updated", "2", "double 1", "more 1", "4", "double 2 updated",
                "more 2 updated", "5",
            ])
    }

    @Test func memoryBetweenKernelsGoesFromSlotToSlot() throws {
        let noted = Noted<[String]>([])
        let block = Block(4096)
        let plan = plan(ownSlots: 2)
        let program = try unsafe ActorProgram(plan, actor: 0, kernels: try kernels(noted), block: block.bytes)
        let writer = try RegisterView(plan.registers[0], of: "p", on: "here")
        unsafe try writer.begin(block.part(0, plan.registers[0].slotBytes))
        try writer.write(0) { try $0.copy(Tensor([7] as [Int32])) }
        unsafe try program.inputs[0].read(UnsafeRawBufferPointer(block.part(0, writer.close())))
        for number in 0..<3 as Range<UInt64> {
            unsafe try program.outputs[0].begin(block.part(2048, plan.registers[2].slotBytes))
            _ = try program.fire(number)
            let body = 512 + Int(number % 2) * plan.registers[1].slotBytes + plan.registers[1].fields[0].body
            #expect(Int32(truncatingIfNeeded: block.word(body)) == 14)
        }
        #expect(noted.value.filter { $0.hasSuffix(" updated") }.count == 6)
    }

    @Test func onlyWhatTravelsAndIsNotTakenOverIsPacked() throws {
        let block = Block(4096)
        var plan = plan()
        func packs() throws -> [Bool] {
            try unsafe ActorProgram(plan, actor: 0, kernels: try kernels(Noted([])), block: block.bytes).outputs.map(
                \.packs)
        }
        #expect(try packs() == [true])
        plan.registers[4].inPlaceOf = 2
        #expect(try packs() == [false])
        plan.registers[4].inPlaceOf = nil
        plan.registers[2].places.removeLast()
        #expect(try packs() == [false])
    }

    @Test func plansThatDoNotFitTheirBlockAreRefused() throws {
        let block = Block(4096)
        func error(_ block: Block, _ change: (inout CompiledPlan) -> Void) throws -> SluiceError {
            var changed = plan()
            change(&changed)
            return try failure {
                _ = try unsafe ActorProgram(changed, actor: 0, kernels: try kernels(Noted([])), block: block.bytes)
            }
        }
        let changes: [(inout CompiledPlan) -> Void] = [
            { $0.registers[1].places[0].offset = 4096 }, { $0.registers[1].places[0].offset = .max },
            { $0.registers[1].slots = 1 << 40 }, { $0.registers[1].slots = 0 }, { $0.registers[1].stride = .max },
            { $0.registers[3].places[0].node = "elsewhere" }, { $0.actors[0].kernels[0].inputs[0].register = 99 },
            { $0.actors[0].kernels[0].inputs[0].register = -1 }, { $0.actors[0].kernels[0].inputs[0].field = 1 },
            { $0.actors[0].kernels[0].inputs[0].field = -1 }, { $0.actors[0].inputs[1] = 5 },
            { $0.actors[0].kernels[0].scratch = Area(offset: 4000, bytes: 97) },
            { $0.actors[0].kernels[0].scratch = Area(offset: .max, bytes: .max) },
        ]
        for change in changes {
            let error = try error(block, change)
            #expect(error.code == .invalidArgument)
            #expect(error.actor == "a" && error.node == "here")
        }
        #expect(try error(Block(1024)) { _ in }.code == .invalidArgument)
        for number in [-1, 1] {
            #expect(throws: SluiceError.self) {
                _ = try unsafe ActorProgram(plan(), actor: number, kernels: try kernels(Noted([])), block: block.bytes)
            }
        }
    }
}
