internal import CSluice
internal import SluiceModel

/// The cursors that a ring's writer waits for. Changed by the control thread, read by the writing thread, under one lock.
package struct GateList: Hashable, Sendable {
    package var gates: [Gate] = []
    package var nextNumber: UInt32 = 1
    /// Counts changes; its copy in a word of its own tells the writing thread to look again.
    package var version: UInt64 = 1
    /// Gates that have failed and that nobody has been told about yet.
    package var violations: [GateViolation] = []
    package var table: GateTable
    /// Segments of the processes whose cursors are listed.
    package var views = ViewSet()

    package init(table: GateTable = GateTable(address: 0)) { self.table = table }

    /// What a former writer has left in the control.
    init(adopting table: GateTable, resolve: (ProcessLife) -> ProcessView?) {
        self.init(table: table)
        (gates, nextNumber) = table.read()
        for position in gates.indices {
            let request = gates[position].request
            guard let view = resolve(request.life), let cursor = view.cursor(request.line) else { continue }
            gates[position].cursor = cursor
            views.insert(view, for: gates[position].number)
        }
    }

    package func index(of number: UInt32) -> Int? { gates.firstIndex { $0.number == number } }

    /// The new gate's number; nil if there is no place for it.
    package mutating func insert(
        _ request: GateRequest, floor: UInt64, cursor: CursorWords?, view: ProcessView?
    ) -> UInt32? {
        guard let index = freeIndex else { return nil }
        let number = nextNumber
        nextNumber = Self.successor(of: number)
        let gate = Gate(number: number, index: index, request: request, floor: floor, cursor: cursor)
        gates.append(gate)
        table.write(gate, nextNumber: nextNumber)
        if let view { views.insert(view, for: number) }
        version += 1
        return number
    }

    package mutating func remove(at position: Int) {
        let gate = gates.remove(at: position)
        table.erase(gate.index)
        views.remove(gate.number)
        version += 1
    }

    mutating func resolve(at position: Int, _ cursor: CursorWords, _ view: ProcessView) {
        gates[position].cursor = cursor
        views.insert(view, for: gates[position].number)
        version += 1
    }

    private var freeIndex: Int? {
        var used = Set<Int>()
        for gate in gates { used.insert(gate.index) }
        return (0..<GateTable.capacity).first { !used.contains($0) }
    }

    static func successor(of number: UInt32) -> UInt32 {
        // 0, "waived" and "doorbell" are no gates' numbers.
        number >= SLUICE_AWAITS_WAIVED - 1 ? 1 : number + 1
    }
}

/// Who keeps which segment mapped. Not part of a list's value: what is mapped does not tell two lists apart.
package struct ViewSet: Hashable, Sendable {
    private var views: [UInt32: ProcessView] = [:]

    package init() {}

    package subscript(number: UInt32) -> ProcessView? { views[number] }
    /// The new gate's number; nil if there is no place for it.
    package mutating func insert(_ view: ProcessView, for number: UInt32) { views[number] = view }
    package mutating func remove(_ number: UInt32) { views[number] = nil }
    package var all: [ProcessView] { Array(views.values) }

    package static func == (a: ViewSet, b: ViewSet) -> Bool { true }
    package func hash(into hasher: inout Hasher) {}
}
