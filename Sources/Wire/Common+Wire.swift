internal import CSluiceProtos
internal import SluiceModel

extension VersionRange: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__VersionRange> {
        let c = unsafe arena.new(sluice__version_range__init)
        unsafe c.pointee.oldest = oldest
        unsafe c.pointee.newest = newest
        return unsafe c
    }

    init(_ c: Sluice__VersionRange) throws(FieldFault) {
        guard unsafe c.oldest <= c.newest else {
            throw FieldFault(
                "VersionRange", .inconsistent("oldest \(unsafe c.oldest) is above newest \(unsafe c.newest)"))
        }
        unsafe self.init(oldest: c.oldest, newest: c.newest)
    }
}

extension SluiceError: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__Error> {
        let c = unsafe arena.new(sluice__error__init)
        unsafe c.pointee.code = arena.bytes(code.rawValue)
        unsafe c.pointee.message = arena.bytes(message)
        if let channel {
            unsafe c.pointee.channel_or_not_case = SLUICE__ERROR__CHANNEL_OR_NOT_CHANNEL
            unsafe c.pointee.channel = arena.bytes(channel)
        }
        if let actor {
            unsafe c.pointee.actor_or_not_case = SLUICE__ERROR__ACTOR_OR_NOT_ACTOR
            unsafe c.pointee.actor = arena.bytes(actor)
        }
        if let node {
            unsafe c.pointee.node_or_not_case = SLUICE__ERROR__NODE_OR_NOT_NODE
            unsafe c.pointee.node = arena.bytes(node)
        }
        if let pid {
            unsafe c.pointee.pid_or_not_case = SLUICE__ERROR__PID_OR_NOT_PID
            unsafe c.pointee.pid = pid
        }
        if let sequence {
            unsafe c.pointee.sequence_or_not_case = SLUICE__ERROR__SEQUENCE_OR_NOT_SEQUENCE
            unsafe c.pointee.sequence = sequence
        }
        if let needed {
            unsafe c.pointee.needed_or_not_case = SLUICE__ERROR__NEEDED_OR_NOT_NEEDED
            unsafe c.pointee.needed = needed
        }
        if let available {
            unsafe c.pointee.available_or_not_case = SLUICE__ERROR__AVAILABLE_OR_NOT_AVAILABLE
            unsafe c.pointee.available = available
        }
        if let cause {
            unsafe c.pointee.cause_or_not_case = SLUICE__ERROR__CAUSE_OR_NOT_CAUSE
            unsafe c.pointee.cause = arena.bytes(cause)
        }
        return unsafe c
    }

    init(_ c: Sluice__Error) throws(FieldFault) {
        guard unsafe c.code.len > 0 else { throw FieldFault("Error.code", .missing) }
        let code = Code(rawValue: try unsafe Check.text(c.code, "Error.code"))
        self.init(code, try unsafe Check.text(c.message, "Error.message"))
        if unsafe c.channel_or_not_case == SLUICE__ERROR__CHANNEL_OR_NOT_CHANNEL {
            channel = try unsafe Check.text(c.channel, "Error.channel")
        }
        if unsafe c.actor_or_not_case == SLUICE__ERROR__ACTOR_OR_NOT_ACTOR {
            actor = try unsafe Check.text(c.actor, "Error.actor")
        }
        if unsafe c.node_or_not_case == SLUICE__ERROR__NODE_OR_NOT_NODE {
            node = try unsafe Check.text(c.node, "Error.node")
        }
        if unsafe c.pid_or_not_case == SLUICE__ERROR__PID_OR_NOT_PID { pid = unsafe c.pid }
        if unsafe c.sequence_or_not_case == SLUICE__ERROR__SEQUENCE_OR_NOT_SEQUENCE { sequence = unsafe c.sequence }
        if unsafe c.needed_or_not_case == SLUICE__ERROR__NEEDED_OR_NOT_NEEDED { needed = unsafe c.needed }
        if unsafe c.available_or_not_case == SLUICE__ERROR__AVAILABLE_OR_NOT_AVAILABLE {
            available = unsafe c.available
        }
        if unsafe c.cause_or_not_case == SLUICE__ERROR__CAUSE_OR_NOT_CAUSE {
            cause = try unsafe Check.text(c.cause, "Error.cause")
        }
    }
}

extension ChannelSpec: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__ChannelSpec> {
        let c = unsafe arena.new(sluice__channel_spec__init)
        unsafe c.pointee.id = id.rawValue
        unsafe c.pointee.name = arena.bytes(name.rawValue)
        unsafe c.pointee.writer = arena.bytes(writer.rawValue)
        unsafe (c.pointee.n_readers, c.pointee.readers) = arena.list(readers.map { unsafe arena.bytes($0.rawValue) })
        unsafe c.pointee.slots = UInt64(slots)
        unsafe c.pointee.slot_size = UInt64(slotSize)
        unsafe c.pointee.largest_value = UInt64(largestValue)
        unsafe c.pointee.declaration = arena.bytes(declaration)
        return unsafe c
    }

    init(_ c: Sluice__ChannelSpec) throws(FieldFault) {
        let slots = try unsafe Check.range(c.slots, 1, UInt64(Limits.mostSlots), "ChannelSpec.slots")
        let slotSize = try unsafe Check.range(c.slot_size, 1, UInt64(Limits.mostSlotSize), "ChannelSpec.slotSize")
        let largest = try unsafe Check.range(
            c.largest_value, slotSize, UInt64(Limits.mostSlotSize), "ChannelSpec.largestValue")
        try unsafe Check.count(c.declaration.len, most: Limits.mostDeclarationBytes, "ChannelSpec.declaration")
        let id = try unsafe Check.channel(c.id, "ChannelSpec.id")
        let name: ChannelName = try unsafe Check.name(c.name, "ChannelSpec.name")
        let writer: ActorName = try unsafe Check.name(c.writer, "ChannelSpec.writer")
        let readers: [ActorName] = try unsafe Check.names(
            c.readers, c.n_readers, most: Limits.mostReaders, "ChannelSpec.readers")
        do {
            try self.init(
                id: id, name: name, writer: writer, readers: readers, slots: Int(slots), slotSize: Int(slotSize),
                largestValue: Int(largest), declaration: unsafe Check.array(c.declaration))
        } catch {
            throw FieldFault("ChannelSpec", .invalid(error))
        }
    }
}

extension ChannelEnd: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__ChannelEnd> {
        let c = unsafe arena.new(sluice__channel_end__init)
        unsafe c.pointee.final = final
        unsafe c.pointee.reason = Sluice__EndReason(rawValue: reason.rawValue)
        return unsafe c
    }

    init(_ c: Sluice__ChannelEnd) throws(FieldFault) {
        unsafe self.init(
            final: c.final == Self.whatLanded ? c.final : try Check.sequence(c.final, "ChannelEnd.final"),
            reason: try Check.known(c.reason.rawValue, "ChannelEnd.reason"))
    }
}

extension ActorIdentity: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__ActorIdentity> {
        let c = unsafe arena.new(sluice__actor_identity__init)
        unsafe c.pointee.name = arena.bytes(name.rawValue)
        unsafe c.pointee.incarnation = incarnation
        return unsafe c
    }

    init(_ c: Sluice__ActorIdentity) throws(FieldFault) {
        unsafe self.init(name: try Check.name(c.name, "ActorIdentity.name"), incarnation: c.incarnation)
    }
}

extension Timeout: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__Timeout> {
        let c = unsafe arena.new(sluice__timeout__init)
        if let nanoseconds {
            unsafe c.pointee.limit_case = SLUICE__TIMEOUT__LIMIT_NANOSECONDS
            unsafe c.pointee.nanoseconds = nanoseconds
        }
        return unsafe c
    }

    init(_ c: Sluice__Timeout) throws(FieldFault) {
        let isLimited = unsafe c.limit_case == SLUICE__TIMEOUT__LIMIT_NANOSECONDS
        unsafe self.init(nanoseconds: isLimited ? c.nanoseconds : nil)
    }
}

/// What a peer is told that is turned away.
struct Refusal: @unsafe WireValue {
    var error: SluiceError
    var versions: VersionRange

    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__Refused> {
        let c = unsafe arena.new(sluice__refused__init)
        unsafe c.pointee.error = error.packed(in: arena)
        unsafe c.pointee.versions = versions.packed(in: arena)
        return unsafe c
    }
}

extension Refusal {
    init(_ c: Sluice__Refused) throws(FieldFault) {
        unsafe self.init(
            error: try SluiceError(c.error, "Refused.error"),
            versions: try VersionRange(c.versions, "Refused.versions"))
    }
}

/// An error that concerns one channel.
struct ChannelFailure: @unsafe WireValue {
    var channel: ChannelID
    var error: SluiceError

    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__ChannelAndError> {
        let c = unsafe arena.new(sluice__channel_and_error__init)
        unsafe c.pointee.channel = channel.rawValue
        unsafe c.pointee.error = error.packed(in: arena)
        return unsafe c
    }
}

extension ChannelFailure {
    init(_ c: Sluice__ChannelAndError) throws(FieldFault) {
        unsafe self.init(
            channel: try Check.channel(c.channel, "ChannelAndError.channel"),
            error: try SluiceError(c.error, "ChannelAndError.error"))
    }
}

/// A body that says all by its case.
struct Nothing: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__Nothing> {
        unsafe arena.new(sluice__nothing__init)
    }
}

extension Nothing {
    init(_ c: Sluice__Nothing) throws(FieldFault) { self.init() }
}
