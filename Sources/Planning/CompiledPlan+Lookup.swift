/// Finding one's way in a plan. What is not there is nil.
extension CompiledPlan {
    /// The register of a blob, by name and by which of its parallel producers has made it, and its ordinal there.
    public func place(ofBlob blob: String, _ index: Int = 0) -> (register: Int, field: Int)? {
        for (r, register) in registers.enumerated() where register.kind != .variable {
            if let field = register.ordinal(of: blob, index) { return (r, field) }
        }
        return nil
    }

    /// An actor's number, by its name: `NAME`, `NAME.i`, `in.NAME`, `out.NAME` or `end.FUNCTION`.
    public func actor(named name: String) -> Int? { actors.firstIndex { $0.name == name } }

    public func register(named name: String) -> Int? { registers.firstIndex { $0.name == name } }

    public func node(named name: String) -> PlannedNode? { nodes.first { $0.name == name } }

    public func function(named name: String) -> PlanFunction? { functions.first { $0.name == name } }

    /// The registers that lie in the same memory as this one on a node, ascending.
    public func sharers(of register: Int, on node: String) -> [Int] {
        var sharers: Set<Int> = []
        for edge in guards where edge.node == node {
            if edge.register == register { sharers.insert(edge.after) }
            if edge.after == register { sharers.insert(edge.register) }
        }
        return sharers.sorted()
    }
}

extension PlannedRegister {
    /// A field's ordinal: its position among the fields, which are in the order of blob and index.
    public func ordinal(of blob: String, _ index: Int = 0) -> Int? {
        fields.firstIndex { $0.blob == blob && $0.index == index }
    }

    /// Slots of a node's block; nil: it does not lie there.
    public func area(on node: String) -> Area? {
        guard let place = places.first(where: { $0.node == node }) else { return nil }
        return Area(offset: place.offset, bytes: stride * UInt64(slots))
    }

    /// The slot of a value, by its sequence, in a node's block; nil: the register does not lie there.
    public func slot(of sequence: UInt64, on node: String) -> Area? {
        guard let area = area(on: node) else { return nil }
        return Area(offset: area.offset + sequence % UInt64(slots) * stride, bytes: stride)
    }
}

extension PlannedKernel {
    /// Arguments by name, and by index where the name repeats.
    public func input(_ name: String, _ index: Int = 0) -> PlannedArgument? { Self.find(name, index, inputs) }
    public func output(_ name: String, _ index: Int = 0) -> PlannedArgument? { Self.find(name, index, outputs) }
    public func variable(_ name: String, _ index: Int = 0) -> PlannedArgument? { Self.find(name, index, variables) }

    private static func find(_ name: String, _ index: Int, _ list: [PlannedArgument]) -> PlannedArgument? {
        list.first { $0.argument.name == name && $0.argument.index == index }
    }
}
