/// The agent's own cursors: which lines of its segment are taken.
struct CursorLines {
    private let count: UInt32
    private var next: UInt32 = 0
    private var vacant: [UInt32] = []

    init(count: UInt32) { self.count = count }

    mutating func take() -> UInt32? {
        if let line = vacant.popLast() { return line }
        guard next < count else { return nil }
        next += 1
        return next - 1
    }

    /// Only once no ring's writer looks at it any more.
    mutating func giveBack(_ line: UInt32) { vacant.append(line) }
}
