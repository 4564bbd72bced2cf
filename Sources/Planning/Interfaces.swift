/// Functions, and what tells that a job of one is over.
///
/// Actors that are joined by edges, a *component*, fire equally often. So a job feeds all inputs of a component or none of
/// them, and whoever pulls from a component feeds it.
enum Interfaces {
    /// Adds control edges to the output interfaces, and interfaces that only tell the end; says which functions there are.
    static func add(to graph: inout Graph, _ spec: PlanSpec) throws(PlanError) -> [PlanFunction] {
        var functions = spec.functions
        if functions.isEmpty, !spec.inputs.isEmpty || !spec.outputs.isEmpty {
            functions = [
                PlanFunction(spec.name, inputs: spec.inputs.map(\.name), outputs: spec.outputs.map(\.name))
            ]
        }
        noteWhatIsIdle(&graph, spec, functions)
        var work = Components(graph)
        work.joinSinks(&graph)
        for function in functions { work.joinEnds(of: function, &graph) }
        try work.check(functions, graph, isDefault: spec.functions.isEmpty)
        try graph.checkNames()
        try Validation.checkCount(
            graph.controls.count, "control edges with those that tell the end of jobs", most: PlanLimits.mostRegisters,
            ["outputs"])
        return functions
    }

    private static func noteWhatIsIdle(_ graph: inout Graph, _ spec: PlanSpec, _ functions: [PlanFunction]) {
        for input in spec.inputs {
            if graph.blobs[graph.firstBlob[input.name]!].consumers.isEmpty {
                graph.notes.append("input '\(input.name)' is read by nobody")
            }
            if !functions.contains(where: { $0.inputs.contains(input.name) }) {
                graph.notes.append("input '\(input.name)' is in no function: what it feeds never fires")
            }
        }
        for output in spec.outputs where !functions.contains(where: { $0.outputs.contains(output.name) }) {
            graph.notes.append("output '\(output.name)' is in no function: nobody can pull it")
        }
    }
}

/// Which actors are joined by edges.
private struct Components {
    private var parent: [Int]
    /// By role.
    private var inputs: [String: Int] = [:]
    private var outputs: [String: Int] = [:]
    /// Kernels and inputs whose blobs and control edges lead to nobody, and those where they lead to outputs only.
    private var sinks: [Int] = []
    private var lasts: [Int] = []

    init(_ graph: Graph) {
        parent = Array(graph.instances.indices)
        for (i, instance) in graph.instances.enumerated() {
            if case .input(let name) = instance.role { inputs[name] = i }
            if case .output(let name) = instance.role { outputs[name] = i }
        }
        for (i, list) in graph.successors.enumerated() {
            for next in list { join(i, next) }
            if graph.instances[i].isLast { continue }
            if list.isEmpty { sinks.append(i) }
            if list.allSatisfy({ graph.instances[$0].isLast }) { lasts.append(i) }
        }
    }

    private mutating func root(_ i: Int) -> Int {
        var i = i
        while parent[i] != i {
            parent[i] = parent[parent[i]]
            i = parent[i]
        }
        return i
    }

    private mutating func join(_ a: Int, _ b: Int) {
        let (a, b) = (root(a), root(b))
        if a != b { parent[max(a, b)] = min(a, b) }
    }

    /// An output interface is done only when the actors that nobody waits for are.
    mutating func joinSinks(_ graph: inout Graph) {
        for out in graph.instances.indices where graph.instances[out].isLast {
            for sink in sinks where root(sink) == root(out) {
                graph.controls.append(Graph.Control(before: sink, after: out))
            }
        }
    }

    /// Components that a function feeds without pulling from them tell their end to its first output; without one, to an
    /// interface of their own.
    mutating func joinEnds(of function: PlanFunction, _ graph: inout Graph) {
        let pulled = function.outputs.map { outputs[$0]! }
        let fed = function.inputs.map { inputs[$0]! }
        var anchor = pulled.first
        let covered = Set(pulled.map { root($0) })
        let silent = Set(fed.map { root($0) }).subtracting(covered)
        if silent.isEmpty { return }
        if anchor == nil {
            anchor = graph.instances.count
            parent.append(graph.instances.count)
            graph.instances.append(Graph.Instance(name: "end.\(function.name)", role: .end(function.name)))
        }
        let telling = lasts.filter { silent.contains(root($0)) }
        for last in telling { graph.controls.append(Graph.Control(before: last, after: anchor!)) }
        for last in telling { join(last, anchor!) }
    }

    mutating func check(_ functions: [PlanFunction], _ graph: Graph, isDefault: Bool) throws(PlanError) {
        var fedBy: [Int: [String]] = [:]
        for (name, i) in inputs.sorted(by: { $0.value < $1.value }) { fedBy[root(i), default: []].append(name) }
        for (f, function) in functions.enumerated() {
            let listed = Set(function.inputs)
            for (end, name) in function.inputs.map({ (inputs[$0]!, $0) }) + function.outputs.map({ (outputs[$0]!, $0) })
            {
                for input in fedBy[root(end)] ?? [] where !listed.contains(input) {
                    throw .invalid(
                        isDefault ? [] : ["functions", String(f), "inputs"],
                        "function '\(function.name)' lists '\(name)' but not input '\(input)', and both belong to actors that fire together; list '\(input)', too"
                    )
                }
            }
        }
    }
}
