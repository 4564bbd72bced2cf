extension Graph {
    /// Adds the declared control edges, matched like blobs; those that say nothing new are noted and left out.
    mutating func addControls(_ spec: PlanSpec) throws(PlanError) {
        var known: Set<Control> = []
        for blob in blobs {
            for consumer in blob.consumers { known.insert(Control(before: blob.producer, after: consumer)) }
        }
        var declared: [String: Int] = [:]
        for (i, actor) in spec.actors.enumerated() { declared[actor.name] = i }
        for (i, edge) in spec.controls.enumerated() {
            for control in try matched(edge, spec, declared, ["controls", String(i)]) {
                if known.insert(control).inserted {
                    controls.append(control)
                } else {
                    let pair = "'\(instances[control.before].name)' before '\(instances[control.after].name)'"
                    notes.append("control edge \(pair) is left out: a blob or another edge already gives that order")
                }
            }
        }
    }

    private func matched(_ edge: ControlEdge, _ spec: PlanSpec, _ declared: [String: Int], _ path: [String])
        throws(PlanError) -> [Control]
    {
        let (before, after) = (declared[edge.before]!, declared[edge.after]!)
        let (m, n) = (spec.actors[before].parallel, spec.actors[after].parallel)
        guard before != after else {
            throw PlanError(
                .cyclicWait, "actor '\(edge.before)' would wait for itself; take the control edge out", path: path,
                actor: edge.before, cycle: [edge.before])
        }
        guard m == n || m == 1 || n == 1 else {
            throw .invalid(
                path, actor: edge.after,
                "'\(edge.before)' is there \(m) times and '\(edge.after)' \(n) times; make them as many, or one of the two single"
            )
        }
        let (first, second) = (firstInstance[before], firstInstance[after])
        return (0..<max(m, n)).map {
            Control(before: first + (m == 1 ? 0 : $0), after: second + (n == 1 ? 0 : $0))
        }
    }
}
