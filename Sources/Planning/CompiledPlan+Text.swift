extension CompiledPlan {
    /// The plan as tables: nodes, actors, registers, functions, and notes.
    ///
    /// - Parameter live: What registers do at the moment, by their names; adds a column.
    public func text(live: [String: EdgeLoad] = [:]) -> String {
        var lines = ["plan \(spec.name)  \(hash)", "interval \(interval == 0 ? "not known" : "\(interval) ns")", ""]
        lines += nodeTable() + [""] + actorTable() + [""] + registerTable(live)
        if !functions.isEmpty { lines += [""] + functionTable() }
        if !notes.isEmpty { lines += ["", "NOTES"] + notes }
        return lines.joined(separator: "\n") + "\n"
    }

    private func nodeTable() -> [String] {
        Self.table(
            [["NODE", "BYTES", "UNSHARED"]] + nodes.map { [$0.name, "\($0.blockBytes)", "\($0.unsharedBytes)"] })
    }

    private func actorTable() -> [String] {
        let rows = actors.map { actor in
            let kernels = actor.kernels.map(\.kernel).joined(separator: ", ")
            return [
                actor.name, actor.node, kernels.isEmpty ? "-" : kernels,
                actor.duration == 0 ? "-" : "\(actor.duration) ns",
            ]
        }
        return Self.table([["ACTOR", "NODE", "KERNELS", "DURATION"]] + rows)
    }

    private func registerTable(_ live: [String: EdgeLoad]) -> [String] {
        let drawing = Drawing(plan: self, live: live)
        var head = ["REGISTER", "KIND", "FIELDS", "SLOTS", "STRIDE", "OFFSET", "SHARES WITH", "IN PLACE OF", "ROUTE"]
        if !live.isEmpty { head.append("NOW") }
        let rows = registers.enumerated().filter { $0.element.lag == 0 }.map { r, register in
            let fields = register.fields.map { "\(drawing.name($0)) \($0.type)" }
            var row = [
                register.name, kind(register), list(fields), "\(register.slots)", "\(register.stride)",
                list(register.places.map { "\($0.node):\($0.offset)" }), list(shares(r)),
                register.inPlaceOf.map { registers[$0].name } ?? "-", route(register),
            ]
            if !live.isEmpty { row.append(now(register, live[register.name])) }
            return row
        }
        return Self.table([head] + rows)
    }

    private func functionTable() -> [String] {
        Self.table(
            [["FUNCTION", "INPUTS", "OUTPUTS"]] + functions.map { [$0.name, list($0.inputs), list($0.outputs)] })
    }

    private func kind(_ register: PlannedRegister) -> String {
        switch register.kind {
        case .channel: register.fields.isEmpty ? "control" : "channel"
        case .own: "own"
        case .variable: "variable"
        }
    }

    private func shares(_ register: Int) -> [String] {
        registers[register].places.flatMap { place in
            sharers(of: register, on: place.node).map { "\(place.node):\(registers[$0].name)" }
        }
    }

    private func route(_ register: PlannedRegister) -> String {
        if register.kind != .channel { return "-" }
        let others = register.places.dropFirst().map(\.node)
        return others.isEmpty ? "same node" : "\(register.places[0].node) → \(others.joined(separator: ", "))"
    }

    private func now(_ register: PlannedRegister, _ load: EdgeLoad?) -> String {
        guard let load else { return "-" }
        let depths = register.consumers.compactMap { consumer in
            load.depth[actors[consumer].name].map { "\(actors[consumer].name) \($0)" }
        }
        return ([load.rateText] + depths).joined(separator: ", ")
    }

    private func list(_ items: [String]) -> String { items.isEmpty ? "-" : items.joined(separator: ", ") }

    /// Columns as wide as their widest cell, two blanks between.
    private static func table(_ rows: [[String]]) -> [String] {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                if column < row.count - 1 { line += String(repeating: " ", count: widths[column] - cell.count + 2) }
            }
            return line
        }
    }
}
