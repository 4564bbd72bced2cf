/// Why a plan cannot be.
public struct PlanError: Error, Hashable, Sendable, CustomStringConvertible {
    public var code: Code
    /// What is wrong and what to do, naming actor, blob, node and numbers.
    public var message: String
    /// Where in the declaration, as keys and positions: `["actors", "1", "kernels", "0", "in"]`. Empty: the whole.
    public var path: [String]
    public var actor: String?
    public var node: String?
    public var needed: UInt64?
    public var available: UInt64?
    /// Of a cyclic wait: the actors that wait for one another, in order.
    public var cycle: [String]

    public enum Code: String, Hashable, Sendable, Codable {
        /// A name is missing, impossible, unknown or taken twice, a figure out of bounds, an argument without a blob …
        case invalid
        /// Actors that wait for one another could never fire.
        case cyclicWait
        /// A node's budget is too small even with one slot for each register.
        case overBudget
        /// A node that the plan names is not there.
        case unknownNode
    }

    public init(
        _ code: Code, _ message: String, path: [String] = [], actor: String? = nil, node: String? = nil,
        needed: UInt64? = nil, available: UInt64? = nil, cycle: [String] = []
    ) {
        self.code = code
        self.message = message
        self.path = path
        self.actor = actor
        self.node = node
        self.needed = needed
        self.available = available
        self.cycle = cycle
    }

    public var description: String {
        (path.isEmpty ? "" : path.joined(separator: ".") + ": ") + message
    }
}
