/// Where everything lies in each node's block.
///
/// First what is aligned to 512 bytes, then the rest, in the order of the registers; then scratch. Sizes are multiples of their
/// alignments, so nothing is lost between.
struct Offsets {
    /// By register, as many as it has places.
    private(set) var places: [[PlannedRegister.Place]]
    /// By actor and kernel.
    private(set) var scratch: [[Area?]]
    /// By node.
    private(set) var blockBytes: [UInt64]

    private struct Item {
        var alignment: Int
        var bytes: UInt64
        /// With the number of their place.
        var registers: [Int]
    }

    init(_ sizing: Sizing, _ choice: Sizing.Choice) {
        let registers = sizing.drafts.registers
        places = registers.map { draft in
            draft.nodes.map { PlannedRegister.Place(node: sizing.ground.names[$0], offset: 0) }
        }
        scratch = sizing.graph.instances.map { Array(repeating: nil, count: $0.kernels.count) }
        blockBytes = []
        for node in sizing.ground.names.indices {
            var items = choice.arenas[node].map {
                Item(alignment: $0.alignment, bytes: $0.bytes, registers: $0.registers.sorted())
            }
            for (r, draft) in registers.enumerated() where !draft.isChannel && draft.nodes[0] == node {
                items.append(
                    Item(
                        alignment: draft.alignment, bytes: Bytes.multiply(draft.stride, choice.slots[r]), registers: [r]
                    ))
            }
            items.sort { ($1.alignment, $0.registers[0]) < ($0.alignment, $1.registers[0]) }
            blockBytes.append(place(items, on: node, registers))
        }
        for (i, instance) in sizing.graph.instances.enumerated() {
            for (k, kernel) in instance.kernels.enumerated() where kernel.call.scratch > 0 {
                let area = Area(offset: blockBytes[sizing.homes[i]], bytes: UInt64(kernel.call.scratch))
                scratch[i][k] = area
                blockBytes[sizing.homes[i]] += Bytes.round(area.bytes, to: 64)
            }
        }
    }

    private mutating func place(_ items: [Item], on node: Int, _ registers: [Draft]) -> UInt64 {
        var end: UInt64 = 0
        for item in items {
            let offset = Bytes.round(end, to: item.alignment)
            for r in item.registers { places[r][registers[r].nodes.firstIndex(of: node)!].offset = offset }
            end = offset + item.bytes
        }
        return Bytes.round(end, to: 64)
    }
}
