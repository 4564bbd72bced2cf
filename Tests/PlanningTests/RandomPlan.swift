import Planning
import SluiceModel

/// Declarations at random that are right, though their budgets may be too small.
struct RandomPlan {
    private var dice: Dice
    private(set) var sites: [Compiler.Site]
    private var plan = PlanSpec("random")
    /// Blobs so far: name, parallel producers, type.
    private var blobs: [(name: String, parallel: Int, type: BlobType)] = []
    private let isTimed: Bool

    init(seed: UInt64) {
        dice = Dice(seed)
        sites = (0...dice.roll(3)).map { Compiler.Site("n\($0)", budget: 1 << 40) }
        isTimed = dice.chance(75)
    }

    mutating func make() -> PlanSpec {
        for i in 0..<dice.roll(3) { addInput(i) }
        // Mostly few actors, now and then many.
        for a in 0..<(1 + dice.roll(dice.chance(25) ? 10 : 5)) { addActor(a) }
        for o in 0..<dice.roll(3) { addOutput(o) }
        for _ in 0..<dice.roll(3) { addControl() }
        // Long ones leave room for sharing.
        if isTimed, dice.chance(70) { plan.interval = UInt64(1 + dice.roll(400)) }
        return plan
    }

    private mutating func addInput(_ i: Int) {
        let type = randomType()
        plan.inputs.append(PlanInput("x\(i)", type, node: dice.chance(20) ? node() : nil, slots: randomSlots()))
        blobs.append(("x\(i)", 1, type))
    }

    private mutating func addActor(_ a: Int) {
        let parallel = dice.chance(80) ? 1 : 2 + dice.roll(2)
        var nodes: [String] = []
        if dice.chance(60) { nodes = (0..<(dice.chance(50) ? 1 : parallel)).map { _ in node() } }
        let usable = blobs.filter { $0.parallel == 1 || parallel == 1 || $0.parallel == parallel }
        var own: [(name: String, parallel: Int, type: BlobType)] = []
        var kernels: [KernelCall] = []
        for k in 0...(dice.chance(20) ? 1 : 0) {
            kernels.append(kernel(usable + own, parallel: parallel, name: "a\(a)k\(k)", &own))
        }
        plan.actors.append(
            PlanActor(
                "a\(a)", nodes: nodes, parallel: parallel, kernels: kernels,
                duration: isTimed && dice.chance(70) ? UInt64(1 + dice.roll(40)) : nil))
        blobs += own
    }

    private mutating func kernel(
        _ usable: [(name: String, parallel: Int, type: BlobType)], parallel: Int, name: String,
        _ own: inout [(name: String, parallel: Int, type: BlobType)]
    ) -> KernelCall {
        var kernel = KernelCall("work", scratch: dice.chance(10) ? dice.roll(300) : 0)
        var index = 0
        var types: [BlobType] = []
        for _ in 0..<dice.pick([0, 1, 1, 1, 2, 2, 3]) where !usable.isEmpty {
            // Mostly what has come last: long chains.
            let blob = dice.chance(60) ? usable.last! : dice.pick(usable)
            kernel.inputs.append(InputArgument(ArgumentName("in", index), blob: blob.name))
            index += blob.parallel > 1 && parallel == 1 ? blob.parallel : 1
            types.append(blob.type)
        }
        for o in 0..<dice.pick([0, 1, 1, 1, 1, 1, 2]) {
            var output = OutputArgument(
                ArgumentName("out", o), blob: "\(name)b\(o)", randomType(), slots: randomSlots())
            if !types.isEmpty, dice.chance(60) { output.type = types[0] }
            if index > 0, dice.chance(50) { output.inPlaceOf = ArgumentName("in", dice.roll(index)) }
            kernel.outputs.append(output)
            own.append((output.blob, parallel, output.type))
        }
        if dice.chance(10) { kernel.variables.append(PlanVariable(ArgumentName("w"), randomType())) }
        return kernel
    }

    private mutating func addOutput(_ o: Int) {
        guard !blobs.isEmpty else { return }
        let blob = dice.pick(blobs)
        plan.outputs.append(
            PlanOutput(
                "y\(o)", blob: blob.name, index: dice.roll(blob.parallel), node: dice.chance(30) ? node() : nil))
    }

    private mutating func addControl() {
        guard plan.actors.count > 1 else { return }
        let after = 1 + dice.roll(plan.actors.count - 1)
        let before = dice.roll(after)
        let (m, n) = (plan.actors[before].parallel, plan.actors[after].parallel)
        guard m == n || m == 1 || n == 1 else { return }
        plan.controls.append(ControlEdge(before: "a\(before)", after: "a\(after)"))
    }

    private mutating func node() -> String { dice.pick(sites).name }

    private mutating func randomSlots() -> Int? { dice.chance(15) ? 1 + dice.roll(4) : nil }

    private mutating func randomType() -> BlobType {
        switch dice.roll(10) {
        case 0: BlobType(.uint8, [0])
        case 1: BlobType(.float32, [1, 1, 1, 1, dice.roll(40)])
        case 2: BlobType(.uint8, [dice.roll(300)], device: TensorDevice(.cuda))
        case 3: BlobType(.bytes(capacity: dice.roll(100)), [dice.roll(5)])
        case 4: BlobType(.uint8, [dice.roll(400)], isDynamic: true)
        default: BlobType(.uint8, [64])
        }
    }
}
