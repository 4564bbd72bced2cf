internal import CSluice
internal import SluiceModel

/// Offsets of the C layout's words. Literals, so that the hot path adds constants; ``layoutAgreesWithC()`` compares them.
enum RingLayout {
    static var published: Int { 64 }
    static var awaited: Int { 128 }
    static var final: Int { 192 }
    static var generationCount: Int { 200 }
    static var generations: Int { 256 }
    static var generation: Int { 32 }
    static var gates: Int { 1280 }
    static var gate: Int { 64 }
    static var gateState: Int { 36 }
    static var headers: Int { 13568 }
    static var header: Int { 32 }

    static func controlSize(slots: Int) -> Int { pages(headers + slots * header) }
    static func stride(slotSize: Int) -> Int { roundUp(max(slotSize, 1), Int(SLUICE_CACHE_LINE)) }
    static func payloadSize(slots: Int, stride: Int) -> Int { pages(slots * stride) }

    static func pages(_ bytes: Int) -> Int { roundUp(bytes, 4096) }
    private static func roundUp(_ n: Int, _ unit: Int) -> Int { (n + unit - 1) / unit * unit }
}

enum ProcessLayout {
    static var event: Int { 64 }
    static var armed: Int { 128 }
    static var published: Int { 192 }
    static var released: Int { 1216 }
    static var bell: Int { 64 }
    static var cursors: Int { 2240 }
    static var cursor: Int { 128 }

    static func size(cursorCount: Int) -> Int { RingLayout.pages(cursors + cursorCount * cursor) }
}

enum CursorLayout {
    static var released: Int { 0 }
    static var acquired: Int { 8 }
    static var acquiredAt: Int { 16 }
    static var waiting: Int { 64 }
}

/// Whether the literals above are C's offsets; a test asks.
package func layoutAgreesWithC() -> Bool {
    let pairs: [(Int, Int?)] = [
        (RingLayout.published, MemoryLayout<sluice_ring>.offset(of: \.published)),
        (RingLayout.awaited, MemoryLayout<sluice_ring>.offset(of: \.awaited)),
        (RingLayout.final, MemoryLayout<sluice_ring>.offset(of: \.final)),
        (RingLayout.generationCount, MemoryLayout<sluice_ring>.offset(of: \.generation_count)),
        (RingLayout.generations, MemoryLayout<sluice_ring>.offset(of: \.generations)),
        (RingLayout.generation, MemoryLayout<sluice_generation>.stride),
        (RingLayout.gates, MemoryLayout<sluice_ring>.offset(of: \.gates)),
        (RingLayout.gate, MemoryLayout<sluice_gate>.stride),
        (RingLayout.gateState, MemoryLayout<sluice_gate>.offset(of: \.state)),
        (RingLayout.headers, MemoryLayout<sluice_ring>.size),
        (RingLayout.header, MemoryLayout<sluice_slot>.stride),
        (ProcessLayout.event, MemoryLayout<sluice_process>.offset(of: \.event)),
        (ProcessLayout.armed, MemoryLayout<sluice_process>.offset(of: \.armed)),
        (ProcessLayout.published, MemoryLayout<sluice_process>.offset(of: \.published)),
        (ProcessLayout.released, MemoryLayout<sluice_process>.offset(of: \.released)),
        (ProcessLayout.bell, MemoryLayout<sluice_bell>.stride),
        (ProcessLayout.cursors, MemoryLayout<sluice_process>.size),
        (ProcessLayout.cursor, MemoryLayout<sluice_cursor>.stride),
        (CursorLayout.released, MemoryLayout<sluice_cursor>.offset(of: \.released)),
        (CursorLayout.acquired, MemoryLayout<sluice_cursor>.offset(of: \.acquired)),
        (CursorLayout.acquiredAt, MemoryLayout<sluice_cursor>.offset(of: \.acquired_at)),
        (CursorLayout.waiting, MemoryLayout<sluice_cursor>.offset(of: \.waiting)),
    ]
    return pairs.allSatisfy { $0 == $1 } && Limits.mostGenerations == Int(SLUICE_GENERATIONS)
}
