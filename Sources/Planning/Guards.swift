/// Who waits for whom because they share memory.
enum Guards {
    /// One edge for every two registers of an arena, whichever way they came to share it. Of a memory that is handed on, each
    /// register stands in the arena behind the one that it takes over.
    static func edges(_ sizing: Sizing, _ choice: Sizing.Choice) -> [GuardEdge] {
        let sharing = Sharing(sizing, choice.inPlace)
        var edges: [GuardEdge] = []
        for (node, arenas) in choice.arenas.enumerated() {
            for arena in arenas {
                for (n, a) in arena.registers.enumerated() {
                    for b in arena.registers[..<n] {
                        let (first, second) = sharing.isEarlier(a, than: b, on: node) ? (a, b) : (b, a)
                        edges.append(GuardEdge(node: sizing.ground.names[node], register: first, after: second))
                    }
                }
            }
        }
        return edges.sorted { ($0.node, $0.register, $0.after) < ($1.node, $1.register, $1.after) }
    }
}
