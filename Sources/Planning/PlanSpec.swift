/// A plan as its author declares it: what is computed, by whom, from what.
///
/// Names of inputs, actors, functions and blobs are ``Name``s of at most 100 bytes without `/`, each unique of its kind; inputs
/// are blobs, too. Nothing is checked here: ``Compiler`` does, and names what is wrong.
public struct PlanSpec: Hashable, Sendable, Codable {
    public var name: String
    /// What push jobs bring in.
    public var inputs: [PlanInput]
    public var actors: [PlanActor]
    /// What pull jobs get out.
    public var outputs: [PlanOutput]
    /// Order without payload.
    public var controls: [ControlEdge]
    /// What a job calls. None: one of the plan's name with all inputs and outputs, if there are any.
    public var functions: [PlanFunction]
    /// Time between two firings of each actor that the slots are planned for, nanoseconds. Nil: the longest duration.
    public var interval: UInt64?
    /// Bytes that the plan may take on a node; without an entry, what the node has.
    public var budgets: [String: UInt64]

    public init(
        _ name: String, inputs: [PlanInput] = [], actors: [PlanActor] = [], outputs: [PlanOutput] = [],
        controls: [ControlEdge] = [], functions: [PlanFunction] = [], interval: UInt64? = nil,
        budgets: [String: UInt64] = [:]
    ) {
        self.name = name
        self.inputs = inputs
        self.actors = actors
        self.outputs = outputs
        self.controls = controls
        self.functions = functions
        self.interval = interval
        self.budgets = budgets
    }
}

/// A blob that comes from outside: pushed by name, from any node.
public struct PlanInput: Hashable, Sendable, Codable {
    public var name: String
    public var type: BlobType
    /// Where it is received; nil: on its first consumer's node.
    public var node: String?
    /// Values that may be unread at once; nil: the planner's choice.
    public var slots: Int?

    public init(_ name: String, _ type: BlobType, node: String? = nil, slots: Int? = nil) {
        self.name = name
        self.type = type
        self.node = node
        self.slots = slots
    }
}

/// A blob that goes outside: pulled by name, from any node.
public struct PlanOutput: Hashable, Sendable, Codable {
    public var name: String
    public var blob: String
    /// Which of the blob's parallel producers, 0, 1 …
    public var index: Int
    /// Where it is given out; nil: on its producer's node.
    public var node: String?

    public init(_ name: String, blob: String, index: Int = 0, node: String? = nil) {
        self.name = name
        self.blob = blob
        self.index = index
        self.node = node
    }
}

/// Who fires: its kernels run in order, once for each firing.
public struct PlanActor: Hashable, Sendable, Codable {
    public var name: String
    /// One node for each of its parallel instances, or one for all of them; none: the planner's choice.
    public var nodes: [String]
    /// How many of it there are, 1 ...
    public var parallel: Int
    public var kernels: [KernelCall]
    /// How long one firing takes, nanoseconds. Nil: as long as every other actor that does not say.
    public var duration: UInt64?
    /// A source (an actor without inputs) ends after so many firings; nil: when its kernel says so.
    public var firings: UInt64?

    public init(
        _ name: String, nodes: [String] = [], parallel: Int = 1, kernels: [KernelCall], duration: UInt64? = nil,
        firings: UInt64? = nil
    ) {
        self.name = name
        self.nodes = nodes
        self.parallel = parallel
        self.kernels = kernels
        self.duration = duration
        self.firings = firings
    }
}

/// One kernel in an actor's sequence.
public struct KernelCall: Hashable, Sendable, Codable {
    /// The name under which workers have registered it.
    public var kernel: String
    public var inputs: [InputArgument]
    public var outputs: [OutputArgument]
    /// Memory of its own for the time of a firing, bytes.
    public var scratch: Int
    /// Blobs that it keeps from firing to firing.
    public var variables: [PlanVariable]
    public var attributes: [String: PlanAttribute]

    public init(
        _ kernel: String, inputs: [InputArgument] = [], outputs: [OutputArgument] = [], scratch: Int = 0,
        variables: [PlanVariable] = [], attributes: [String: PlanAttribute] = [:]
    ) {
        self.kernel = kernel
        self.inputs = inputs
        self.outputs = outputs
        self.scratch = scratch
        self.variables = variables
        self.attributes = attributes
    }
}

/// What a kernel calls one of its arguments: a name, and an index where the name repeats.
public struct ArgumentName: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    public var name: String
    public var index: Int

    public init(_ name: String, _ index: Int = 0) {
        self.name = name
        self.index = index
    }

    public var description: String { "\(name)/\(index)" }
    public static func < (a: Self, b: Self) -> Bool { (a.name, a.index) < (b.name, b.index) }
}

/// A blob that a kernel reads. One with several parallel producers, read by an actor that is not parallel, becomes as many
/// arguments: the index given here, the next one …
public struct InputArgument: Hashable, Sendable, Codable {
    public var argument: ArgumentName
    public var blob: String

    public init(_ argument: ArgumentName, blob: String) {
        self.argument = argument
        self.blob = blob
    }
}

/// A blob that a kernel makes.
public struct OutputArgument: Hashable, Sendable, Codable {
    public var argument: ArgumentName
    public var blob: String
    public var type: BlobType
    /// Values that may be unread at once; nil: the planner's choice.
    public var slots: Int?
    /// The input whose memory it may take over.
    public var inPlaceOf: ArgumentName?

    public init(
        _ argument: ArgumentName, blob: String, _ type: BlobType, slots: Int? = nil, inPlaceOf: ArgumentName? = nil
    ) {
        self.argument = argument
        self.blob = blob
        self.type = type
        self.slots = slots
        self.inPlaceOf = inPlaceOf
    }
}

/// A blob that belongs to one kernel of one actor, and stays from job to job. It begins as zeros.
public struct PlanVariable: Hashable, Sendable, Codable {
    public var argument: ArgumentName
    public var type: BlobType

    public init(_ argument: ArgumentName, _ type: BlobType) {
        self.argument = argument
        self.type = type
    }
}

/// What a kernel is told once, when it is made.
public enum PlanAttribute: Hashable, Sendable, Codable {
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([PlanAttribute])
}

/// `after` fires for the n-th time when `before` has.
public struct ControlEdge: Hashable, Sendable, Codable {
    public var before: String
    public var after: String

    public init(before: String, after: String) {
        self.before = before
        self.after = after
    }
}

/// What one job calls: it pushes the inputs and pulls the outputs.
public struct PlanFunction: Hashable, Sendable, Codable {
    public var name: String
    public var inputs: [String]
    public var outputs: [String]

    public init(_ name: String, inputs: [String], outputs: [String]) {
        self.name = name
        self.inputs = inputs
        self.outputs = outputs
    }
}
