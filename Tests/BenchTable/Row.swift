/// One figure of one run, as every program of the bench prints it: peer, work, case, metric, value.
package struct Row: Hashable, Sendable {
    package var key: Key
    package var metric: String
    package var value: Double
    /// Which run of a program it is of: the figures of one measurement share it.
    package var run: Int

    /// What was measured, and of whom.
    package struct Key: Hashable, Sendable {
        package var peer: String
        package var work: String
        package var name: String

        package init(_ peer: String, _ work: String, _ name: String) {
            self.peer = peer
            self.work = work
            self.name = name
        }
    }

    package init(_ key: Key, _ metric: String, _ value: Double, run: Int = 0) {
        self.key = key
        self.metric = metric
        self.value = value
        self.run = run
    }

    /// Nil for a line that is no figure.
    package init?(tabSeparated line: some StringProtocol, run: Int = 0) {
        let fields = String(line).split(separator: "\t" as Character, omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 5, let value = Double(fields[4]) else { return nil }
        self.init(Key(fields[0], fields[1], fields[2]), fields[3], value, run: run)
    }

    package var tabSeparated: String {
        [key.peer, key.work, key.name, metric, Numbers.exact(value)].joined(separator: "\t")
    }

    /// A loss or a torn value.
    package var isFault: Bool { (metric == "lost" || metric == "corrupt") && value != 0 }
}
