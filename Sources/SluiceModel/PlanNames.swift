/// What a run's actors and channels are called in the cluster.
package struct PlanNames: Sendable {
    /// All of them begin so.
    package let prefix: String

    package init(plan: String, run: RunID) { prefix = "plan/\(plan)/\(run)/" }

    package func actor(_ name: String) -> String { prefix + name }
    /// Of a register.
    package func channel(_ register: String) -> String { prefix + register }
    /// The actor of a client.
    package func client(_ connection: UInt32) -> String { "\(prefix)client/\(connection)" }
    /// From a client to an input's interface, and from an output's interface to a client.
    package func push(_ input: String, _ connection: UInt32) -> String { "\(prefix)push/\(input)/\(connection)" }
    package func pull(_ output: String, _ connection: UInt32) -> String { "\(prefix)pull/\(output)/\(connection)" }
}
