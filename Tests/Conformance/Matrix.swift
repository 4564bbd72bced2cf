/// What the suite has found: for each kind and route how each case went.
final class Matrix: Sendable {
    enum Cell: Hashable, Sendable {
        case passed, failed
        case left(String)
    }

    struct Place: Hashable, Sendable {
        var kind: String
        var route: Route
        var `case`: Case
    }

    private let cells = Shared<[Place: Cell]>([:])

    func set(_ cell: Cell, at place: Place) { cells.withLock { $0[place] = cell } }

    var lines: [String] {
        let cells = cells.value
        var reasons: [String] = []
        let kinds = Kinds.all.map(\.name).filter { name in cells.keys.contains { $0.kind == name } }
        let width = kinds.map(\.count).max() ?? 0
        var lines = [
            pad("", width) + "  " + pad("", 10) + Case.allCases.map { "  " + $0.rawValue }.joined()
        ]
        for kind in kinds {
            for route in Route.allCases {
                let row = Case.allCases.map { `case` in
                    "  "
                        + pad(
                            mark(cells[Place(kind: kind, route: route, case: `case`)], &reasons), `case`.rawValue.count)
                }
                lines.append(pad(kind, width) + "  " + pad(route.rawValue, 10) + row.joined())
            }
        }
        lines += reasons.enumerated().map { "  \(letter($0.offset))  \($0.element)" }
        return lines + Case.allCases.map { "  \($0.rawValue): \($0.meaning)" }
    }

    private func mark(_ cell: Cell?, _ reasons: inout [String]) -> String {
        switch cell {
        case .passed: return "ok"
        case .failed: return "FAIL"
        case nil: return "?"
        case .left(let reason):
            let index = reasons.firstIndex(of: reason) ?? reasons.count
            if index == reasons.count { reasons.append(reason) }
            return letter(index)
        }
    }

    private func letter(_ index: Int) -> String { "(\(Character(UnicodeScalar(UInt8(97 + index)))))" }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
