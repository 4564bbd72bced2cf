internal import CSluiceProtos
internal import SluiceModel

extension PlanPart: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__PlanPart> {
        let c = unsafe arena.new(sluice__plan_part__init)
        unsafe c.pointee.run = run.rawValue
        unsafe c.pointee.plan = arena.bytes(plan)
        unsafe c.pointee.block_bytes = blockBytes
        unsafe (c.pointee.n_registers, c.pointee.registers) = arena.list(registers)
        return unsafe c
    }

    init(_ c: Sluice__PlanPart) throws(FieldFault) {
        let most = Limits.mostPartRegisters
        let bytes = try unsafe Check.range(c.block_bytes, 0, Limits.mostBlockBytes, "PlanPart.blockBytes")
        let registers = try unsafe PartRegister.list(c.registers, c.n_registers, most: most, "PlanPart.registers")
        // They are slots of a ring in this block; whoever uses them does not look again.
        for register in registers {
            let (rings, isTooMuch) = register.stride.multipliedReportingOverflow(by: UInt64(register.slots))
            guard !isTooMuch, rings <= bytes, register.offset <= bytes - rings else {
                throw FieldFault(
                    "PlanPart.registers",
                    .inconsistent(
                        "\(register.channel): \(register.slots) slots of \(register.stride) bytes at \(register.offset) do "
                            + "not lie in \(bytes)"))
            }
        }
        unsafe self.init(
            run: try Check.run(c.run, "PlanPart.run"), plan: try Check.label(c.plan, "PlanPart.plan"),
            blockBytes: bytes, registers: registers)
    }
}

extension PartRegister: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__PartRegister> {
        let c = unsafe arena.new(sluice__part_register__init)
        unsafe c.pointee.channel = arena.bytes(channel.rawValue)
        unsafe c.pointee.offset = offset
        unsafe c.pointee.stride = stride
        unsafe c.pointee.slots = UInt64(slots)
        return unsafe c
    }

    init(_ c: Sluice__PartRegister) throws(FieldFault) {
        let slots = try unsafe Check.range(c.slots, 1, UInt64(Limits.mostSlots), "PartRegister.slots")
        unsafe self.init(
            channel: try Check.name(c.channel, "PartRegister.channel"),
            offset: try Check.aligned(c.offset, from: 0, "PartRegister.offset"),
            stride: try Check.aligned(c.stride, from: 64, "PartRegister.stride"), slots: Int(slots))
    }
}

/// An error that concerns one run's part.
struct RunFailure: @unsafe WireValue {
    var run: RunID
    var error: SluiceError

    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__RunAndError> {
        let c = unsafe arena.new(sluice__run_and_error__init)
        unsafe c.pointee.run = run.rawValue
        unsafe c.pointee.error = error.packed(in: arena)
        return unsafe c
    }
}

extension RunFailure {
    init(_ c: Sluice__RunAndError) throws(FieldFault) {
        unsafe self.init(
            run: try Check.run(c.run, "RunAndError.run"), error: try SluiceError(c.error, "RunAndError.error"))
    }
}

extension Limits {
    /// Bytes of one node's block of a plan: what an `off_t` holds, and a sum of two does not overflow.
    package static let mostBlockBytes: UInt64 = 1 << 62
}

extension Check {
    /// Whole cache lines.
    static func aligned(_ value: UInt64, from least: UInt64, _ field: String) throws(FieldFault) -> UInt64 {
        let value = try range(value, least, Limits.mostBlockBytes, field)
        guard value.isMultiple(of: 64) else {
            throw FieldFault(field, .inconsistent("\(value) is no multiple of 64"))
        }
        return value
    }
}
