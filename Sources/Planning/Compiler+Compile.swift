extension Compiler {
    /// Makes a plan of a declaration: who is where, and where every byte lies.
    ///
    /// One pass after the other, each in a file of its own: the declaration is checked, parallel actors are matched, the
    /// interfaces to the outside are added, cyclic waits are refused, actors without a node are placed, blobs become
    /// registers, outputs take over memory of inputs, slots are counted for the interval and the budget, registers whose
    /// lifetimes cannot overlap share memory, and offsets are fixed. The same declaration and nodes, in whatever order, give
    /// the same plan.
    ///
    /// - Parameter sites: The nodes that there are, each once.
    /// - Throws: ``PlanError``, with the place in the declaration that it is about.
    public static func compile(_ spec: PlanSpec, sites: [Site]) throws(PlanError) -> CompiledPlan {
        try Validation(spec).check(sites: sites)
        var graph = try Graph(spec)
        let functions = try Interfaces.add(to: &graph, spec)
        let order = try Liveness.order(of: graph)
        let ground = Ground(spec, sites: sites)
        var drafts = try RegisterLayout.drafts(of: graph, plan: spec.name)
        let homes = Homes.find(for: graph, order: order, drafts: drafts, on: ground)
        RegisterLayout.place(&drafts, homes: homes)
        let schedule = Schedule(graph, order: order, interval: spec.interval)
        let ancestors = Ancestors(graph, order: order)
        let inPlace = InPlace(graph, order: order, homes: homes, drafts: drafts)
        let sizing = Sizing(
            graph: graph, drafts: drafts, homes: homes, schedule: schedule, ancestors: ancestors, ground: ground)
        let choice = try sizing.choose(inPlace)
        return Assembly(
            spec: spec, graph: graph, functions: functions, homes: homes, schedule: schedule, sizing: sizing,
            choice: choice
        ).plan
    }
}
