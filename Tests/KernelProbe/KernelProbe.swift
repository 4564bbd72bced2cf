internal import Glibc
internal import Planning
internal import Sluice
internal import SluiceModel
internal import SluicePlan

/// Fires an actor again and again, and prints how many allocations that has made: `KernelProbe [plant]`, where the plant
/// is an allocation for each firing, so that the counting can be seen to count.
@main struct KernelProbe {
    private static let warmUp: UInt64 = 100
    private static let firings: UInt64 = 1000

    static func main() throws {
        let turn = try Turn(plants: CommandLine.arguments.dropFirst().first == "plant")
        for number in 0..<warmUp { try turn.take(number) }
        let counts = try CallCounts()
        let before = counts.allocations
        for number in warmUp..<warmUp + firings { try turn.take(number) }
        let spent = counts.allocations - before
        print(spent)
    }
}

/// What the preloaded library counts in this process.
@safe private struct CallCounts {
    private let words: UnsafePointer<UInt64>

    init() throws {
        typealias Function = @convention(c) () -> UnsafePointer<UInt64>
        guard let symbol = unsafe dlsym(nil, "call_counts") else {
            throw SluiceError(.invalidArgument, "the library that counts calls is not preloaded")
        }
        unsafe words = unsafe unsafeBitCast(symbol, to: Function.self)()
    }

    var allocations: UInt64 { unsafe words[0] }
}

/// x · x → t (own), t + x → u (own), and of u a dynamic part and some words, x and these in two slots.
@safe private final class Turn {
    private let block: UnsafeMutableRawBufferPointer
    private let plan: CompiledPlan
    private let program: ActorProgram
    private let source: RegisterView
    private let plants: Bool
    private var planted: AnyObject?

    init(plants: Bool) throws {
        self.plants = plants
        plan = Self.plan
        let bytes = plan.registers.map { Int($0.places[0].offset) + $0.slots * Int($0.stride) }.max() ?? 0
        unsafe block = .allocate(byteCount: bytes, alignment: 512)
        unsafe block.initializeMemory(as: UInt8.self, repeating: 0)
        var kernels = KernelRegistry()
        try kernels.registerKernel("part") { setup in Part(setup) }
        program = try unsafe ActorProgram(plan, actor: 0, kernels: kernels, block: block)
        source = try RegisterView(plan.registers[0], of: "source", on: "here")
    }

    deinit { unsafe block.deallocate() }

    func take(_ number: UInt64) throws {
        let slot = unsafe slot(0, number)
        unsafe try source.begin(slot)
        try fill(number)
        let count = source.close()
        unsafe try program.inputs[0].read(UnsafeRawBufferPointer(rebasing: slot[..<count]))
        for (output, register) in zip(program.outputs, program.outputRegisters) {
            unsafe try output.begin(self.slot(register, number))
        }
        _ = try program.fire(number)
        for output in program.outputs { _ = output.close() }
        if plants { planted = Planted() }
    }

    private func fill(_ number: UInt64) throws {
        let source = source
        guard var view = source.mutableBlob(0) else { return }
        var elements = try view.elements(of: Float.self)
        for place in elements.indices { elements[place] = Float(place) + Float(number) }
    }

    private func slot(_ register: Int, _ number: UInt64) -> UnsafeMutableRawBufferPointer {
        let planned = plan.registers[register]
        let start = Int(planned.places[0].offset) + Int(number % UInt64(planned.slots)) * Int(planned.stride)
        return unsafe UnsafeMutableRawBufferPointer(rebasing: block[start..<start + Int(planned.stride)])
    }

    private static let plan: CompiledPlan = {
        let matrix = BlobType(.float32, [8, 8])
        let part = BlobType(.float32, [64], isDynamic: true)
        let words = BlobType(.bytes(capacity: 256), [8], isDynamic: true)
        let kinds: [(PlannedRegister.Kind, BlobType)] = [
            (.channel, matrix), (.own, matrix), (.own, matrix), (.channel, part), (.channel, words),
        ]
        let registers = kinds.enumerated().map { number, kind in
            PlannedRegister(
                name: "r\(number)", kind: kind.0, producer: number == 0 ? 1 : 0, consumers: [],
                fields: [PlannedField(blob: "b\(number)", index: 0, type: kind.1, header: 0, body: 64)],
                slots: kind.0 == .own ? 1 : 2, stride: 1024,
                places: ["here", "there"].map { .init(node: $0, offset: UInt64(number * 2048)) }, inPlaceOf: nil,
                lifetime: 0)
        }
        func kernel(_ name: String, _ inputs: [(ArgumentName, Int)], _ outputs: [(String, Int)]) -> PlannedKernel {
            PlannedKernel(
                kernel: name, attributes: [:], inputs: inputs.map { .init($0.0, register: $0.1, field: 0) },
                outputs: outputs.map { .init(ArgumentName($0.0), register: $0.1, field: 0) }, variables: [],
                scratch: nil)
        }
        let actor = PlannedActor(
            name: "doer", role: .kernels, node: "here", index: 0,
            kernels: [
                kernel("matmul", [(ArgumentName("a"), 0), (ArgumentName("b"), 0)], [("out", 1)]),
                kernel("add_n", [(ArgumentName("in", 0), 1), (ArgumentName("in", 1), 0)], [("out", 2)]),
                kernel("part", [(ArgumentName("in"), 2)], [("part", 3), ("words", 4)]),
            ], inputs: [0], outputs: [1, 2, 3, 4], duration: 0, firings: nil)
        return CompiledPlan(
            spec: PlanSpec("probe"), hash: "0", nodes: [], actors: [actor], registers: registers, guards: [],
            functions: [], interval: 0, notes: [])
    }()
}

private final class Planted {}

/// So many of its input's elements, and so many words, as the firing's number says.
private struct Part: Kernel {
    let input: InputHandle?
    let part: OutputHandle?
    let words: OutputHandle?
    var updates = 0

    init(_ setup: KernelSetup) {
        (input, part, words) = (setup.input("in"), setup.output("part"), setup.output("words"))
    }

    mutating func compute(_ context: borrowing KernelContext) throws {
        if context.updated { updates += 1 }
        guard let input, let part, let words else { return }
        let elements = try context.require(input).elements(of: Float.self)
        let count = Int(context.firing % 9)
        var shape = BlobShape()
        _ = shape.append(count)
        var target = try context.require(part)
        try target.setShape(shape)
        var numbers = try target.elements(of: Float.self)
        for place in 0..<count { numbers[place] = elements[place] }
        var strings = try context.require(words)
        try strings.setShape(shape)
        for _ in 0..<min(count, 8) { try strings.append("word") }
    }
}
