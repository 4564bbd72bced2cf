internal import SluiceModel

/// What a run's actors and channels are called in the cluster.
struct PlanNames {
    private let prefix: String

    init(plan: String, run: RunID) { prefix = "plan/\(plan)/\(run)" }

    func actor(_ name: String) -> String { "\(prefix)/\(name)" }
    /// Of a register.
    func channel(_ register: String) -> String { "\(prefix)/\(register)" }
    /// The actor of a client.
    func client(_ connection: UInt32) -> String { "\(prefix)/client/\(connection)" }
    /// From a client to an input's interface, and from an output's interface to a client.
    func push(_ input: String, _ connection: UInt32) -> String { "\(prefix)/push/\(input)/\(connection)" }
    func pull(_ output: String, _ connection: UInt32) -> String { "\(prefix)/pull/\(output)/\(connection)" }
}
