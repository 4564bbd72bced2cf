public import Planning
public import SluiceModel

/// What a kernel sees of one firing.
///
/// Looking an argument up by its handle costs an index; by its name, a search. Neither allocates.
public struct KernelContext: ~Copyable {
    let call: KernelCallState

    init(_ call: KernelCallState) { self.call = call }

    /// Which firing of the actor this is: 0, 1, 2 …
    public var firing: UInt64 { call.firing }
    /// Whether a blob lies somewhere else than at the last firing, or an input or variable has another shape, has appeared
    /// or gone. True at the first firing. While it is false, whatever was made of addresses and shapes is still good.
    public var updated: Bool { call.updated }
    public var setup: KernelSetup { call.setup }
    public var attributes: [String: PlanAttribute] { call.setup.attributes }

    /// Its own memory for the time of a firing, as planned: always the same; not cleared.
    public var scratch: MutableRawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe MutableRawSpan(_unsafeBytes: call.scratch)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// There is no more data: this firing's values are not published, and the actor ends. For sources.
    public func finish() { call.isFinished = true }

    /// An error that says which kernel of which actor refuses what.
    public func refusal(_ why: String) -> SluiceError { call.setup.refusal(why) }
}

// Inputs; nil for one that there is not, or whose blob was left out of its value.
extension KernelContext {
    public var inputCount: Int { call.inputs.count }

    @_lifetime(borrow self)
    public func input(_ handle: InputHandle) -> BlobView? { input(at: handle.position) }

    /// By its place in ``KernelSetup/inputs``.
    @_lifetime(borrow self)
    public func input(at position: Int) -> BlobView? {
        guard call.inputs.indices ~= position, call.inputs[position].isPresent else { return nil }
        return unsafe _overrideLifetime(BlobView(call.inputs[position]), borrowing: self)
    }

    @_lifetime(borrow self)
    public func input(_ name: String, _ index: Int = 0) -> BlobView? {
        guard let handle = call.setup.input(name, index) else { return nil }
        return input(handle)
    }

    /// By the name of the blob, and which of its parallel producers has made it.
    @_lifetime(borrow self)
    public func input(blob: String, _ index: Int = 0) -> BlobView? {
        guard let position = call.inputs.firstIndex(of: blob, index) else { return nil }
        return input(at: position)
    }

    /// - Throws: ``SluiceError/Code/invalidArgument`` if the blob was left out of its value.
    @_lifetime(borrow self)
    public func require(_ handle: InputHandle) throws(SluiceError) -> BlobView {
        guard let view = input(handle) else { throw absence(handle.position, call.setup.inputs, "input") }
        return view
    }
}

// Outputs; nil for one that there is not.
extension KernelContext {
    public var outputCount: Int { call.outputs.count }

    @_lifetime(borrow self)
    public func output(_ handle: OutputHandle) -> MutableBlobView? { output(at: handle.position) }

    /// By its place in ``KernelSetup/outputs``.
    @_lifetime(borrow self)
    public func output(at position: Int) -> MutableBlobView? {
        guard call.outputs.indices ~= position, call.outputs[position].isPresent else { return nil }
        return unsafe _overrideLifetime(MutableBlobView(call.outputs[position]), borrowing: self)
    }

    @_lifetime(borrow self)
    public func output(_ name: String, _ index: Int = 0) -> MutableBlobView? {
        guard let handle = call.setup.output(name, index) else { return nil }
        return output(handle)
    }

    /// By the name of the blob.
    @_lifetime(borrow self)
    public func output(blob: String, _ index: Int = 0) -> MutableBlobView? {
        guard let position = call.outputs.firstIndex(of: blob, index) else { return nil }
        return output(at: position)
    }

    /// - Throws: ``SluiceError/Code/invalidArgument`` if it was left out in this firing.
    @_lifetime(borrow self)
    public func require(_ handle: OutputHandle) throws(SluiceError) -> MutableBlobView {
        guard let view = output(handle) else { throw absence(handle.position, call.setup.outputs, "output") }
        return view
    }
}

// Variables: zeros at first, and then what was left in them. Nil for one that there is not.
extension KernelContext {
    @_lifetime(borrow self)
    public func variable(_ handle: VariableHandle) -> MutableBlobView? {
        guard call.variables.indices ~= handle.position, call.variables[handle.position].isPresent else { return nil }
        return unsafe _overrideLifetime(MutableBlobView(call.variables[handle.position]), borrowing: self)
    }

    @_lifetime(borrow self)
    public func variable(_ name: String, _ index: Int = 0) -> MutableBlobView? {
        guard let handle = call.setup.variable(name, index) else { return nil }
        return variable(handle)
    }

    /// - Throws: ``SluiceError/Code/invalidArgument`` if the handle is another kernel's.
    @_lifetime(borrow self)
    public func require(_ handle: VariableHandle) throws(SluiceError) -> MutableBlobView {
        guard let view = variable(handle) else { throw absence(handle.position, call.setup.variables, "variable") }
        return view
    }

    private func absence(_ position: Int, _ arguments: [KernelSetup.Argument], _ what: String) -> SluiceError {
        guard arguments.indices ~= position else { return refusal("it has no \(what) \(position); another kernel has") }
        return refusal("its \(what) \(arguments[position].name), blob \(arguments[position].blob), was left out")
    }
}

extension [Field] {
    fileprivate func firstIndex(of blob: String, _ index: Int) -> Int? {
        firstIndex { $0.layout.index == index && $0.layout.blob == blob }
    }
}
