/// What the passes have found, as the plan that everybody sees.
struct Assembly {
    let spec: PlanSpec
    let graph: Graph
    let functions: [PlanFunction]
    let homes: [Int]
    let schedule: Schedule
    let sizing: Sizing
    let choice: Sizing.Choice

    var plan: CompiledPlan {
        let offsets = Offsets(sizing, choice)
        var plan = CompiledPlan(
            spec: spec, hash: "", nodes: nodes(offsets), actors: actors(offsets), registers: registers(offsets),
            guards: Guards.edges(sizing, choice), functions: functions,
            interval: schedule.isTimed ? choice.interval : 0, notes: graph.notes + schedule.notes + choice.notes)
        plan.hash = PlanDigest.of(plan)
        return plan
    }

    private func nodes(_ offsets: Offsets) -> [PlannedNode] {
        let ground = sizing.ground
        var unshared = [UInt64](repeating: 0, count: ground.names.count)
        for (r, draft) in sizing.drafts.registers.enumerated() {
            for node in draft.nodes {
                unshared[node] = Bytes.add(unshared[node], Bytes.multiply(draft.stride, choice.slots[r]))
            }
        }
        for (i, instance) in graph.instances.enumerated() {
            for kernel in instance.kernels {
                unshared[homes[i]] = Bytes.add(unshared[homes[i]], Bytes.round(UInt64(kernel.call.scratch), to: 64))
            }
        }
        return Set(homes).sorted().map {
            PlannedNode(name: ground.names[$0], blockBytes: offsets.blockBytes[$0], unsharedBytes: unshared[$0])
        }
    }

    private func actors(_ offsets: Offsets) -> [PlannedActor] {
        var inputs = [[Int]](repeating: [], count: graph.instances.count)
        var outputs = inputs
        for (r, draft) in sizing.drafts.registers.enumerated() where draft.isChannel {
            outputs[draft.producer].append(r)
            for consumer in draft.consumers { inputs[consumer].append(r) }
        }
        return graph.instances.enumerated().map { i, instance in
            PlannedActor(
                name: instance.name, role: instance.role, node: sizing.ground.names[homes[i]], index: instance.index,
                kernels: instance.kernels.indices.map { kernel($0, of: i, offsets) }, inputs: inputs[i],
                outputs: outputs[i], duration: schedule.isTimed ? schedule.durations[i] : 0, firings: instance.firings)
        }
    }

    private func kernel(_ k: Int, of i: Int, _ offsets: Offsets) -> PlannedKernel {
        let kernel = graph.instances[i].kernels[k]
        let variables = kernel.call.variables.map(\.argument).sorted()
        return PlannedKernel(
            kernel: kernel.call.kernel, attributes: kernel.call.attributes, inputs: kernel.inputs.map(argument),
            outputs: kernel.outputs.map(argument),
            variables: variables.enumerated().map { v, argument in
                PlannedArgument(argument, register: sizing.drafts.variables[i][k] + v, field: 0)
            }, scratch: offsets.scratch[i][k])
    }

    private func argument(_ use: Graph.Use) -> PlannedArgument {
        PlannedArgument(use.argument, register: sizing.drafts.register[use.blob], field: sizing.drafts.field[use.blob])
    }

    private func registers(_ offsets: Offsets) -> [PlannedRegister] {
        sizing.drafts.registers.enumerated().map { r, draft in
            var fields = draft.fields
            if let body = choice.inPlace.body[r] { fields[0].body = body }
            return PlannedRegister(
                name: draft.name, kind: draft.kind, producer: draft.producer, consumers: draft.consumers,
                fields: fields,
                slots: choice.slots[r], stride: choice.strides[r], places: offsets.places[r],
                inPlaceOf: choice.inPlace.takes[r],
                lifetime: schedule.isTimed ? schedule.span(from: draft.producer, to: draft.consumers) : 0)
        }
    }
}
