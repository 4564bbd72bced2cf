import FoundationEssentials
import Planning
import SluiceModel
import Wire

extension PlanDesk {
    /// Compiles a plan and begins a run of it; finds the run that there is of the same plan.
    mutating func apply(_ json: [UInt8], _ known: PlanSurroundings) throws(SluiceError) -> PlanAnswer {
        let spec = try Self.declaration(json)
        let present = named[spec.name].flatMap { runs[$0] }
        if let present, !present.isFinishing, present.declared == spec {
            return .applied(present.id, plan: present.json)
        }
        let plan: CompiledPlan
        do throws(PlanError) { plan = try compile(spec, sites(known)) } catch { throw .refused(spec.name, error) }
        if let present {
            guard !present.isFinishing, present.plan.hash == plan.hash else { throw .planTaken(present) }
            return .applied(present.id, plan: present.json)
        }
        // Those whose memory is not free yet count, too.
        guard runs.count - history.count < limits.mostRuns else { throw .full("runs", limits.mostRuns) }
        let run = try begin(spec, plan)
        born(run.id, spec.name, known)
        return .applied(run.id, plan: run.json)
    }

    private static func declaration(_ json: [UInt8]) throws(SluiceError) -> PlanSpec {
        do { return try JSONDecoder().decode(PlanSpec.self, from: Data(json)) } catch {
            throw SluiceError(
                .invalidArgument, "what was applied is not a plan's declaration as JSON", cause: "\(error)")
        }
    }

    /// Nodes that can be asked for their part now.
    private func sites(_ known: PlanSurroundings) -> [Compiler.Site] {
        known.nodes.values.filter { $0.standing == .alive && $0.connection != nil }.sorted { $0.name < $1.name }
            .map { Compiler.Site($0.name.rawValue, budget: $0.memory == 0 ? limits.unknownBudget : $0.memory) }
    }

    private mutating func begin(_ spec: PlanSpec, _ plan: CompiledPlan) throws(SluiceError) -> PlanRun {
        let json: [UInt8]
        do { json = Array(try JSONEncoder().encode(plan)) } catch {
            throw SluiceError(.invalidArgument, "plan \(spec.name) cannot be written as JSON", cause: "\(error)")
        }
        guard json.count <= Limits.mostCompiledPlanBytes, plan.actors.count <= Limits.mostRunActors else {
            throw SluiceError(
                .limitReached,
                "plan \(spec.name) has \(plan.actors.count) actors and takes \(json.count) bytes when compiled; at most "
                    + "\(Limits.mostRunActors) (Limits.mostRunActors) and \(Limits.mostCompiledPlanBytes) "
                    + "(Limits.mostCompiledPlanBytes) are taken")
        }
        let interfaces = plan.actors.filter { $0.role != .kernels }.map(\.name)
        var run = PlanRun(
            id: nextRun(), declared: spec, plan: plan, json: json,
            queue: LaunchQueue(interfaces: interfaces, mostOver: limits.mostOverJobs))
        for actor in plan.actors { run.seats[actor.name] = PlanRun.Seat(node: try NodeName(actor.node)) }
        for node in plan.nodes {
            let part = try run.part(of: node)
            run.parts[try NodeName(node.name)] = PlanRun.Part(part: part, bytes: part.messageBytes)
        }
        for (node, part) in run.parts {
            guard partBytes[node, default: 0] + part.bytes <= limits.mostPartBytes else {
                throw .partsFull(spec.name, node, limits.mostPartBytes)
            }
        }
        for (node, part) in run.parts {
            partBytes[node, default: 0] += part.bytes
            effects.parts[node, default: []].insert(run.id)
        }
        runs[run.id] = run
        named[spec.name] = run.id
        effects.log.append((.info, "plan \(spec.name) is applied as run \(run.id) on \(run.parts.count) nodes"))
        return run
    }
}

extension PlanRun {
    /// What a node is told.
    fileprivate func part(of node: PlannedNode) throws(SluiceError) -> PlanPart {
        var registers: [PartRegister] = []
        for register in plan.registers where register.kind == .channel {
            guard let place = register.places.first(where: { $0.node == node.name }) else { continue }
            registers.append(
                PartRegister(
                    channel: try ChannelName(names.channel(register.name)), offset: place.offset,
                    stride: register.stride,
                    slots: register.slots))
        }
        return PlanPart(run: id, plan: name, blockBytes: node.blockBytes, registers: registers)
    }
}

extension PlanPart {
    /// What it takes in a message, estimated.
    fileprivate var messageBytes: Int {
        64 + plan.utf8.count + registers.reduce(0) { $0 + $1.channel.rawValue.utf8.count + 40 }
    }
}
