import SluiceModel
import Wire

/// A message of one conversation with every one of its cases in reach.
protocol AnyMessage: Equatable {
    static var cases: Int { get }
    static func random(_ index: Int, _ values: inout RandomValues) -> Self
    func encoded() -> [UInt8]
    init(decoding bytes: [UInt8]) throws(WireError)
}

extension WorkerMessage: AnyMessage {
    static var cases: Int { 19 }

    static func random(_ index: Int, _ r: inout RandomValues) -> WorkerMessage {
        WorkerMessage(request: r.u64(), body(index, &r))
    }

    private static func body(_ index: Int, _ r: inout RandomValues) -> Body {
        switch index {
        case 0:
            .hello(
                WorkerHello(
                    versions: r.versions(), pid: r.pid(), startTime: r.u64(), life: r.life(),
                    actors: r.list(5) { $0.identity() }))
        case 1: .registerActor(r.name())
        case 2: .createChannel(CreateChannel(spec: r.spec(), endpoint: UInt32(r.below(1024)), timeout: r.timeout()))
        case 3: .openReader(OpenReader(channel: r.name(), actor: r.name(), line: r.line(), timeout: r.timeout()))
        case 4: .closeWriter(r.channel(), final: r.sequence())
        case 5: .closeReader(r.channel(), line: r.line())
        case 6: .attached(gate: r.gate(), first: r.sequence())
        case 7: .done
        case 8: .failed(r.error())
        case 9:
            .handBackWriter(
                HandBackWriter(spec: r.spec(), endpoint: UInt32(r.below(1024)), payloads: r.list(5) { $0.payload() }))
        case 10:
            .handBackReader(
                HandBackReader(
                    spec: r.spec(), actor: r.name(), line: r.line(), gate: r.gate(), route: r.route(),
                    payloads: r.list(5) { $0.payload() }))
        case 11: .handBackDone
        case 12: .cancel(request: r.u64())
        case 13: .status
        case 14: .growChannel(r.channel(), needed: UInt64(r.slotSize()), timeout: r.timeout())
        case 15: .generationLeft(r.channel())
        case 16: .openBlock(RunID(rawValue: r.channel().rawValue))
        case 17: .planCall(r.json(), timeout: r.timeout())
        default: .goodbye
        }
    }
}

extension AgentMessage: AnyMessage {
    static var cases: Int { 19 }

    static func random(_ index: Int, _ r: inout RandomValues) -> AgentMessage {
        AgentMessage(request: r.u64(), body(index, &r))
    }

    private static func body(_ index: Int, _ r: inout RandomValues) -> Body {
        switch index {
        case 0:
            .welcome(
                AgentWelcome(version: r.u32(), node: r.name(), life: r.life(), pid: r.pid(), wantsHandBack: r.bool()))
        case 1: .refused(r.error(), r.versions())
        case 2: .actorRegistered(r.u64())
        case 3: .channelCreated(r.channel(), r.payload())
        case 4:
            .readerOpened(
                ReaderOpened(
                    spec: r.spec(), route: r.route(), gate: r.gate(), first: r.sequence(), writerNode: r.name(),
                    writerPID: r.pid(), ended: r.optional(r.end()), payloads: r.list(5) { $0.payload() }))
        case 5: .done
        case 6: .failed(r.error())
        case 7:
            .attach(
                AttachGate(
                    channel: r.channel(), kind: [.placeholder, .reader, .destination][r.below(3)], life: r.life(),
                    pid: r.pid(), startTime: r.u64(), line: r.line(), reader: UInt32(r.below(Limits.mostReaders)),
                    replaces: r.optional(r.gate()), floor: r.optional(r.sequence())))
        case 8: .detach(r.channel(), gate: r.gate())
        case 9: .ended(r.channel(), final: r.sequence(), reason: r.reason())
        case 10: .failedChannel(r.channel(), r.error())
        case 11: .lineFree(line: r.line())
        case 12: .grown(r.channel(), r.payload())
        case 13: .addGeneration(r.channel(), r.payload())
        case 14: .dropGeneration(r.channel(), generation: r.payload().generation)
        case 15: .generationsOver(r.channel(), oldest: r.payload().generation)
        case 16: .blockOpened(bytes: UInt64(r.slotSize()))
        case 17: .planAnswer(r.json())
        default: .status(r.json())
        }
    }
}

extension NodeMessage: AnyMessage {
    static var cases: Int { 22 }

    static func random(_ index: Int, _ r: inout RandomValues) -> NodeMessage {
        NodeMessage(request: r.u64(), body(index, &r))
    }

    private static func body(_ index: Int, _ r: inout RandomValues) -> Body {
        switch index {
        case 0: .register(register(&r))
        case 1: .heartbeat(Heartbeat(desired: r.u64(), sessions: r.list(5) { $0.name() }))
        case 2: .registerActor(r.name(), life: r.life(), pid: r.pid())
        case 3: .actorsLost(r.list(5) { $0.identity() })
        case 4: .createChannel(r.spec(), timeout: r.timeout())
        case 5: .abandonChannel(r.channel())
        case 6: .endChannel(r.channel(), r.end())
        case 7: .channelDrained(r.channel())
        case 8: .resolveReader(r.name(), r.name(), timeout: r.timeout())
        case 9: .readerOpen(r.channel(), r.name(), isOpen: r.bool())
        case 10: .referenceReady(r.channel())
        case 11: .referenceRefused(r.channel(), r.error())
        case 12: .referenceDrained(r.channel())
        case 13: .status
        case 14: .statusReport(r.json())
        case 15: .pong
        case 16: .planCall(r.json(), timeout: r.timeout(), life: r.life(), pid: r.pid())
        case 17: .cancelPlanCall(request: r.u64())
        case 18: .partReady(r.run())
        case 19: .partRefused(r.run(), r.error())
        case 20: .partGone(r.run())
        default: .leave
        }
    }

    private static func register(_ r: inout RandomValues) -> RegisterNode {
        RegisterNode(
            versions: r.versions(), node: r.name(), life: r.life(), incarnation: r.u64(), epoch: r.u64(),
            controlEndpoint: r.address(), dataEndpoint: r.address(), publicKey: r.key(),
            actors: r.list(4) { ActorReport(identity: $0.identity(), life: $0.life(), pid: $0.pid()) },
            writers: r.list(4) {
                WriterReport(
                    spec: $0.spec(), end: $0.optional($0.end()), readerNodes: $0.list(4) { $0.optional($0.name()) })
            },
            references: r.list(4) {
                ReferenceReport(spec: $0.spec(), published: $0.sequence(), writerNode: $0.optional($0.name()))
            },
            parts: r.list(4) { $0.run() }, memory: r.u64())
    }
}

extension CoordinatorMessage: AnyMessage {
    static var cases: Int { 13 }

    static func random(_ index: Int, _ r: inout RandomValues) -> CoordinatorMessage {
        CoordinatorMessage(request: r.u64(), body(index, &r))
    }

    private static func body(_ index: Int, _ r: inout RandomValues) -> Body {
        switch index {
        case 0:
            .registered(
                NodeRegistered(
                    version: r.u32(), epoch: r.u64(), incarnation: r.u64(),
                    leaseMilliseconds: 1 + UInt64(r.below(1_000_000)),
                    heartbeatMilliseconds: Limits.mostLeaseMilliseconds, desired: desired(&r)))
        case 1: .refused(r.error(), r.versions())
        case 2: .actorRegistered(r.u64())
        case 3: .channelCreated(r.channel())
        case 4: .readerResolved(r.spec(), writerNode: r.name())
        case 5: .done
        case 6: .failed(r.error())
        case 7: .desired(desired(&r))
        case 8: .statusRequest
        case 9: .status(r.json())
        case 10: .ping
        case 11: .planAnswer(r.json())
        default: .fenced(r.error())
        }
    }

    private static func desired(_ r: inout RandomValues) -> DesiredUpdate {
        DesiredUpdate(
            base: r.u64(), version: r.u64(),
            peers: r.list(3) {
                Peer(
                    node: $0.name(), incarnation: $0.u64(), controlEndpoint: $0.address(), dataEndpoint: $0.address(),
                    publicKey: $0.key())
            },
            lostPeers: r.list(3) { $0.name() },
            writers: r.list(3) {
                DesiredWriter(
                    channel: $0.channel(), readerNodes: $0.list(5) { $0.optional($0.name()) },
                    destinations: $0.list(5) { $0.name() })
            },
            removedWriters: r.list(9) { $0.channel() },
            references: r.list(3) {
                let spec = $0.spec()
                return DesiredReference(
                    spec: spec, writerNode: $0.name(), readers: spec.readers.indices.map(UInt32.init),
                    end: $0.optional($0.end()))
            },
            removedReferences: r.list(9) { $0.channel() }, parts: r.list(3) { $0.part() },
            keptParts: r.list(3) { $0.run() }, removedParts: r.list(3) { $0.run() })
    }
}

extension PeerMessage: AnyMessage {
    static var cases: Int { 14 }

    static func random(_ index: Int, _ r: inout RandomValues) -> PeerMessage {
        switch index {
        case 0:
            .hello(
                PeerHello(
                    versions: r.versions(), node: r.name(), incarnation: r.u64(), session: r.nonZero(), epoch: r.u64()))
        case 1: .welcome(version: r.u32(), node: r.name(), incarnation: r.u64())
        case 2: .refused(r.error(), r.versions())
        case 3: .open(open(&r))
        case 4: .openRefused(r.channel(), stream: r.nonZero(), r.error())
        case 5: .ended(r.channel(), stream: r.nonZero(), r.end())
        case 6: .close(r.channel(), stream: r.nonZero())
        case 7: .opened(r.channel(), stream: r.nonZero(), next: r.sequence())
        case 8: .locate(nonce: r.nonZero())
        case 9: .reserve(r.channel(), slotSize: r.slotSize())
        case 10: .reserved(r.channel(), slotSize: r.slotSize())
        case 11: .reserveRefused(r.channel(), slotSize: r.slotSize(), r.error())
        case 12: .unreserve(r.channel(), slotSize: r.slotSize())
        default:
            .located(
                nonce: r.nonZero(),
                SocketLocation(
                    path: "/\(r.name() as NodeName)",
                    token: r.list(16) { UInt8(truncatingIfNeeded: $0.u64()) } + Array(repeating: 7, count: 16)))
        }
    }

    private static func open(_ r: inout RandomValues) -> OpenStream {
        let next = r.sequence()
        guard r.below(4) > 0 else {
            return OpenStream(channel: r.channel(), stream: r.nonZero(), next: nil, mayReach: 0, slotSize: r.slotSize())
        }
        return OpenStream(
            channel: r.channel(), stream: r.nonZero(), next: next, mayReach: next + UInt64(r.below(Limits.mostSlots)),
            slotSize: r.slotSize())
    }
}
