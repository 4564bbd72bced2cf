/// What the planner has made of a plan: who is where, and where every byte lies.
public struct CompiledPlan: Hashable, Sendable, Codable {
    public var spec: PlanSpec
    /// Of everything else here: two plans with the same hash are materialised once. 16 hexadecimal digits.
    public var hash: String
    /// In the order of their names.
    public var nodes: [PlannedNode]
    /// Those of the plan in its order, then one for each input, then one for each output.
    public var actors: [PlannedActor]
    public var registers: [PlannedRegister]
    public var guards: [GuardEdge]
    public var functions: [PlanFunction]
    /// Time between two firings that the slots are planned for, nanoseconds; 0: no actor says how long it takes.
    public var interval: UInt64
    /// What its author may want to know: a hint that could not be followed, an interval that the budget has made longer.
    public var notes: [String]

    public init(
        spec: PlanSpec, hash: String, nodes: [PlannedNode], actors: [PlannedActor], registers: [PlannedRegister],
        guards: [GuardEdge], functions: [PlanFunction], interval: UInt64, notes: [String]
    ) {
        self.spec = spec
        self.hash = hash
        self.nodes = nodes
        self.actors = actors
        self.registers = registers
        self.guards = guards
        self.functions = functions
        self.interval = interval
        self.notes = notes
    }
}

/// One node's share of a plan.
public struct PlannedNode: Hashable, Sendable, Codable {
    public var name: String
    /// Bytes of its one block of shared memory.
    public var blockBytes: UInt64
    /// Bytes that its registers would take without sharing.
    public var unsharedBytes: UInt64

    public init(name: String, blockBytes: UInt64, unsharedBytes: UInt64) {
        self.name = name
        self.blockBytes = blockBytes
        self.unsharedBytes = unsharedBytes
    }
}

/// One actor that fires: one parallel instance of a declared one, or an interface to the outside.
public struct PlannedActor: Hashable, Sendable, Codable {
    /// The declared name; `NAME.i` for instance i of several; `in.NAME` and `out.NAME` for interfaces.
    public var name: String
    public var role: Role
    public var node: String
    /// Which parallel instance, 0, 1 …
    public var index: Int
    /// In order.
    public var kernels: [PlannedKernel]
    /// Registers that it consumes and produces, as numbers in ``CompiledPlan/registers``; ascending.
    public var inputs: [Int]
    public var outputs: [Int]
    /// Nanoseconds of one firing; 0: not known.
    public var duration: UInt64
    public var firings: UInt64?

    public enum Role: Hashable, Sendable, Codable {
        case kernels
        /// Receives what is pushed.
        case input(String)
        /// Gives out what is pulled.
        case output(String)
        /// Tells that a function's job is over everywhere, if the function has no outputs; the function's name.
        case end(String)
    }

    public init(
        name: String, role: Role, node: String, index: Int, kernels: [PlannedKernel], inputs: [Int], outputs: [Int],
        duration: UInt64, firings: UInt64?
    ) {
        self.name = name
        self.role = role
        self.node = node
        self.index = index
        self.kernels = kernels
        self.inputs = inputs
        self.outputs = outputs
        self.duration = duration
        self.firings = firings
    }
}

/// One kernel of an actor, its arguments resolved.
public struct PlannedKernel: Hashable, Sendable, Codable {
    public var kernel: String
    public var attributes: [String: PlanAttribute]
    /// Ascending by argument.
    public var inputs: [PlannedArgument]
    public var outputs: [PlannedArgument]
    public var variables: [PlannedArgument]
    /// Its own memory in the node's block.
    public var scratch: Area?

    public init(
        kernel: String, attributes: [String: PlanAttribute], inputs: [PlannedArgument], outputs: [PlannedArgument],
        variables: [PlannedArgument], scratch: Area?
    ) {
        self.kernel = kernel
        self.attributes = attributes
        self.inputs = inputs
        self.outputs = outputs
        self.variables = variables
        self.scratch = scratch
    }
}

/// An argument of a kernel, and which blob it is.
public struct PlannedArgument: Hashable, Sendable, Codable {
    public var argument: ArgumentName
    /// In ``CompiledPlan/registers``.
    public var register: Int
    /// Which field of the register: its ordinal.
    public var field: Int

    public init(_ argument: ArgumentName, register: Int, field: Int) {
        self.argument = argument
        self.register = register
        self.field = field
    }
}

/// A stretch of a node's block, bytes.
public struct Area: Hashable, Sendable, Codable {
    public var offset: UInt64
    public var bytes: UInt64

    public init(offset: UInt64, bytes: UInt64) {
        self.offset = offset
        self.bytes = bytes
    }

    public var end: UInt64 { offset + bytes }
}

/// A channel's layout: fields, slots, and where they lie on each node that has it.
public struct PlannedRegister: Hashable, Sendable, Codable {
    /// `PRODUCER/FIRST-FIELD`; unique in the plan.
    public var name: String
    public var kind: Kind
    /// In ``CompiledPlan/actors``.
    public var producer: Int
    /// In ``CompiledPlan/actors``, ascending, without the producer itself.
    public var consumers: [Int]
    /// In the order of blob and index: a field's place here is its ordinal. None: a control register.
    public var fields: [PlannedField]
    public var slots: Int
    /// From one slot to the next, bytes; a multiple of 64, or of 512 if a field asks for it. Never 0, also without fields.
    public var stride: UInt64
    /// Where its slots lie: on its producer's node first, then on the other nodes that have consumers, by name. None for
    /// one with a ``lag``: it has no payload, and no place in a block.
    public var places: [Place]
    /// The register whose memory it takes over, slot by slot.
    public var inPlaceOf: Int?
    /// From the firing that writes a value to the end of the last one that reads it, nanoseconds; 0: not known.
    public var lifetime: UInt64
    /// Its consumers take nothing from it in their first `lag` firings, and value k - lag in firing k: it holds back those
    /// who write memory that others still read. 0 for what has a payload.
    public var lag: Int

    public enum Kind: Hashable, Sendable, Codable {
        /// A channel.
        case channel
        /// Memory of its producer's: between its kernels, or for nobody. One slot unless more are asked for, and no ring.
        case own
        /// A variable: one slot, never shared.
        case variable
    }

    public struct Place: Hashable, Sendable, Codable {
        public var node: String
        /// Slot 0 in the node's block, bytes; a multiple of 64, or of 512.
        public var offset: UInt64

        public init(node: String, offset: UInt64) {
            self.node = node
            self.offset = offset
        }
    }

    public init(
        name: String, kind: Kind, producer: Int, consumers: [Int], fields: [PlannedField], slots: Int, stride: UInt64,
        places: [Place], inPlaceOf: Int?, lifetime: UInt64, lag: Int = 0
    ) {
        self.name = name
        self.kind = kind
        self.producer = producer
        self.consumers = consumers
        self.fields = fields
        self.slots = slots
        self.stride = stride
        self.places = places
        self.inPlaceOf = inPlaceOf
        self.lifetime = lifetime
        self.lag = lag
    }
}

/// A blob in a register.
public struct PlannedField: Hashable, Sendable, Codable {
    public var blob: String
    /// Which of its parallel producers has made it, 0, 1 …
    public var index: Int
    public var type: BlobType
    /// From the slot's start, bytes; header and body.
    public var header: Int
    public var body: Int

    public init(blob: String, index: Int, type: BlobType, header: Int, body: Int) {
        self.blob = blob
        self.index = index
        self.type = type
        self.header = header
        self.body = body
    }
}

/// `register` and `after` share memory on a node: value k + slots of `register` is written when every reader there has
/// released value k of `after`. Both have the same number of slots and the same stride.
public struct GuardEdge: Hashable, Sendable, Codable {
    public var node: String
    public var register: Int
    public var after: Int

    public init(node: String, register: Int, after: Int) {
        self.node = node
        self.register = register
        self.after = after
    }
}
