extension Validation {
    func checkNodes(_ sites: [Compiler.Site]) throws(PlanError) {
        guard !sites.isEmpty else {
            throw PlanError(.unknownNode, "there is no node to place plan '\(spec.name)' on; start an agent")
        }
        let known = Set(sites.map(\.name))
        guard known.count == sites.count else {
            throw .invalid([], "the nodes to place plan '\(spec.name)' on are given twice; give each once")
        }
        for (i, input) in spec.inputs.enumerated() {
            try check(input.node, "input '\(input.name)'", known, ["inputs", String(i), "node"])
        }
        for (i, actor) in spec.actors.enumerated() {
            for (j, node) in actor.nodes.enumerated() {
                try check(
                    node, "actor '\(actor.name)'", known, ["actors", String(i), "nodes", String(j)], actor: actor.name)
            }
        }
        for (i, output) in spec.outputs.enumerated() {
            try check(output.node, "output '\(output.name)'", known, ["outputs", String(i), "node"])
        }
        for node in spec.budgets.keys.sorted() { try check(node, "a budget", known, ["budgets", node]) }
    }

    private func check(_ node: String?, _ who: String, _ known: Set<String>, _ path: [String], actor: String? = nil)
        throws(PlanError)
    {
        guard let node, !known.contains(node) else { return }
        let there = known.sorted().prefix(32).joined(separator: ", ")
        throw PlanError(
            .unknownNode, "\(who) names node '\(node)', which is not there; there are: \(there)", path: path,
            actor: actor,
            node: node)
    }
}
