internal import CSluiceProtos
internal import SluiceModel

extension PeerMessage {
    package func encoded() -> [UInt8] { unsafe pack() }

    /// - Throws: ``WireError``, whatever the bytes are; nothing that arrives traps.
    package init(decoding bytes: UnsafeRawBufferPointer) throws(WireError) { try unsafe self.init(unpacking: bytes) }
    package init(decoding bytes: [UInt8]) throws(WireError) { try unsafe self.init(unpackingArray: bytes) }
}

extension PeerMessage: @unsafe WireMessage {
    static var name: String { "PeerMessage" }
    static var mostBytes: Int { Limits.mostNetworkMessageBytes }

    static func unpack(
        _ allocator: UnsafeMutablePointer<ProtobufCAllocator>, _ count: Int, _ data: UnsafePointer<UInt8>?
    ) -> UnsafeMutablePointer<Sluice__PeerMessage>? {
        unsafe sluice__peer_message__unpack(allocator, count, data)
    }

    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__PeerMessage> {
        let c = unsafe arena.new(sluice__peer_message__init)
        switch self {
        case .hello(let hello):
            unsafe c.pointee.body_case = SLUICE__PEER_MESSAGE__BODY_HELLO
            unsafe c.pointee.hello = hello.packed(in: arena)
        case .welcome(let version, let node, let incarnation):
            unsafe c.pointee.body_case = SLUICE__PEER_MESSAGE__BODY_WELCOME
            unsafe c.pointee.welcome = arena.new(sluice__peer_welcome__init)
            unsafe c.pointee.welcome.pointee.version = version
            unsafe c.pointee.welcome.pointee.node = arena.bytes(node.rawValue)
            unsafe c.pointee.welcome.pointee.incarnation = incarnation
        case .refused(let error, let versions):
            unsafe c.pointee.body_case = SLUICE__PEER_MESSAGE__BODY_REFUSED
            unsafe c.pointee.refused = Refusal(error: error, versions: versions).packed(in: arena)
        case .open(let open):
            unsafe c.pointee.body_case = SLUICE__PEER_MESSAGE__BODY_OPEN
            unsafe c.pointee.open = open.packed(in: arena)
        case .opened(let channel, let stream, let next):
            unsafe c.pointee.body_case = SLUICE__PEER_MESSAGE__BODY_OPENED
            unsafe c.pointee.opened = arena.new(sluice__stream_opened__init)
            unsafe c.pointee.opened.pointee.channel = channel.rawValue
            unsafe c.pointee.opened.pointee.stream = stream
            unsafe c.pointee.opened.pointee.next = next
        case .openRefused(let channel, let stream, let error):
            unsafe c.pointee.body_case = SLUICE__PEER_MESSAGE__BODY_OPEN_REFUSED
            unsafe c.pointee.open_refused = arena.new(sluice__open_refused__init)
            unsafe c.pointee.open_refused.pointee.channel = channel.rawValue
            unsafe c.pointee.open_refused.pointee.stream = stream
            unsafe c.pointee.open_refused.pointee.error = error.packed(in: arena)
        case .ended(let channel, let stream, let end):
            unsafe c.pointee.body_case = SLUICE__PEER_MESSAGE__BODY_ENDED
            unsafe c.pointee.ended = arena.new(sluice__stream_ended__init)
            unsafe c.pointee.ended.pointee.channel = channel.rawValue
            unsafe c.pointee.ended.pointee.stream = stream
            unsafe c.pointee.ended.pointee.end = end.packed(in: arena)
        case .close(let channel, let stream):
            unsafe c.pointee.body_case = SLUICE__PEER_MESSAGE__BODY_CLOSE
            unsafe c.pointee.close = arena.new(sluice__close_stream__init)
            unsafe c.pointee.close.pointee.channel = channel.rawValue
            unsafe c.pointee.close.pointee.stream = stream
        case .locate(let nonce):
            unsafe c.pointee.body_case = SLUICE__PEER_MESSAGE__BODY_LOCATE
            unsafe c.pointee.locate = arena.new(sluice__locate__init)
            unsafe c.pointee.locate.pointee.nonce = nonce
        case .located(let nonce, let location):
            unsafe c.pointee.body_case = SLUICE__PEER_MESSAGE__BODY_LOCATED
            unsafe c.pointee.located = arena.new(sluice__located__init)
            unsafe c.pointee.located.pointee.nonce = nonce
            unsafe c.pointee.located.pointee.path = arena.bytes(location.path)
            unsafe c.pointee.located.pointee.token = arena.bytes(location.token)
        case .reserve(let channel, let slotSize):
            unsafe c.pointee.body_case = SLUICE__PEER_MESSAGE__BODY_RESERVE
            unsafe c.pointee.reserve = ChannelSlotSize(channel: channel, slotSize: slotSize).packed(in: arena)
        case .reserved(let channel, let slotSize):
            unsafe c.pointee.body_case = SLUICE__PEER_MESSAGE__BODY_RESERVED
            unsafe c.pointee.reserved = ChannelSlotSize(channel: channel, slotSize: slotSize).packed(in: arena)
        case .reserveRefused(let channel, let slotSize, let error):
            unsafe c.pointee.body_case = SLUICE__PEER_MESSAGE__BODY_RESERVE_REFUSED
            unsafe c.pointee.reserve_refused = arena.new(sluice__reserve_refused__init)
            unsafe c.pointee.reserve_refused.pointee.channel = channel.rawValue
            unsafe c.pointee.reserve_refused.pointee.slot_size = UInt64(slotSize)
            unsafe c.pointee.reserve_refused.pointee.error = error.packed(in: arena)
        case .unreserve(let channel, let slotSize):
            unsafe c.pointee.body_case = SLUICE__PEER_MESSAGE__BODY_UNRESERVE
            unsafe c.pointee.unreserve = ChannelSlotSize(channel: channel, slotSize: slotSize).packed(in: arena)
        }
        return unsafe c
    }

    init(_ c: Sluice__PeerMessage) throws(FieldFault) {
        switch unsafe c.body_case {
        case SLUICE__PEER_MESSAGE__BODY_HELLO:
            self = .hello(try unsafe PeerHello(c.hello, "PeerMessage.hello"))
        case SLUICE__PEER_MESSAGE__BODY_WELCOME:
            let welcome = try unsafe Check.part(c.welcome, "PeerMessage.welcome")
            self = .welcome(
                version: unsafe welcome.version, node: try unsafe Check.name(welcome.node, "PeerWelcome.node"),
                incarnation: unsafe welcome.incarnation)
        case SLUICE__PEER_MESSAGE__BODY_REFUSED:
            let refusal = try unsafe Refusal(c.refused, "PeerMessage.refused")
            self = .refused(refusal.error, refusal.versions)
        case SLUICE__PEER_MESSAGE__BODY_OPEN:
            self = .open(try unsafe OpenStream(c.open, "PeerMessage.open"))
        case SLUICE__PEER_MESSAGE__BODY_OPENED:
            let opened = try unsafe Check.part(c.opened, "PeerMessage.opened")
            self = .opened(
                try unsafe Check.channel(opened.channel, "StreamOpened.channel"),
                stream: try unsafe Check.nonZero(opened.stream, "StreamOpened.stream"),
                next: try unsafe Check.sequence(opened.next, "StreamOpened.next"))
        case SLUICE__PEER_MESSAGE__BODY_OPEN_REFUSED:
            let refused = try unsafe Check.part(c.open_refused, "PeerMessage.openRefused")
            self = .openRefused(
                try unsafe Check.channel(refused.channel, "OpenRefused.channel"),
                stream: try unsafe Check.nonZero(refused.stream, "OpenRefused.stream"),
                try unsafe SluiceError(refused.error, "OpenRefused.error"))
        case SLUICE__PEER_MESSAGE__BODY_ENDED:
            let ended = try unsafe Check.part(c.ended, "PeerMessage.ended")
            self = .ended(
                try unsafe Check.channel(ended.channel, "StreamEnded.channel"),
                stream: try unsafe Check.nonZero(ended.stream, "StreamEnded.stream"),
                try unsafe ChannelEnd(ended.end, "StreamEnded.end"))
        case SLUICE__PEER_MESSAGE__BODY_CLOSE:
            let close = try unsafe Check.part(c.close, "PeerMessage.close")
            self = .close(
                try unsafe Check.channel(close.channel, "CloseStream.channel"),
                stream: try unsafe Check.nonZero(close.stream, "CloseStream.stream"))
        case SLUICE__PEER_MESSAGE__BODY_LOCATE:
            self = .locate(
                nonce: try unsafe Check.nonZero(Check.part(c.locate, "PeerMessage.locate").nonce, "Locate.nonce"))
        case SLUICE__PEER_MESSAGE__BODY_LOCATED:
            let located = try unsafe Check.part(c.located, "PeerMessage.located")
            let token = unsafe Check.array(located.token)
            _ = try Check.range(
                token.count, UInt64(SocketLocation.tokenBytes.lowerBound), UInt64(SocketLocation.tokenBytes.upperBound),
                "Located.token")
            self = .located(
                nonce: try unsafe Check.nonZero(located.nonce, "Located.nonce"),
                SocketLocation(path: try unsafe Check.text(located.path, "Located.path"), token: token))
        case SLUICE__PEER_MESSAGE__BODY_RESERVE:
            let reserve = try unsafe ChannelSlotSize(c.reserve, "PeerMessage.reserve")
            self = .reserve(reserve.channel, slotSize: reserve.slotSize)
        case SLUICE__PEER_MESSAGE__BODY_RESERVED:
            let reserved = try unsafe ChannelSlotSize(c.reserved, "PeerMessage.reserved")
            self = .reserved(reserved.channel, slotSize: reserved.slotSize)
        case SLUICE__PEER_MESSAGE__BODY_RESERVE_REFUSED:
            let refused = try unsafe Check.part(c.reserve_refused, "PeerMessage.reserveRefused")
            self = .reserveRefused(
                try unsafe Check.channel(refused.channel, "ReserveRefused.channel"),
                slotSize: try unsafe Check.slotSize(refused.slot_size, "ReserveRefused.slotSize"),
                try unsafe SluiceError(refused.error, "ReserveRefused.error"))
        case SLUICE__PEER_MESSAGE__BODY_UNRESERVE:
            let unreserve = try unsafe ChannelSlotSize(c.unreserve, "PeerMessage.unreserve")
            self = .unreserve(unreserve.channel, slotSize: unreserve.slotSize)
        default: throw unsafe PeerMessage.unknownBody(c.base)
        }
    }
}

extension PeerHello: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__PeerHello> {
        let c = unsafe arena.new(sluice__peer_hello__init)
        unsafe c.pointee.versions = versions.packed(in: arena)
        unsafe c.pointee.node = arena.bytes(node.rawValue)
        unsafe c.pointee.incarnation = incarnation
        unsafe c.pointee.session = session
        unsafe c.pointee.epoch = epoch
        return unsafe c
    }

    init(_ c: Sluice__PeerHello) throws(FieldFault) {
        unsafe self.init(
            versions: try VersionRange(c.versions, "PeerHello.versions"),
            node: try Check.name(c.node, "PeerHello.node"),
            incarnation: c.incarnation,
            session: try Check.nonZero(c.session, "PeerHello.session"),
            epoch: c.epoch)
    }
}

extension OpenStream: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__OpenStream> {
        let c = unsafe arena.new(sluice__open_stream__init)
        unsafe c.pointee.channel = channel.rawValue
        unsafe c.pointee.stream = stream
        unsafe c.pointee.next = next ?? 0
        unsafe c.pointee.has_next = next == nil ? 0 : 1
        unsafe c.pointee.may_reach = mayReach
        unsafe c.pointee.slot_size = UInt64(slotSize)
        return unsafe c
    }

    init(_ c: Sluice__OpenStream) throws(FieldFault) {
        let next = try unsafe Check.sequence(c.next, "OpenStream.next")
        // A receiver cannot grant more than its ring has slots, nor take back what it has.
        let mayReach = try unsafe Check.range(
            c.may_reach, next, next + UInt64(Limits.mostSlots), "OpenStream.mayReach")
        unsafe self.init(
            channel: try Check.channel(c.channel, "OpenStream.channel"),
            stream: try Check.nonZero(c.stream, "OpenStream.stream"),
            next: c.has_next != 0 ? next : nil, mayReach: mayReach,
            slotSize: try Check.slotSize(c.slot_size, "OpenStream.slotSize"))
    }
}
