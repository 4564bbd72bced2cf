internal import SluiceModel

/// Parallel actors become as many instances, and each argument finds the instance of its blob.
extension Graph {
    init(_ spec: PlanSpec) throws(PlanError) {
        for actor in spec.actors { addInstances(of: actor) }
        for (i, input) in spec.inputs.enumerated() { addInput(input, ["inputs", String(i)]) }
        for (a, actor) in spec.actors.enumerated() {
            for (k, kernel) in actor.kernels.enumerated() {
                for (o, output) in kernel.outputs.enumerated() {
                    let path = ["actors", String(a), "kernels", String(k), "outputs", String(o)]
                    add(output, of: a, parallel: actor.parallel, path)
                }
            }
        }
        for (a, actor) in spec.actors.enumerated() {
            for i in 0..<actor.parallel { try resolve(actor, a, instance: i) }
        }
        for output in spec.outputs { addOutput(output) }
        for i in blobs.indices { blobs[i].consumers = Array(Set(blobs[i].consumers)).sorted() }
        try addControls(spec)
        try checkNames()
        try checkReaders()
    }

    private mutating func addInstances(of actor: PlanActor) {
        firstInstance.append(instances.count)
        for i in 0..<actor.parallel {
            let node = actor.nodes.isEmpty ? nil : actor.nodes[actor.nodes.count == 1 ? 0 : i]
            instances.append(
                Instance(
                    name: actor.parallel == 1 ? actor.name : "\(actor.name).\(i)", role: .kernels, index: i, node: node,
                    duration: actor.duration, firings: actor.firings))
        }
    }

    private mutating func addInput(_ input: PlanInput, _ path: [String]) {
        firstBlob[input.name] = blobs.count
        blobs.append(
            Blob(
                name: input.name, index: 0, type: input.type, producer: instances.count, slots: input.slots, path: path)
        )
        instances.append(Instance(name: "in.\(input.name)", role: .input(input.name), node: input.node))
    }

    private mutating func addOutput(_ output: PlanOutput) {
        blobs[firstBlob[output.blob]! + output.index].consumers.append(instances.count)
        instances.append(Instance(name: "out.\(output.name)", role: .output(output.name), node: output.node))
    }

    private mutating func add(_ output: OutputArgument, of actor: Int, parallel: Int, _ path: [String]) {
        firstBlob[output.blob] = blobs.count
        for i in 0..<parallel {
            blobs.append(
                Blob(
                    name: output.blob, index: i, type: output.type, producer: firstInstance[actor] + i,
                    slots: output.slots, path: path))
        }
    }

    private mutating func resolve(_ actor: PlanActor, _ a: Int, instance i: Int) throws(PlanError) {
        let me = firstInstance[a] + i
        var made: Set<String> = []
        let own = Set(actor.kernels.flatMap { $0.outputs.map(\.blob) })
        for (k, call) in actor.kernels.enumerated() {
            let path = ["actors", String(a), "kernels", String(k)]
            var kernel = Kernel(call: call)
            for (n, input) in call.inputs.enumerated() {
                if own.contains(input.blob), !made.contains(input.blob) {
                    let why =
                        "reads blob '\(input.blob)', which only a later one of its kernels makes; move that one to the front"
                    throw PlanError(
                        .cyclicWait, "actor '\(actor.name)' waits for itself: kernel \(k) \(why)",
                        path: path.at("inputs", n), actor: actor.name, cycle: [instances[me].name])
                }
                kernel.inputs += try uses(of: input, by: actor, instance: i, path.at("inputs", n))
            }
            kernel.outputs = call.outputs.map { Use(argument: $0.argument, blob: firstBlob[$0.blob]! + i) }
            try Self.checkArguments(kernel, of: actor, path)
            kernel.inputs.sort { $0.argument < $1.argument }
            kernel.outputs.sort { $0.argument < $1.argument }
            for use in kernel.inputs where blobs[use.blob].producer != me { blobs[use.blob].consumers.append(me) }
            for (n, output) in call.outputs.enumerated() {
                try resolveHint(output, kernel, k, of: actor, instance: i, path.at("outputs", n))
            }
            instances[me].kernels.append(kernel)
            made.formUnion(call.outputs.map(\.blob))
        }
    }

    /// As many producers as readers: each reads the one of its number. One producer: all read it. One reader: it reads all.
    private func uses(of input: InputArgument, by actor: PlanActor, instance: Int, _ path: [String]) throws(PlanError)
        -> [Use]
    {
        let first = firstBlob[input.blob]!
        let count = parallel(ofBlob: first)
        if count == actor.parallel { return [Use(argument: input.argument, blob: first + instance)] }
        if count == 1 { return [Use(argument: input.argument, blob: first)] }
        guard actor.parallel == 1 else {
            throw .invalid(
                path, actor: actor.name,
                "blob '\(input.blob)' is made by \(count) actors and read by \(actor.parallel), '\(actor.name)'; make them as many, or one of the two single"
            )
        }
        return (0..<count).map {
            Use(argument: ArgumentName(input.argument.name, input.argument.index + $0), blob: first + $0)
        }
    }

    private func parallel(ofBlob first: Int) -> Int {
        var count = 1
        while first + count < blobs.count, blobs[first + count].name == blobs[first].name { count += 1 }
        return count
    }

    private mutating func resolveHint(
        _ output: OutputArgument, _ kernel: Kernel, _ k: Int, of actor: PlanActor, instance: Int, _ path: [String]
    ) throws(PlanError) {
        guard let argument = output.inPlaceOf else { return }
        guard let use = kernel.inputs.first(where: { $0.argument == argument }) else {
            throw .invalid(
                path.at("inPlaceOf"), actor: actor.name,
                "blob '\(output.blob)' would be in place of '\(argument)', which is no input of kernel '\(kernel.call.kernel)'; name one that it has"
            )
        }
        let isReadInParallel = actor.parallel > 1 && parallel(ofBlob: firstBlob[blobs[use.blob].name]!) == 1
        blobs[firstBlob[output.blob]! + instance].hint = Hint(
            blob: use.blob, kernel: k, argument: argument, isReadInParallel: isReadInParallel)
    }
}
