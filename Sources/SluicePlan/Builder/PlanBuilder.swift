public import Planning
public import Sluice
internal import SluiceModel

/// Declares a plan, step by step: what comes in, what is computed from it by whom, and what goes out.
///
///     var plan = PlanBuilder("two-functions")
///     let x = plan.input("x", Float.self, [3, 3])
///     let y = plan.input("y", Float.self, [3, 3])
///     let z = plan.call("matmul", on: "multiplier", ["a": x, "b": y], makes: Making("z", Float.self, [3, 3]))
///     let a = plan.call("add_n", on: "adder", ["in": [x, y, z]], makes: Making("a", Float.self, [3, 3]))
///     plan.output("a", a)
///     let spec = plan.spec
///
/// Nothing is checked here that the Swift compiler does not: `Compiler` checks the whole, and names what is wrong.
public struct PlanBuilder: Sendable {
    /// What was declared so far.
    public private(set) var spec: PlanSpec

    public init(_ name: String) { spec = PlanSpec(name) }

    /// An actor of this plan, by its name.
    public struct Actor: Hashable, Sendable, ExpressibleByStringLiteral {
        public let name: String
        public init(_ name: String) { self.name = name }
        public init(stringLiteral name: String) { self.init(name) }
    }

    // MARK: Outside

    /// Declares what is pushed in under this name.
    ///
    /// - Parameters:
    ///   - isDynamic: Each value has a shape of its own, with no more elements than this.
    ///   - node: Where it is received; nil: on its first consumer's node.
    ///   - slots: Values that may be unread at once; nil: the planner's choice.
    public mutating func input<Element: TensorScalar>(
        _ name: String, _ element: Element.Type, _ shape: [Int], isDynamic: Bool = false, node: String? = nil,
        slots: Int? = nil
    ) -> Blob<Element> {
        input(name, BlobType(Element.scalarType, shape, isDynamic: isDynamic), node, slots)
    }

    /// - Parameter capacity: Bytes that all strings of one value may have together.
    public mutating func input(
        _ name: String, strings shape: [Int], capacity: Int, isDynamic: Bool = false, node: String? = nil,
        slots: Int? = nil
    ) -> Blob<Strings> {
        input(name, BlobType(.bytes(capacity: capacity), shape, isDynamic: isDynamic), node, slots)
    }

    /// Declares an input of a type that is not known before.
    public mutating func input(
        _ name: String, _ type: BlobType, node: String? = nil, slots: Int? = nil
    ) -> AnyBlob {
        input(name, type, node, slots)
    }

    private mutating func input<Element>(
        _ name: String, _ type: BlobType, _ node: String?, _ slots: Int?
    ) -> Blob<Element> {
        spec.inputs.append(PlanInput(name, type, node: node, slots: slots))
        return Blob(name, type)
    }

    /// Declares what is pulled out under this name.
    ///
    /// - Parameters:
    ///   - index: Which of the blob's parallel producers, 0, 1 …
    ///   - node: Where it is given out; nil: on its producer's node.
    /// - Returns: The output, for ``function(_:inputs:outputs:)``.
    @discardableResult
    public mutating func output<Element>(
        _ name: String, _ blob: Blob<Element>, index: Int = 0, node: String? = nil
    ) -> Output<Element> {
        spec.outputs.append(PlanOutput(name, blob: blob.name, index: index, node: node))
        return Output(name)
    }

    /// Something that is pulled out.
    public struct Output<Element>: Hashable, Sendable {
        public let name: String
        init(_ name: String) { self.name = name }
        public var erased: Output<Never> { Output<Never>(name) }
    }

    // MARK: Actors

    /// Says of an actor what its calls do not say; those without a word are the planner's choice.
    ///
    /// - Parameters:
    ///   - nodes: One for each of its parallel instances, or one for all of them.
    ///   - parallel: How many of it there are, 1 ...
    ///   - duration: Of one firing.
    ///   - firings: A source ends after so many; nil: when its kernel says so.
    @discardableResult
    public mutating func actor(
        _ actor: Actor, nodes: [String] = [], parallel: Int = 1, duration: Duration? = nil, firings: UInt64? = nil
    ) -> Actor {
        let place = place(of: actor)
        spec.actors[place].nodes = nodes
        spec.actors[place].parallel = parallel
        spec.actors[place].duration = duration.map(Self.nanoseconds)
        spec.actors[place].firings = firings
        return actor
    }

    /// As ``actor(_:nodes:parallel:duration:firings:)``, on one node.
    @discardableResult
    public mutating func actor(
        _ actor: Actor, node: String, parallel: Int = 1, duration: Duration? = nil, firings: UInt64? = nil
    ) -> Actor {
        self.actor(actor, nodes: [node], parallel: parallel, duration: duration, firings: firings)
    }

    /// Lets an actor run a kernel, after those that it runs already.
    ///
    /// - Parameters:
    ///   - kernel: The name under which workers have registered it.
    ///   - inputs: By what the kernel calls them; a list has the indices 0, 1 …
    ///   - makes: One ``Making`` for each output.
    ///   - variables: Blobs that the kernel keeps, zeros at first.
    ///   - scratch: Bytes of memory that it has to itself while it runs.
    /// - Returns: The blobs that it makes: one, or a tuple of several.
    @discardableResult
    public mutating func call<each Element>(
        _ kernel: String, on actor: Actor, _ inputs: KeyValuePairs<String, any BlobArgument> = [:],
        makes: repeat Making<each Element>, variables: [PlanVariable] = [], scratch: Int = 0,
        attributes: [String: PlanAttribute] = [:]
    ) -> (repeat Blob<each Element>) {
        var call = KernelCall(kernel, scratch: scratch, variables: variables, attributes: attributes)
        for (name, argument) in inputs {
            for (index, blob) in argument.blobNames.enumerated() {
                call.inputs.append(InputArgument(ArgumentName(name, index), blob: blob))
            }
        }
        let read = call.inputs
        repeat call.outputs.append((each makes).argument(amongst: read))
        spec.actors[place(of: actor)].kernels.append(call)
        return (repeat Blob((each makes).name, (each makes).type))
    }

    /// Lets one actor fire for the n-th time when another one has.
    public mutating func control(before: Actor, after: Actor) {
        spec.controls.append(ControlEdge(before: before.name, after: after.name))
    }

    // MARK: The whole

    /// Declares what one job calls: it pushes the inputs and pulls the outputs.
    public mutating func function<each In, each Out>(
        _ name: String, inputs: (repeat Blob<each In>), outputs: (repeat Output<each Out>)
    ) {
        var function = PlanFunction(name, inputs: [], outputs: [])
        repeat function.inputs.append((each inputs).name)
        repeat function.outputs.append((each outputs).name)
        spec.functions.append(function)
    }

    /// The time between two firings of each actor that slots are planned for; without it, the longest duration.
    public mutating func interval(_ interval: Duration) { spec.interval = Self.nanoseconds(interval) }

    /// Bytes that the plan may take on a node; without it, what the node has.
    public mutating func budget(_ bytes: UInt64, on node: String) { spec.budgets[node] = bytes }

    private mutating func place(of actor: Actor) -> Int {
        if let place = spec.actors.firstIndex(where: { $0.name == actor.name }) { return place }
        spec.actors.append(PlanActor(actor.name, kernels: []))
        return spec.actors.count - 1
    }

    /// What is less than none is none, and what is more than can be said is the most.
    private static func nanoseconds(_ duration: Duration) -> UInt64 {
        guard duration > .zero else { return 0 }
        return UInt64(clamping: duration.attoseconds / 1_000_000_000)
    }
}

extension Making {
    /// - Parameter inputs: Of the kernel: one of them is the input whose memory may be taken over.
    fileprivate func argument(amongst inputs: [InputArgument]) -> OutputArgument {
        let taken = inPlaceOf.flatMap { blob in inputs.first { $0.blob == blob.name } }
        return OutputArgument(
            argument, blob: name, type, slots: slots,
            // One that the kernel does not read is named all the same, so that the compiler of plans complains.
            inPlaceOf: inPlaceOf.map { taken?.argument ?? ArgumentName($0.name) })
    }
}

extension PlanVariable {
    public init<Element: TensorScalar>(_ argument: String, _ element: Element.Type, _ shape: [Int]) {
        self.init(ArgumentName(argument), BlobType(Element.scalarType, shape))
    }
}
