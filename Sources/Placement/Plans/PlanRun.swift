package import Planning
package import SluiceModel
package import Wire

/// One life of a plan, as the coordinator knows it.
package struct PlanRun: Sendable {
    package let id: RunID
    /// As it was applied, and as it was compiled: the latter as JSON, too.
    let declared: PlanSpec
    package let plan: CompiledPlan
    let json: [UInt8]

    package internal(set) var phase = PlanPhase.materialising
    /// No more jobs are taken; it ends when it has drained.
    package internal(set) var isFinishing = false
    /// Why it ended, if not in order.
    package internal(set) var error: SluiceError?
    /// By the actor's name in the plan.
    package internal(set) var seats: [String: Seat] = [:]
    package internal(set) var parts: [NodeName: Part] = [:]
    package internal(set) var queue: LaunchQueue
    var values = KeyValues()
    package internal(set) var connections: [UInt32: PlanClient] = [:]
    var lastConnection: UInt32 = 0
    /// Calls that wait for something of this run.
    var waiting: Set<UInt64> = []

    /// An actor's place, and who has taken it.
    package struct Seat: Hashable, Sendable {
        package let node: NodeName
        package internal(set) var state = PlanActorState.awaited
        package internal(set) var holder: PlanClient?
        package internal(set) var firings: UInt64 = 0
    }

    /// A node's share.
    package struct Part: Hashable, Sendable {
        package let part: PlanPart
        /// What it takes in a message, estimated.
        package let bytes: Int
        package internal(set) var state = State.wanted

        package enum State: Hashable, Sendable {
            case wanted, ready, removing, gone
        }
    }

    package var name: String { plan.spec.name }
    package var isOver: Bool { phase >= .ending }

    package var names: PlanNames { PlanNames(plan: name, run: id) }
    /// What Sluice knows one of the run's actors by.
    package func actorName(_ actor: String) -> ActorName? { try? ActorName(names.actor(actor)) }
    /// What Sluice knows a client by.
    package func clientName(_ connection: UInt32) -> ActorName? { try? ActorName(names.client(connection)) }

    /// Nodes whose part is still there, or shall be.
    var livingParts: [NodeName] { parts.filter { $0.value.state != .gone }.keys.sorted() }
}

/// A process that takes part in a run, and who in it calls.
package struct PlanClient: Hashable, Sendable {
    /// The number that its calls carry.
    package let caller: UInt64
    package let life: ProcessLife
    package let node: NodeName
    package let pid: Int32
    /// When it was given what it asked for.
    var since: UInt64

    func isSame(_ other: PlanClient) -> Bool { caller == other.caller && life == other.life && node == other.node }
}
