public import Planning
public import SluiceModel

/// What a plan says of one call of a kernel: given to it when it is made.
public struct KernelSetup: Sendable {
    public let kernel: String
    public let actor: String
    public let node: String
    /// Which of its actor's parallel instances, 0, 1 …
    public let index: Int
    public let attributes: [String: PlanAttribute]
    /// Ascending by name and index.
    public let inputs: [Argument]
    public let outputs: [Argument]
    public let variables: [Argument]
    /// Bytes of its own memory for the time of a firing.
    public let scratch: Int

    /// One of its arguments.
    public struct Argument: Hashable, Sendable {
        public let name: ArgumentName
        public let blob: String
        /// Which of the blob's parallel producers has made it.
        public let index: Int
        public let type: BlobType
    }
}

/// An input of a kernel, looked up once.
public struct InputHandle: Hashable, Sendable { let position: Int }
/// An output of a kernel, looked up once.
public struct OutputHandle: Hashable, Sendable { let position: Int }
/// A variable of a kernel, looked up once.
public struct VariableHandle: Hashable, Sendable { let position: Int }

extension KernelSetup {
    /// The input of that name, and index where the name repeats; nil if the call has none.
    public func input(_ name: String, _ index: Int = 0) -> InputHandle? {
        position(name, index, inputs).map(InputHandle.init)
    }

    public func output(_ name: String, _ index: Int = 0) -> OutputHandle? {
        position(name, index, outputs).map(OutputHandle.init)
    }

    public func variable(_ name: String, _ index: Int = 0) -> VariableHandle? {
        position(name, index, variables).map(VariableHandle.init)
    }

    /// All inputs of that name, by index.
    public func inputs(_ name: String) -> [InputHandle] {
        inputs.indices.filter { inputs[$0].name.name == name }.map(InputHandle.init)
    }

    public func outputs(_ name: String) -> [OutputHandle] {
        outputs.indices.filter { outputs[$0].name.name == name }.map(OutputHandle.init)
    }

    public subscript(_ handle: InputHandle) -> Argument { inputs[handle.position] }
    public subscript(_ handle: OutputHandle) -> Argument { outputs[handle.position] }
    public subscript(_ handle: VariableHandle) -> Argument { variables[handle.position] }

    /// As ``input(_:_:)``.
    ///
    /// - Throws: ``SluiceError/Code/invalidArgument`` if the call has none.
    public func requireInput(_ name: String, _ index: Int = 0) throws(SluiceError) -> InputHandle {
        guard let handle = input(name, index) else { throw missing("input", name, index, inputs) }
        return handle
    }

    public func requireOutput(_ name: String, _ index: Int = 0) throws(SluiceError) -> OutputHandle {
        guard let handle = output(name, index) else { throw missing("output", name, index, outputs) }
        return handle
    }

    public func requireVariable(_ name: String, _ index: Int = 0) throws(SluiceError) -> VariableHandle {
        guard let handle = variable(name, index) else { throw missing("variable", name, index, variables) }
        return handle
    }

    /// An error that says which kernel of which actor refuses what.
    public func refusal(_ why: String) -> SluiceError {
        SluiceError(.invalidArgument, "kernel \(kernel) of actor \(actor): \(why)", actor: actor, node: node)
    }

    private func position(_ name: String, _ index: Int, _ arguments: [Argument]) -> Int? {
        arguments.firstIndex { $0.name.index == index && $0.name.name == name }
    }

    private func missing(_ what: String, _ name: String, _ index: Int, _ arguments: [Argument]) -> SluiceError {
        let found = arguments.map { $0.name.description }.joined(separator: ", ")
        return refusal("it needs an \(what) \(name)/\(index), and has \(found.isEmpty ? "none" : found)")
    }

    /// What a kernel has thrown, with whose it is.
    func told(_ error: any Error, _ what: String) -> SluiceError {
        guard var known = error as? SluiceError else {
            var wrapped = SluiceError(
                .application, "kernel \(kernel) of actor \(actor) on node \(node) \(what): \(error)", actor: actor,
                node: node)
            wrapped.kind = String(describing: type(of: error))
            return wrapped
        }
        known.actor = known.actor ?? actor
        known.node = known.node ?? node
        return known
    }
}

// Attributes, checked.
extension KernelSetup {
    /// - Returns: Nil if it is not said.
    /// - Throws: ``SluiceError/Code/invalidArgument`` if it is something else.
    public func integer(_ name: String) throws(SluiceError) -> Int? {
        guard let attribute = attributes[name] else { return nil }
        guard case .integer(let value) = attribute else { throw wrong(name, attribute, "an integer") }
        return value
    }

    /// An integer, too.
    public func number(_ name: String) throws(SluiceError) -> Double? {
        switch attributes[name] {
        case nil: return nil
        case .number(let value): return value
        case .integer(let value): return Double(value)
        case .some(let attribute): throw wrong(name, attribute, "a number")
        }
    }

    public func text(_ name: String) throws(SluiceError) -> String? {
        guard let attribute = attributes[name] else { return nil }
        guard case .text(let value) = attribute else { throw wrong(name, attribute, "a text") }
        return value
    }

    public func bool(_ name: String) throws(SluiceError) -> Bool? {
        guard let attribute = attributes[name] else { return nil }
        guard case .bool(let value) = attribute else { throw wrong(name, attribute, "true or false") }
        return value
    }

    private func wrong(_ name: String, _ attribute: PlanAttribute, _ wanted: String) -> SluiceError {
        refusal("its attribute \(name) must be \(wanted), not \(attribute)")
    }
}
