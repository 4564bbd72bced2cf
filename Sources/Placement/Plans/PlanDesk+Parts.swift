import SluiceModel
import Wire

// What nodes have of runs.
extension PlanDesk {
    mutating func partReady(_ id: RunID, on node: NodeName, _ known: PlanSurroundings) {
        guard runs[id]?.parts[node]?.state == .wanted else { return }
        runs[id]?.parts[node]?.state = .ready
        gatherIfThere(id, known)
    }

    private mutating func gatherIfThere(_ id: RunID, _ known: PlanSurroundings) {
        guard let run = runs[id], run.phase == .materialising, run.parts.values.allSatisfy({ $0.state != .wanted })
        else { return }
        runs[id]?.phase = .gathering
        settle(id, known)
    }

    mutating func partRefused(_ id: RunID, _ error: SluiceError, on node: NodeName, _ known: PlanSurroundings) {
        guard let run = runs[id], let part = run.parts[node], part.state != .gone else { return }
        guard !run.isOver else { return }
        end(id, because: .noPart(node, error, run), known)
    }

    mutating func partGone(_ id: RunID, on node: NodeName, _ known: PlanSurroundings) {
        guard runs[id]?.parts[node]?.state == .removing else { return }
        goes(id, on: node)
        bury(id, known)
    }

    private mutating func goes(_ id: RunID, on node: NodeName) {
        guard let part = runs[id]?.parts[node], part.state != .gone else { return }
        runs[id]?.parts[node]?.state = .gone
        partBytes[node, default: 0] -= part.bytes
        if partBytes[node] == 0 { partBytes[node] = nil }
    }

    /// A run ends: in order, or because of an error, which everyone who waits is told.
    mutating func end(_ id: RunID, because error: SluiceError?, _ known: PlanSurroundings) {
        guard let run = runs[id], !run.isOver else { return }
        runs[id]?.phase = .ending
        runs[id]?.error = error
        if named[run.name] == id { named[run.name] = nil }
        for (node, part) in run.parts where part.state != .gone {
            // A node that is not there has no memory either: it is told to have none when it comes back.
            guard known.nodes[node]?.standing == .alive else {
                goes(id, on: node)
                continue
            }
            runs[id]?.parts[node]?.state = .removing
            effects.parts[node, default: []].insert(id)
        }
        let fate = error.map { "has ended with an error: \($0)" } ?? "has ended"
        effects.log.append((error == nil ? .info : .warning, "run \(id) of plan \(run.name) \(fate)"))
        settle(id, known)
        runs[id]?.queue = LaunchQueue(interfaces: [], mostOver: 0)
        runs[id]?.values = KeyValues()
        runs[id]?.connections = [:]
        bury(id, known)
    }

    /// A run whose memory is free everywhere is remembered for a while.
    private mutating func bury(_ id: RunID, _ known: PlanSurroundings) {
        guard runs[id]?.phase == .ending, runs[id]?.livingParts.isEmpty == true else { return }
        runs[id]?.phase = .ended
        history.append(id)
        settle(id, known)
        if history.count > limits.mostEndedRuns { runs[history.removeFirst()] = nil }
    }

    // MARK: Nodes

    /// A node is given up: what ran there has failed.
    mutating func nodeLost(_ node: NodeName, _ known: PlanSurroundings) {
        for id in runs.keys.sorted() {
            guard let run = runs[id], let part = run.parts[node], part.state != .gone else { continue }
            goes(id, on: node)
            end(id, because: .lost(node, actor: nil, pid: nil, run), known)
            bury(id, known)
        }
        for id in orphans.keys { forgetOrphan(id, on: node) }
        for id in waiterOf.values where waiters[id]?.client.node == node { drop(id) }
    }

    /// A node has registered, perhaps again, and said of which runs it has a part; it is about to be told its whole set.
    ///
    /// - Parameter isThere: Whether there are channels of that run.
    mutating func nodeRegistered(
        _ node: NodeName, parts reported: [RunID], _ known: PlanSurroundings, isThere: (RunID) -> Bool
    ) {
        let reported = Set(reported)
        for id in runs.keys.sorted() {
            guard let run = runs[id], let part = run.parts[node] else { continue }
            switch part.state {
            case .wanted: if reported.contains(id) { partReady(id, on: node, known) }
            case .ready: if !reported.contains(id) { end(id, because: .forgotten(node, run), known) }
            case .removing, .gone: break
            }
            if runs[id]?.parts[node]?.state == .removing, !reported.contains(id) {
                goes(id, on: node)
                bury(id, known)
            }
        }
        for id in orphans.keys where !reported.contains(id) { forgetOrphan(id, on: node) }
        for id in reported where runs[id] == nil && isThere(id) { orphans[id, default: []].insert(node) }
    }

    /// The last channel of a run that an earlier coordinator had is gone, and so may its memory be.
    mutating func orphanIsOver(_ id: RunID) {
        for node in orphans.removeValue(forKey: id) ?? [] { effects.parts[node, default: []].insert(id) }
    }

    private mutating func forgetOrphan(_ id: RunID, on node: NodeName) {
        orphans[id]?.remove(node)
        if orphans[id]?.isEmpty == true { orphans[id] = nil }
    }

    // MARK: Desired sets

    /// The part that a node shall have; nil if it shall have none.
    func part(of id: RunID, on node: NodeName) -> PlanPart? {
        guard let run = runs[id], !run.isOver, let part = run.parts[node], part.state != .gone else { return nil }
        return part.part
    }

    /// Everything that a node shall have.
    func wholeSet(of node: NodeName) -> (parts: [PlanPart], kept: [RunID]) {
        (
            named.values.sorted().compactMap { part(of: $0, on: node) },
            orphans.filter { $0.value.contains(node) }.keys.sorted()
        )
    }
}
