import Planning
import SluiceModel

/// What must hold of every plan, from the definitions and by trying everything.
struct PlanCheck {
    let plan: CompiledPlan
    private(set) var problems: [String] = []
    private var starts: [UInt64] = []

    init(_ plan: CompiledPlan, sites: [Compiler.Site]) {
        self.plan = plan
        checkFields()
        checkNodes(sites)
        for node in plan.nodes { checkOverlaps(on: node) }
        findStarts()
        checkTimes()
    }

    private mutating func expect(_ holds: Bool, _ what: @autoclosure () -> String) {
        if !holds { problems.append(what()) }
    }

    private func byHand(_ r: PlannedRegister) -> UInt64 {
        if r.fields.isEmpty { return 64 }
        var end: UInt64 = 0
        for field in r.fields { end += UInt64((32 + 8 * field.type.shape.count + 63) / 64 * 64) }
        for field in r.fields {
            let a: UInt64 = field.type.device == .cpu ? 64 : 512
            end = (end + a - 1) / a * a + UInt64(field.type.capacity!)
        }
        let a = alignment(r)
        return (end + a - 1) / a * a
    }

    private func alignment(_ r: PlannedRegister) -> UInt64 { r.fields.allSatisfy { $0.type.device == .cpu } ? 64 : 512 }

    private mutating func checkFields() {
        for r in plan.registers {
            let sorted = r.fields.sorted { ($0.blob, $0.index) < ($1.blob, $1.index) }
            expect(r.fields == sorted, "\(r.name): ordinals do not follow names")
            expect(r.stride > 0 && r.stride % alignment(r) == 0, "\(r.name): stride \(r.stride)")
            expect(r.stride >= byHand(r), "\(r.name): stride \(r.stride) is too small")
            var end = 0
            for field in r.fields {
                expect(field.header == end, "\(r.name): header at \(field.header)")
                end = field.header + field.type.headerBytes
            }
            for field in r.fields {
                expect(field.body >= end && field.body % field.type.alignment == 0, "\(r.name): body at \(field.body)")
                end = field.body + field.type.capacity!
            }
            expect(UInt64(end) <= r.stride, "\(r.name): fields are longer than a slot")
            expect((r.kind == .channel) == !r.consumers.isEmpty, "\(r.name): consumers of \(r.kind)")
        }
    }

    private mutating func checkNodes(_ sites: [Compiler.Site]) {
        var sums: [String: UInt64] = [:]
        for r in plan.registers {
            let nodes = [plan.actors[r.producer].node] + r.consumers.map { plan.actors[$0].node }
            expect(Set(nodes) == Set(r.places.map(\.node)), "\(r.name): places \(r.places)")
            expect(Set(nodes).count == r.places.count && nodes[0] == r.places[0].node, "\(r.name): places \(r.places)")
            for place in r.places {
                expect(place.offset % alignment(r) == 0, "\(r.name): offset \(place.offset)")
                sums[place.node, default: 0] += UInt64(r.slots) * byHand(r)
            }
        }
        for actor in plan.actors {
            for kernel in actor.kernels {
                sums[actor.node, default: 0] += ((kernel.scratch?.bytes ?? 0) + 63) / 64 * 64
            }
        }
        for node in plan.nodes {
            let budget = min(
                sites.first { $0.name == node.name }!.budget, plan.spec.budgets[node.name] ?? UInt64.max)
            expect(node.blockBytes <= budget, "\(node.name): \(node.blockBytes) bytes of \(budget)")
            expect(node.unsharedBytes == sums[node.name] ?? 0, "\(node.name): \(sums[node.name] ?? 0) bytes unshared")
            expect(node.blockBytes <= node.unsharedBytes, "\(node.name): more than unshared")
            expect(node.blockBytes % 64 == 0, "\(node.name): block")
        }
    }

    /// Whatever overlaps is two channels that lie at exactly the same place, with one guard edge.
    private mutating func checkOverlaps(on node: PlannedNode) {
        var areas: [(register: Int, area: Area)] = []
        for (r, register) in plan.registers.enumerated() {
            if let area = register.area(on: node.name) { areas.append((r, area)) }
        }
        for actor in plan.actors where actor.node == node.name {
            for kernel in actor.kernels { if let scratch = kernel.scratch { areas.append((-1, scratch)) } }
        }
        var edges: Set<[Int]> = []
        for edge in plan.guards where edge.node == node.name {
            expect(edges.insert([edge.register, edge.after]).inserted, "a guard edge twice")
        }
        var shared = 0
        for (n, a) in areas.enumerated() {
            expect(a.area.end <= node.blockBytes && a.area.offset % 64 == 0, "\(a) of \(node)")
            for b in areas[..<n] where a.area.offset < b.area.end && b.area.offset < a.area.end {
                shared += 1
                guard a.register >= 0, b.register >= 0 else {
                    problems.append("scratch memory is shared")
                    continue
                }
                let (ra, rb) = (plan.registers[a.register], plan.registers[b.register])
                expect(ra.kind == .channel && rb.kind == .channel, "\(ra.name) and \(rb.name): not both channels")
                expect(
                    a.area == b.area && ra.slots == rb.slots && ra.stride == rb.stride,
                    "\(ra.name) and \(rb.name) overlap askew")
                let both = [[a.register, b.register], [b.register, a.register]].filter { edges.contains($0) }
                expect(both.count == 1, "\(ra.name) and \(rb.name): \(both.count) guard edges")
            }
        }
        expect(shared == edges.count, "\(edges.count) guard edges for \(shared) overlaps")
    }

    /// The earliest start of every actor, by relaxing every edge as often as there are actors.
    private mutating func findStarts() {
        starts = Array(repeating: 0, count: plan.actors.count)
        var changed = true
        while changed {
            changed = false
            for r in plan.registers {
                for consumer in r.consumers {
                    let time = starts[r.producer] + time(r.producer)
                    if starts[consumer] < time { (starts[consumer], changed) = (time, true) }
                }
            }
        }
    }

    private func time(_ actor: Int) -> UInt64 { plan.interval == 0 ? 1 : plan.actors[actor].duration }

    private mutating func checkTimes() {
        let interval = plan.interval == 0 ? 1 : plan.interval
        if plan.notes.contains(where: { $0.hasPrefix("interval lengthened") }), plan.interval == 0 { return }
        var handed: Set<Int> = []
        for (r, register) in plan.registers.enumerated() {
            if let input = register.inPlaceOf { handed.formUnion([r, input]) }
        }
        for (r, register) in plan.registers.enumerated() where register.kind == .channel {
            let end = register.consumers.map { starts[$0] + time($0) }.max()!
            let life = end - starts[register.producer]
            expect(register.lifetime == (plan.interval == 0 ? 0 : life), "\(register.name): lifetime")
            let asked = asked(register)
            if let asked {
                expect(register.slots == asked, "\(register.name): \(register.slots) slots, asked \(asked)")
            }
            if asked == nil, !handed.contains(r) {
                expect(register.slots == max(1, Int((life + interval - 1) / interval)), "\(register.name): slots")
            }
        }
        for edge in plan.guards where !handed.contains(edge.register) {
            let (first, second) = (plan.registers[edge.register], plan.registers[edge.after])
            let isHome = second.places[0].node == edge.node
            let readers = second.consumers.filter { isHome || plan.actors[$0].node == edge.node }
            let end = readers.map { starts[$0] + time($0) }.max()!
            expect(
                end <= starts[first.producer] + UInt64(first.slots) * interval,
                "\(first.name) waits for \(second.name) longer than its slots last")
        }
    }

    private func asked(_ register: PlannedRegister) -> Int? {
        guard let blob = register.fields.first?.blob else { return nil }
        if let input = plan.spec.inputs.first(where: { $0.name == blob }) { return input.slots }
        for actor in plan.spec.actors {
            for kernel in actor.kernels {
                for output in kernel.outputs where output.blob == blob { return output.slots }
            }
        }
        return nil
    }
}
