/// Makes a plan of a declaration: a pure function.
public enum Compiler {
    /// A node that a plan can be placed on.
    public struct Site: Hashable, Sendable {
        public var name: String
        /// Bytes that a plan may take there.
        public var budget: UInt64

        public init(_ name: String, budget: UInt64) {
            self.name = name
            self.budget = budget
        }
    }
}
