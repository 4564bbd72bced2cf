internal import SluiceModel

/// What is wrong with a declaration by itself: names, figures, and blobs that are not there.
struct Validation {
    let spec: PlanSpec
    /// Every blob, and how many actors make it in parallel.
    private(set) var blobs: [String: Int] = [:]

    init(_ spec: PlanSpec) { self.spec = spec }

    mutating private func define(_ blob: String, parallel: Int, _ path: [String]) throws(PlanError) {
        guard blobs.updateValue(parallel, forKey: blob) == nil else {
            throw .invalid(path, "blob '\(blob)' is made twice; give one of them another name")
        }
    }
}

extension Validation {
    consuming func check(sites: [Compiler.Site]) throws(PlanError) {
        try Self.checkName(spec.name, of: "plan", ["name"])
        guard !spec.actors.isEmpty || !spec.inputs.isEmpty else {
            throw .invalid([], "plan '\(spec.name)' has neither actors nor inputs; declare what it computes")
        }
        try checkCounts()
        try checkNodes(sites)
        try checkInputs()
        try defineBlobs()
        try checkActors()
        try checkOutputs()
        try checkControls()
        try checkFunctions()
        try Self.checkTime(spec.interval, "interval", ["interval"])
    }

    private func checkCounts() throws(PlanError) {
        try Self.checkCount(spec.actors.count, "actors", most: PlanLimits.mostActors, ["actors"])
        try Self.checkCount(spec.inputs.count, "inputs", most: PlanLimits.mostBlobs, ["inputs"])
        try Self.checkCount(spec.outputs.count, "outputs", most: PlanLimits.mostOutputs, ["outputs"])
        try Self.checkCount(spec.controls.count, "control edges", most: PlanLimits.mostControls, ["controls"])
        try Self.checkCount(spec.functions.count, "functions", most: PlanLimits.mostFunctions, ["functions"])
        // Before anything is made for each instance.
        var instances = spec.inputs.count + spec.outputs.count
        for (i, actor) in spec.actors.enumerated() {
            let path = ["actors", String(i)]
            guard 1...PlanLimits.mostParallel ~= actor.parallel else {
                throw .invalid(
                    path.at("parallel"), actor: actor.name,
                    "actor '\(actor.name)' is there \(actor.parallel) times; give it 1 to \(PlanLimits.mostParallel)")
            }
            instances += actor.parallel
        }
        try Self.checkCount(instances, "actors with their parallel instances", most: PlanLimits.mostActors, ["actors"])
    }

    private mutating func checkInputs() throws(PlanError) {
        for (i, input) in spec.inputs.enumerated() {
            let path = ["inputs", String(i)]
            try Self.checkName(input.name, of: "input", path.at("name"))
            guard blobs[input.name] == nil else {
                throw .invalid(
                    path.at("name"), "input '\(input.name)' is declared twice; give one of them another name")
            }
            try define(input.name, parallel: 1, path.at("name"))
            try Self.check(input.type, of: "input '\(input.name)'", path.at("type"))
            try Self.checkSlots(input.slots, "input '\(input.name)'", path.at("slots"))
        }
    }

    private mutating func defineBlobs() throws(PlanError) {
        var count = spec.inputs.count
        for (i, actor) in spec.actors.enumerated() {
            for (k, kernel) in actor.kernels.enumerated() {
                for (o, output) in kernel.outputs.enumerated() {
                    let path = ["actors", String(i), "kernels", String(k), "outputs", String(o), "blob"]
                    try Self.checkName(output.blob, of: "blob", path)
                    try define(output.blob, parallel: actor.parallel, path)
                }
                count += (kernel.outputs.count + kernel.variables.count) * actor.parallel
                try Self.checkCount(
                    count, "blobs", most: PlanLimits.mostBlobs, ["actors", String(i), "kernels", String(k)])
            }
        }
    }

    private func checkActors() throws(PlanError) {
        var names: Set<String> = []
        for (i, actor) in spec.actors.enumerated() {
            let path = ["actors", String(i)]
            try check(actor, path)
            guard names.insert(actor.name).inserted else {
                throw .invalid(
                    path.at("name"), actor: actor.name,
                    "actor '\(actor.name)' is declared twice; give one of them another name")
            }
        }
    }

    private func checkOutputs() throws(PlanError) {
        var names: Set<String> = []
        for (i, output) in spec.outputs.enumerated() {
            let path = ["outputs", String(i)]
            try Self.checkName(output.name, of: "output", path.at("name"))
            guard names.insert(output.name).inserted else {
                throw .invalid(
                    path.at("name"), "output '\(output.name)' is declared twice; give one of them another name")
            }
            guard let parallel = blobs[output.blob] else {
                throw .invalid(
                    path.at("blob"),
                    "output '\(output.name)' is blob '\(output.blob)', which nobody makes; name an input or a kernel's output"
                )
            }
            guard 0..<parallel ~= output.index else {
                throw .invalid(
                    path.at("index"),
                    "output '\(output.name)' is number \(output.index) of blob '\(output.blob)', of which there are \(parallel); give 0 to \(parallel - 1)"
                )
            }
        }
    }

    private func checkControls() throws(PlanError) {
        let names = Set(spec.actors.map(\.name))
        for (i, edge) in spec.controls.enumerated() {
            for (key, name) in [("before", edge.before), ("after", edge.after)] where !names.contains(name) {
                throw .invalid(
                    ["controls", String(i), key], "a control edge names actor '\(name)', which is not declared")
            }
        }
    }

    private func checkFunctions() throws(PlanError) {
        let inputs = Set(spec.inputs.map(\.name))
        let outputs = Set(spec.outputs.map(\.name))
        var names: Set<String> = []
        for (i, function) in spec.functions.enumerated() {
            let path = ["functions", String(i)]
            let who = "function '\(function.name)'"
            try Self.checkName(function.name, of: "function", path.at("name"))
            guard names.insert(function.name).inserted else {
                throw .invalid(path.at("name"), "\(who) is declared twice; give one of them another name")
            }
            guard !function.inputs.isEmpty || !function.outputs.isEmpty else {
                throw .invalid(path, "\(who) has neither inputs nor outputs; list what it pushes or pulls")
            }
            try checkList(function.inputs, of: who, "input", known: inputs, path.at("inputs"))
            try checkList(function.outputs, of: who, "output", known: outputs, path.at("outputs"))
        }
    }

    private func checkList(_ list: [String], of who: String, _ noun: String, known: Set<String>, _ path: [String])
        throws(PlanError)
    {
        var seen: Set<String> = []
        for (i, name) in list.enumerated() {
            let path = path + [String(i)]
            guard known.contains(name) else {
                throw .invalid(path, "\(who) lists \(noun) '\(name)', which is not declared")
            }
            guard seen.insert(name).inserted else {
                throw .invalid(path, "\(who) lists \(noun) '\(name)' twice; once is enough")
            }
        }
    }
}
