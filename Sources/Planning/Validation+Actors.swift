internal import SluiceModel

extension Validation {
    func check(_ actor: PlanActor, _ path: [String]) throws(PlanError) {
        let who = "actor '\(actor.name)'"
        try Self.checkName(actor.name, of: "actor", path.at("name"))
        guard [0, 1, actor.parallel].contains(actor.nodes.count) else {
            throw .invalid(
                path.at("nodes"), actor: actor.name,
                "\(who) is there \(actor.parallel) times and names \(actor.nodes.count) nodes; name none, one, or one for each"
            )
        }
        guard !actor.kernels.isEmpty else {
            throw .invalid(path.at("kernels"), actor: actor.name, "\(who) has no kernel; give it at least one")
        }
        try Self.checkCount(actor.kernels.count, "kernels", most: PlanLimits.mostKernels, path.at("kernels"))
        try Self.checkTime(actor.duration, "duration of \(who)", path.at("duration"), actor: actor.name)
        try checkFirings(actor, path.at("firings"))
        for (k, kernel) in actor.kernels.enumerated() { try check(kernel, of: actor.name, path.at("kernels", k)) }
    }

    private func checkFirings(_ actor: PlanActor, _ path: [String]) throws(PlanError) {
        guard let firings = actor.firings else { return }
        guard firings > 0 else {
            throw .invalid(
                path, actor: actor.name, "actor '\(actor.name)' fires 0 times; give it 1 or more, or nothing")
        }
        guard actor.kernels.allSatisfy({ $0.inputs.isEmpty }),
            !spec.controls.contains(where: { $0.after == actor.name })
        else {
            throw .invalid(
                path, actor: actor.name,
                "actor '\(actor.name)' has inputs and so fires as often as they come; firings is for sources only")
        }
    }

    private func check(_ kernel: KernelCall, of actor: String, _ path: [String]) throws(PlanError) {
        let who = "kernel '\(kernel.kernel)' of actor '\(actor)'"
        try Self.checkName(
            kernel.kernel, of: "kernel", path.at("kernel"), most: PlanLimits.mostKernelNameBytes, mayHaveSlash: true)
        let arguments = kernel.inputs.count + kernel.outputs.count + kernel.variables.count
        try Self.checkCount(arguments, "arguments of \(who)", most: PlanLimits.mostArguments, path)
        guard 0...Limits.mostSlotSize ~= kernel.scratch else {
            throw .invalid(
                path.at("scratch"), actor: actor,
                "\(who) asks for \(kernel.scratch) bytes of scratch memory; give 0 to \(Limits.mostSlotSize)")
        }
        for (i, input) in kernel.inputs.enumerated() {
            let path = path.at("inputs", i)
            try check(input.argument, path.at("argument"))
            guard blobs[input.blob] != nil else {
                throw .invalid(
                    path.at("blob"), actor: actor,
                    "\(who) reads blob '\(input.blob)', which nobody makes; name an input or a kernel's output")
            }
        }
        for (i, output) in kernel.outputs.enumerated() {
            let path = path.at("outputs", i)
            try check(output.argument, path.at("argument"))
            try Self.check(output.type, of: "blob '\(output.blob)'", path.at("type"))
            try Self.checkSlots(output.slots, "blob '\(output.blob)'", path.at("slots"))
        }
        for (i, variable) in kernel.variables.enumerated() {
            let path = path.at("variables", i)
            try check(variable.argument, path.at("argument"))
            try Self.check(variable.type, of: "variable '\(variable.argument)' of \(who)", path.at("type"))
        }
    }

    private func check(_ argument: ArgumentName, _ path: [String]) throws(PlanError) {
        try Self.checkName(argument.name, of: "argument", path.at("name"))
        guard 0..<PlanLimits.mostArguments ~= argument.index else {
            throw .invalid(
                path.at("index"),
                "argument '\(argument.name)' has index \(argument.index); give 0 to \(PlanLimits.mostArguments - 1)")
        }
    }
}
