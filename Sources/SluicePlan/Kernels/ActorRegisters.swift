internal import Planning
internal import SluiceModel

/// The registers that one actor has to do with, each with one view that all its kernels share.
@safe struct ActorRegisters {
    private let plan: CompiledPlan
    private let actor: PlannedActor
    private let number: Int
    private let block: UnsafeMutableRawBufferPointer
    /// Channels.
    private(set) var inputs: [Int] = []
    private(set) var outputs: [Int] = []
    private(set) var views: [Int: RegisterView] = [:]
    /// Memory of its own, that is begun anew at each firing.
    private(set) var own: [OwnRegister] = []

    init(
        _ plan: CompiledPlan, _ actor: PlannedActor, _ number: Int, _ block: UnsafeMutableRawBufferPointer
    ) throws(SluiceError) {
        (self.plan, self.actor, self.number) = (plan, actor, number)
        unsafe self.block = block
        for register in actor.inputs where try add(register) == .channel { inputs.append(register) }
        for register in actor.outputs where try add(register) == .channel { outputs.append(register) }
    }

    /// A kernel, made, with its arguments.
    mutating func call(_ kernel: PlannedKernel, _ kernels: KernelRegistry) throws(SluiceError) -> KernelCallState {
        var fields: [[Field]] = []
        for arguments in [kernel.inputs, kernel.outputs, kernel.variables] {
            var found: [Field] = []
            for argument in arguments { found.append(try field(argument, kernel)) }
            fields.append(found)
        }
        func setups(_ arguments: [PlannedArgument], _ fields: [Field]) -> [KernelSetup.Argument] {
            zip(arguments, fields).map {
                .init(name: $0.argument, blob: $1.layout.blob, index: $1.layout.index, type: $1.layout.type)
            }
        }
        let setup = KernelSetup(
            kernel: kernel.kernel, actor: actor.name, node: actor.node, index: actor.index,
            attributes: kernel.attributes, inputs: setups(kernel.inputs, fields[0]),
            outputs: setups(kernel.outputs, fields[1]), variables: setups(kernel.variables, fields[2]),
            scratch: Int(clamping: kernel.scratch?.bytes ?? 0))
        let scratch = unsafe try stretch(
            kernel.scratch?.offset ?? 0, kernel.scratch?.bytes ?? 0, "the scratch memory of kernel \(kernel.kernel)")
        return unsafe KernelCallState(
            try kernels.make(setup), setup, inputs: fields[0], outputs: fields[1], variables: fields[2],
            scratch: scratch)
    }

    private mutating func field(_ argument: PlannedArgument, _ kernel: PlannedKernel) throws(SluiceError) -> Field {
        _ = try add(argument.register)
        guard let view = views[argument.register], view.fields.indices ~= argument.field else {
            throw error("argument \(argument.argument) of kernel \(kernel.kernel) is no field of its register")
        }
        return view.fields[argument.field]
    }

    /// - Returns: What kind of register it is.
    private mutating func add(_ register: Int) throws(SluiceError) -> PlannedRegister.Kind {
        guard plan.registers.indices ~= register else { throw error("there is no register \(register)") }
        let planned = plan.registers[register]
        guard views[register] == nil else { return planned.kind }
        let view = try RegisterView(planned, of: actor.name, on: actor.node, packs: packs(register))
        views[register] = view
        if planned.kind == .channel { return planned.kind }
        let memory = try memory(of: planned)
        if planned.kind == .own {
            own.append(memory.with(view))
        } else {
            unsafe try view.begin(UnsafeMutableRawBufferPointer(start: memory.start, count: memory.stride))
        }
        return planned.kind
    }

    /// Only for what travels. And whoever takes over its memory counts on the bodies' being where they were planned.
    private func packs(_ register: Int) -> Bool {
        let planned = plan.registers[register]
        return planned.producer == number && planned.places.count > 1
            && !plan.registers.contains { $0.inPlaceOf == register }
    }

    private func memory(of register: PlannedRegister) throws(SluiceError) -> Memory {
        guard let place = register.places.first(where: { $0.node == actor.node }), register.slots > 0 else {
            throw error("register \(register.name) does not lie there")
        }
        let (bytes, isTooMuch) = register.stride.multipliedReportingOverflow(by: UInt64(register.slots))
        let stretch = unsafe try stretch(place.offset, isTooMuch ? .max : bytes, "register \(register.name)")
        guard let start = stretch.baseAddress else { throw error("register \(register.name) has no memory") }
        return unsafe Memory(start: start, stride: Int(register.stride), slots: register.slots)
    }

    /// A part of the block, if it is one.
    private func stretch(
        _ offset: UInt64, _ bytes: UInt64, _ what: String
    ) throws(SluiceError) -> UnsafeMutableRawBufferPointer {
        let size = unsafe UInt64(block.count)
        guard offset <= size, bytes <= size - offset else {
            throw error("\(what) lies at \(offset), \(bytes) bytes, which are not within the block's \(size)")
        }
        return unsafe UnsafeMutableRawBufferPointer(rebasing: block[Int(offset)..<Int(offset + bytes)])
    }

    private func error(_ what: String) -> SluiceError {
        SluiceError(
            .invalidArgument, "plan \(plan.spec.name), actor \(actor.name) on node \(actor.node): \(what)",
            actor: actor.name, node: actor.node)
    }
}

@safe private struct Memory {
    let start: UnsafeMutableRawPointer
    let stride: Int
    let slots: Int

    func with(_ view: RegisterView) -> OwnRegister {
        unsafe OwnRegister(view: view, start: start, stride: stride, slots: slots)
    }
}
