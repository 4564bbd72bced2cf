import Planning
import Sluice
import SluiceModel
import SluicePlan
import Testing

/// One actor on memory that the test hands in: a register for each argument, one slot or several of each.
final class Rig {
    struct Argument {
        var name: ArgumentName
        var type: BlobType
        var slots = 1

        init(_ name: String, _ index: Int, _ type: BlobType, slots: Int = 1) {
            (self.name, self.type, self.slots) = (ArgumentName(name, index), type, slots)
        }
        init(_ name: String, _ type: BlobType, slots: Int = 1) { self.init(name, 0, type, slots: slots) }
        init(_ name: String, _ dtype: ScalarType, _ shape: [Int], isDynamic: Bool = false) {
            self.init(name, 0, BlobType(dtype, shape, isDynamic: isDynamic))
        }
    }

    let plan: CompiledPlan
    let block: Block
    let program: ActorProgram
    private(set) var firings: UInt64 = 0
    /// Bytes of each output's last value.
    private(set) var valueBytes: [Int] = []

    /// - Parameter inPlace: The output takes over the first input's memory.
    init(
        _ kernel: String, inputs: [Argument] = [], outputs: [Argument] = [], variables: [Argument] = [],
        scratch: Int = 0, attributes: [String: PlanAttribute] = [:], inPlace: Bool = false,
        kernels: KernelRegistry = KernelRegistry()
    ) throws {
        var (registers, offset): ([PlannedRegister], Int) = ([], 0)
        func add(_ arguments: [Argument], _ kind: PlannedRegister.Kind, _ producer: Int) -> [PlannedArgument] {
            arguments.map { argument in
                let blob = "\(argument.name.name)\(argument.name.index)"
                let isInPlace = inPlace && kind == .channel && producer == 0
                let register = PlannedRegister(
                    "p/\(blob)", [TestField(blob, argument.type)], kind: kind, producer: producer,
                    slots: argument.slots, offset: isInPlace ? 0 : offset, inPlaceOf: isInPlace ? 0 : nil)
                offset += (register.slotBytes * argument.slots + 511) / 512 * 512
                registers.append(register)
                return PlannedArgument(argument.name, register: registers.count - 1, field: 0)
            }
        }
        let ins = add(inputs, .channel, 1)
        let outs = add(outputs, .channel, 0)
        let kept = add(variables, .variable, 0)
        let planned = PlannedKernel(
            kernel: kernel, attributes: attributes, inputs: ins, outputs: outs, variables: kept,
            scratch: scratch > 0 ? Area(offset: UInt64(offset), bytes: UInt64(scratch)) : nil)
        let actor = PlannedActor(
            name: "doer", role: .kernels, node: "here", index: 0, kernels: [planned], inputs: ins.map(\.register),
            outputs: outs.map(\.register), duration: 0, firings: nil)
        plan = CompiledPlan(
            spec: PlanSpec("rig"), hash: "0", nodes: [], actors: [actor], registers: registers, guards: [],
            functions: [], interval: 0, notes: [])
        block = Block(offset + scratch)
        program = try unsafe ActorProgram(plan, actor: 0, kernels: kernels, block: block.bytes)
    }

    /// The slot of a register at a firing.
    func slot(_ register: Int, _ firing: UInt64) -> UnsafeMutableRawBufferPointer {
        let planned = plan.registers[register]
        let position = Int(firing % UInt64(planned.slots))
        return unsafe block.part(Int(planned.places[0].offset) + position * planned.slotBytes, planned.slotBytes)
    }

    /// Writes a value of an input, as its producer would.
    func put(_ input: Int, _ write: (borrowing RegisterView) throws -> Void) throws {
        let register = program.inputRegisters[input]
        let writer = try RegisterView(plan.registers[register], of: "maker", on: "here")
        let slot = unsafe slot(register, firings)
        unsafe try writer.begin(slot)
        try write(writer)
        let count = writer.close()
        unsafe try program.inputs[input].read(UnsafeRawBufferPointer(rebasing: slot[..<count]))
    }

    func put(_ input: Int, _ tensor: Tensor) throws {
        try put(input) { try $0.write(0) { try $0.copy(tensor) } }
    }

    /// Fires once; inputs must have been put.
    @discardableResult
    func fire() throws -> ActorProgram.Outcome {
        for (position, output) in program.outputs.enumerated() {
            unsafe try output.begin(slot(program.outputRegisters[position], firings))
        }
        let outcome = try program.fire(firings)
        valueBytes = program.outputs.map { $0.close() }
        firings += 1
        return outcome
    }

    /// What the last firing has made, as a reader gets it.
    func value(_ output: Int = 0) throws -> RegisterView {
        let register = program.outputRegisters[output]
        let view = try RegisterView(plan.registers[register], of: "taker", on: "here")
        let slot = unsafe slot(register, firings - 1)
        unsafe try view.read(UnsafeRawBufferPointer(rebasing: slot[..<valueBytes[output]]))
        return view
    }

    func tensor(_ output: Int = 0) throws -> Tensor {
        try value(output).tensor(0)
    }

    /// Puts these, fires, and gives what was made.
    func run(_ tensors: Tensor...) throws -> Tensor {
        for (position, tensor) in tensors.enumerated() { try put(position, tensor) }
        try fire()
        return try tensor()
    }
}

/// Something that a kernel of a test leaves for it.
final class Noted<Value>: @unchecked Sendable {
    var value: Value
    init(_ value: Value) { self.value = value }
}

/// What a view was to show is not there.
struct Missing: Error {}

extension RegisterView {
    func write<Result>(_ ordinal: Int, _ body: (inout MutableBlobView) throws -> Result) throws -> Result {
        guard var view = mutableBlob(ordinal) else { throw Missing() }
        return try body(&view)
    }

    // The testing library compares nothing that cannot escape.
    func has(_ ordinal: Int) -> Bool { blob(ordinal) != nil }
    func has(_ name: String, _ index: Int = 0) -> Bool { blob(name, index) != nil }
    func canWrite(_ ordinal: Int) -> Bool { mutableBlob(ordinal) != nil }

    func tensor(_ ordinal: Int) throws -> Tensor {
        guard let view = blob(ordinal) else { throw Missing() }
        return try view.tensor()
    }

    func strings(_ ordinal: Int) throws -> [String] {
        guard let view = blob(ordinal) else { throw Missing() }
        return try view.strings().map { String(decoding: $0, as: UTF8.self) }
    }
}

/// The error that something throws.
func failure(_ body: () throws -> Void) throws -> SluiceError {
    try #require(throws: SluiceError.self) { try body() }
}
