internal import SluiceModel

extension Graph {
    /// Every argument of a kernel once, and those of one name numbered from 0 without a gap.
    static func checkArguments(_ kernel: Kernel, of actor: PlanActor, _ path: [String]) throws(PlanError) {
        let lists: [(String, [ArgumentName])] = [
            ("inputs", kernel.inputs.map(\.argument)), ("outputs", kernel.outputs.map(\.argument)),
            ("variables", kernel.call.variables.map(\.argument)),
        ]
        let who = "kernel '\(kernel.call.kernel)' of actor '\(actor.name)'"
        var seen: Set<ArgumentName> = []
        for (list, arguments) in lists {
            let path = path.at(list)
            for argument in arguments where !seen.insert(argument).inserted {
                let why = "(a blob with several producers takes an index for each)"
                throw .invalid(
                    path, actor: actor.name, "\(who) has argument '\(argument)' twice \(why); give one another index")
            }
            var expected = ArgumentName("", 0)
            for argument in arguments.sorted() {
                if argument.name != expected.name { expected = ArgumentName(argument.name, 0) }
                guard argument == expected else {
                    throw .invalid(
                        path, actor: actor.name,
                        "\(who) has argument '\(argument)' among its \(list), but no '\(expected)'; number them from 0")
                }
                expected.index += 1
            }
        }
        try Validation.checkCount(
            lists.reduce(0) { $0 + $1.1.count }, "arguments of \(who)", most: PlanLimits.mostArguments, path)
    }

    /// Interfaces and parallel instances have names that their author has not written.
    func checkNames() throws(PlanError) {
        var seen: Set<String> = []
        for instance in instances where !seen.insert(instance.name).inserted {
            throw .invalid(
                ["actors"], actor: instance.name,
                "there are two actors '\(instance.name)'; give one of them another name")
        }
    }

    func checkReaders() throws(PlanError) {
        for (b, blob) in blobs.enumerated() where blob.consumers.count > Limits.mostReaders {
            throw .invalid(
                blob.path, actor: instances[blob.producer].name,
                "blob '\(name(ofBlob: b))' has \(blob.consumers.count) readers; at most \(Limits.mostReaders) are allowed"
            )
        }
    }
}
