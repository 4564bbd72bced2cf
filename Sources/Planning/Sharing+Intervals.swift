extension Sharing {
    /// Longer intervals at which some register needs a slot fewer, or two can share that could not; ascending. With more than
    /// can be tried they are thinned out evenly; the last one always remains.
    func longerIntervals() -> [UInt64] {
        var spans: Set<UInt64> = []
        for list in members where !list.isEmpty { spans.formUnion(self.spans(of: list)) }
        for node in atoms where node.count <= PlanLimits.mostIntervals {
            for (n, a) in node.enumerated() {
                for b in node[n...] { spans.formUnion(joints(a, b)) }
            }
        }
        var intervals: Set<UInt64> = []
        let now = sizing.schedule.interval
        for span in Self.thin(spans.sorted()) where span > now {
            for slots in 1...min((span + now - 1) / now, UInt64(PlanLimits.mostIntervals)) {
                intervals.insert((span + slots - 1) / slots)
            }
        }
        return Self.thin(intervals.filter { $0 > now }.sorted())
    }

    private func joints(_ a: Atom, _ b: Atom) -> [UInt64] {
        var joints: [UInt64] = []
        for x in a.registers {
            for y in b.registers {
                if isOver(x.register, x.place, before: y.register) {
                    joints.append(joint(x.register, y.register, y.place))
                } else if isOver(y.register, y.place, before: x.register) {
                    joints.append(joint(y.register, x.register, x.place))
                }
            }
        }
        return joints
    }

    private static func thin(_ list: [UInt64]) -> [UInt64] {
        let step = (list.count + PlanLimits.mostIntervals - 1) / PlanLimits.mostIntervals
        return step <= 1 ? list : list.indices.filter { (list.count - 1 - $0) % step == 0 }.map { list[$0] }
    }

    /// Whether `register` is read by nobody any more on a node when `other` is written.
    func isEarlier(_ register: Int, than other: Int, on node: Int) -> Bool {
        let place = sizing.drafts.registers[register].nodes.firstIndex(of: node)!
        return isOver(register, place, before: other)
    }
}
