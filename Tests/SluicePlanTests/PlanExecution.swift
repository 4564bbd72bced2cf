import Planning
import Sluice
import SluiceModel
import SluicePlan

/// Runs a compiled plan in one thread: its actors on blocks of plain memory, one for each node, over rings that only count.
///
/// What gates a slot is what the plan says: the readers on its node, copies to other nodes, and guard edges. Who goes next is
/// drawn.
final class PlanExecution {
    private final class Ring {
        let planned: PlannedRegister
        let producerNode: String
        /// Values that lie on each node that has it.
        var landed: [String: UInt64]
        var released: [Int: UInt64] = [:]
        /// Bytes of each slot's value, by node.
        var lengths: [String: [Int]]
        var isClosed = false

        init(_ planned: PlannedRegister, _ plan: CompiledPlan) {
            self.planned = planned
            producerNode = plan.actors[planned.producer].node
            landed = Dictionary(uniqueKeysWithValues: planned.places.map { ($0.node, 0) })
            for consumer in planned.consumers { released[consumer] = 0 }
            lengths = landed.mapValues { _ in Array(repeating: 0, count: planned.slots) }
        }
    }

    let plan: CompiledPlan
    private let blocks: [String: Block]
    private let programs: [ActorProgram]
    private var rules: [FiringRule]
    private var rings: [Ring]
    private var reasons: [FiringRule.Reason?]
    private let pushes: [String: [Tensor]]
    /// What was pulled, by output.
    private(set) var pulled: [String: [Tensor]] = [:]

    init(_ plan: CompiledPlan, pushes: [String: [Tensor]], kernels: KernelRegistry = KernelRegistry()) throws {
        let plan = plan.withoutTokens
        self.plan = plan
        self.pushes = pushes
        let blocks = Dictionary(uniqueKeysWithValues: plan.nodes.map { ($0.name, Block(Int($0.blockBytes))) })
        self.blocks = blocks
        programs = try plan.actors.indices.map { actor in
            guard let block = blocks[plan.actors[actor].node] else { throw Missing() }
            return try unsafe ActorProgram(plan, actor: actor, kernels: kernels, block: block.bytes)
        }
        rules = zip(plan.actors, programs).map { actor, program in
            var limit = actor.firings
            if case .input(let name) = actor.role { limit = UInt64(pushes[name]?.count ?? 0) }
            return FiringRule(inputs: program.inputs.count, outputs: program.outputs.count, limit: limit)
        }
        rings = plan.registers.map { Ring($0, plan) }
        reasons = plan.actors.map { _ in nil }
    }

    var firings: [UInt64] { rules.map(\.firings) }
    var hasEnded: Bool { reasons.allSatisfy { $0 != nil } }

    func run(_ random: inout SeededRandom) throws {
        var hasMoved = true
        while hasMoved {
            hasMoved = false
            for turn in (0..<rules.count + rings.count).shuffled(using: &random) {
                if try turn < rules.count ? step(turn) : copy(turn - rules.count) { hasMoved = true }
            }
        }
    }

    private func slot(_ register: Int, _ sequence: UInt64, _ node: String) throws -> UnsafeMutableRawBufferPointer {
        guard let place = plan.registers[register].places.first(where: { $0.node == node }), let block = blocks[node]
        else { throw Missing() }
        let planned = plan.registers[register]
        let position = Int(sequence % UInt64(planned.slots))
        return unsafe block.part(Int(place.offset) + position * Int(planned.stride), Int(planned.stride))
    }

    /// Whether every reader there has released this value.
    private func isOver(_ register: Int, _ sequence: UInt64, _ node: String) -> Bool {
        let ring = rings[register]
        let isRead = ring.released.allSatisfy { plan.actors[$0.key].node != node || $0.value > sequence }
        return isRead && (node != ring.producerNode || ring.landed.values.allSatisfy { $0 > sequence })
    }

    private func isFree(_ register: Int, _ sequence: UInt64, _ node: String) -> Bool {
        let slots = UInt64(plan.registers[register].slots)
        guard sequence >= slots else { return true }
        guard isOver(register, sequence - slots, node) else { return false }
        return plan.guards.allSatisfy {
            $0.node != node || $0.register != register || isOver($0.after, sequence - slots, node)
        }
    }

    /// Brings a value to the next node that lacks it.
    private func copy(_ register: Int) throws -> Bool {
        let ring = rings[register]
        guard plan.registers[register].kind == .channel, let published = ring.landed[ring.producerNode] else {
            return false
        }
        for (node, landed) in ring.landed where landed < published && isFree(register, landed, node) {
            let source = unsafe try slot(register, landed, ring.producerNode)
            let target = unsafe try slot(register, landed, node)
            let position = Int(landed % UInt64(ring.planned.slots))
            guard let count = ring.lengths[ring.producerNode]?[position] else { throw Missing() }
            ring.lengths[node]?[position] = count
            unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<count]))
            ring.landed[node] = landed + 1
            return true
        }
        return false
    }

    private func step(_ actor: Int) throws -> Bool {
        guard reasons[actor] == nil else { return false }
        let (program, node, number) = (programs[actor], plan.actors[actor].node, rules[actor].firings)
        switch rules[actor].next() {
        case .take(let input):
            let register = program.inputRegisters[input]
            let ring = rings[register]
            let position = Int(number % UInt64(ring.planned.slots))
            guard let landed = ring.landed[node], let count = ring.lengths[node]?[position] else { throw Missing() }
            if landed > number {
                unsafe try program.inputs[input].read(
                    UnsafeRawBufferPointer(rebasing: slot(register, number, node)[..<count]))
                rules[actor].tell(.taken(failed: false))
                return true
            }
            guard ring.isClosed, ring.landed.values.allSatisfy({ $0 == landed }) else { return false }
            rules[actor].tell(.ended(count: landed))
        case .reserve(let output):
            let register = program.outputRegisters[output]
            guard isFree(register, number, node) else { return false }
            unsafe try program.outputs[output].begin(slot(register, number, node))
            rules[actor].tell(.reserved)
        case .fire:
            try fire(actor, program, number)
        case .finish(let reason):
            reasons[actor] = reason
            for register in program.outputRegisters { rings[register].isClosed = true }
            for register in program.inputRegisters { rings[register].released[actor] = .max }
        }
        return true
    }

    private func fire(_ actor: Int, _ program: ActorProgram, _ number: UInt64) throws {
        switch plan.actors[actor].role {
        case .input(let name):
            guard let tensor = pushes[name]?[Int(number)] else { throw Missing() }
            for output in program.outputs { try output.write(0) { try $0.copy(tensor) } }
        case .output(let name):
            let place = plan.spec.outputs.first { $0.name == name }
            guard let place,
                let input = program.inputs.first(where: { $0.ordinal(of: place.blob, place.index) != nil }),
                let blob = input.blob(place.blob, place.index)
            else { throw Missing() }
            pulled[name, default: []].append(try blob.tensor())
        case .kernels:
            guard try program.fire(number) == .made else {
                rules[actor].tell(.noMoreData)
                return
            }
        case .end: break
        }
        let node = plan.actors[actor].node
        for (output, register) in zip(program.outputs, program.outputRegisters) {
            rings[register].lengths[node]?[Int(number % UInt64(rings[register].planned.slots))] = output.close()
            rings[register].landed[node] = number + 1
        }
        for register in program.inputRegisters { rings[register].released[actor] = number + 1 }
        rules[actor].tell(.fired)
    }
}

extension CompiledPlan {
    /// Without the control registers that stand for guard edges, which are looked at themselves here.
    fileprivate var withoutTokens: CompiledPlan {
        var plan = self
        let count = registers.firstIndex { $0.lag > 0 } ?? registers.count
        plan.registers = Array(registers[..<count])
        for index in plan.actors.indices {
            plan.actors[index].inputs.removeAll { $0 >= count }
            plan.actors[index].outputs.removeAll { $0 >= count }
        }
        return plan
    }
}
