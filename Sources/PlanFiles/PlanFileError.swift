/// Why a file is no plan: everything that is wrong with it, up to a bound.
public struct PlanFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Problems that one error names: 1 ... this.
    public static let mostProblems = 20

    public var file: String
    /// In the file's order.
    public var problems: [Problem]
    /// Whether there are more than ``mostProblems``.
    public var isCutShort: Bool

    /// One thing that is wrong.
    public struct Problem: Error, Hashable, Sendable, Codable {
        /// From 1.
        public var line: Int
        /// From 1, in Unicode scalars.
        public var column: Int
        /// As the file calls it: `actors.matmul.kernels[0].in.b`. Empty: the whole.
        public var key: String
        /// What is wrong, what was expected, and what is possible.
        public var message: String

        public init(line: Int, column: Int, key: String, message: String) {
            self.line = line
            self.column = column
            self.key = key
            self.message = message
        }
    }

    public init(file: String, problems: [Problem]) {
        let sorted = problems.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
        self.file = file
        self.problems = Array(sorted.prefix(Self.mostProblems))
        isCutShort = problems.count > Self.mostProblems
    }

    /// One line for each problem: `FILE:LINE:COLUMN: KEY: MESSAGE`.
    public var description: String {
        var lines = problems.map { problem in
            let key = problem.key.isEmpty ? "" : problem.key + ": "
            return "\(file):\(problem.line):\(problem.column): \(key)\(problem.message)"
        }
        if isCutShort { lines.append("\(file): and more; these are the first \(problems.count)") }
        return lines.joined(separator: "\n")
    }
}
