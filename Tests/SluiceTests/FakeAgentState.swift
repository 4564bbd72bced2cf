import Foundation
import Ring
import SharedMemory
import SluiceModel
import Testing
import Wire

/// What the fake agent knows. All on its thread, under its lock.
struct FakeAgentState {
    struct Peer {
        let connection: UnixConnection
        var hello: WorkerHello?
        var segment: Descriptor?
        /// What the worker's socket did not take yet.
        var waiting: [(bytes: [UInt8], descriptors: [Descriptor])] = []

        mutating func send(_ bytes: [UInt8], _ descriptors: [Descriptor]) {
            waiting.append((bytes, descriptors))
            flush()
        }

        mutating func flush() {
            while let next = waiting.first {
                guard (try? connection.send(next.bytes, descriptors: next.descriptors)) != .wouldBlock else { return }
                waiting.removeFirst()
            }
        }
    }

    /// A reader of one channel.
    struct ReaderState {
        var life: ProcessLife
        var line: UInt32
        var gate: UInt32
        var isClosing = false
    }

    struct Channel {
        var spec: ChannelSpec
        var memory: RingMemory
        var control: Segment
        var payload: Segment
        var writer: ProcessLife
        /// By index in the spec's readers.
        var placeholders: [Int: UInt32] = [:]
        var readers: [Int: ReaderState] = [:]
        var end: ChannelEnd?
    }

    /// What the agent has asked of a worker.
    enum Question {
        case attachReader(ChannelID, index: Int, asker: UInt64, request: UInt64, line: UInt32)
        case attachPlaceholder(ChannelID, index: Int)
        case detach(ChannelID, life: ProcessLife, line: UInt32)
    }

    struct Waiting {
        var tag: UInt64
        var request: UInt64
        var open: OpenReader
        var deadline: Deadline
    }

    var options: FakeAgent.Options
    var isStopping = false
    var nextTag: UInt64 = 2
    var peers: [UInt64: Peer] = [:]
    var channels: [ChannelID: Channel] = [:]
    let segment: ProcessSegment
    private var departed: [ProcessLife: WorkerHello] = [:]
    private var nextLine: UInt32 = 0
    /// Calls about plans that are not answered.
    private var planCalls: Set<UInt64> = []
    private var nextRequest: UInt64 = 1
    private var questions: [UInt64: Question] = [:]
    private var waiting: [Waiting] = []
    private var actors: [ActorName: (incarnation: Incarnation, owner: ProcessLife?)] = [:]
    private var handedBack: Set<ProcessLife> = []
    /// What workers have said, for tests to wait for.
    var heard: [WorkerMessage] = []

    init(_ options: FakeAgent.Options) throws {
        self.options = options
        segment = try ProcessSegment(life: .random(), cursorCount: 4096)
    }

    mutating func forgetAll() {
        peers = [:]
        channels = [:]
        waiting = []
    }

    var readOnlySegment: Descriptor {
        get throws { try #require(segment.segment).reopenReadOnly().descriptor }
    }

    // MARK: Conversation

    mutating func send(_ body: AgentMessage.Body, request: UInt64 = 0, _ descriptors: [Descriptor] = [], to tag: UInt64)
    {
        peers[tag]?.send(AgentMessage(request: request, body).encoded(), descriptors)
    }

    private mutating func ask(
        _ question: Question, _ body: AgentMessage.Body, _ descriptors: [Descriptor], of tag: UInt64
    ) {
        let request = nextRequest
        nextRequest += 1
        questions[request] = question
        send(body, request: request, descriptors, to: tag)
    }

    func tag(of life: ProcessLife) -> UInt64? { peers.first { $0.value.hello?.life == life }?.key }

    mutating func handle(_ message: WorkerMessage, _ descriptors: [Descriptor], from tag: UInt64) {
        do {
            try act(on: message, descriptors, from: tag)
        } catch let error as SluiceError {
            send(.failed(error), request: message.request, to: tag)
        } catch {
            send(.failed(SluiceError(.system, "\(error)")), request: message.request, to: tag)
        }
    }

    private mutating func act(on message: WorkerMessage, _ descriptors: [Descriptor], from tag: UInt64) throws {
        let request = message.request
        guard let peer = peers[tag] else { return }
        switch message.body {
        case .hello(let hello):
            peers[tag]?.hello = hello
            departed[hello.life] = nil
            peers[tag]?.segment = descriptors.first
            for actor in hello.actors { actors[actor.name] = (actor.incarnation, hello.life) }
            guard let node = try? NodeName(options.node) else { return }
            let welcome = AgentWelcome(
                version: 1, node: node, life: segment.life, pid: getpid(),
                wantsHandBack: handedBack.insert(hello.life).inserted)
            send(.welcome(welcome), [try readOnlySegment], to: tag)
        case .registerActor(let name):
            try register(name, peer, request, tag)
        case .createChannel(let create):
            try self.create(create, peer, request, tag)
        case .openReader(let open):
            waiting.append(
                Waiting(tag: tag, request: request, open: open, deadline: Deadline(open.timeout, from: monotonicNow())))
            openWaiting()
        case .closeWriter(let id, let final):
            end(id, ChannelEnd(final: final, reason: .closed))
            send(.done, request: request, to: tag)
        case .closeReader(let id, let line):
            if let life = peer.hello?.life { detach(id, life, line) }
            send(.done, request: request, to: tag)
        case .attached(let gate, let first): attached(request, gate, first)
        case .done: done(request)
        case .failed: questions[request] = nil
        case .handBackWriter(let back): try handBack(back, descriptors, peer, request, tag)
        case .handBackReader(let back): handBack(back, peer, request, tag)
        case .handBackDone, .generationLeft: break
        case .growChannel(let id, let needed, _):
            let spec = channels[id]?.spec
            let error = SluiceError(
                .valueTooLarge, "this agent lets no channel grow", channel: spec?.name.rawValue, needed: needed,
                available: spec.map { UInt64($0.slotSize) })
            send(.failed(error), request: request, to: tag)
        case .cancel(let cancelled):
            if planCalls.remove(cancelled) != nil {
                send(.failed(SluiceError(.cancelled, "cancelled")), request: cancelled, to: tag)
            }
            if let index = waiting.firstIndex(where: { $0.tag == tag && $0.request == cancelled }) {
                waiting.remove(at: index)
                send(.failed(SluiceError(.cancelled, "cancelled")), request: cancelled, to: tag)
            }
        case .openBlock(let run):
            send(.failed(SluiceError(.unknownChannel, "no plan run \(run) here")), request: request, to: tag)
        case .status: sendStatus(request, tag)
        case .planCall(let call, _): try answer(PlanCall(decoding: call), request, tag)
        case .goodbye: if let life = peer.hello?.life { gone(life) }
        }
    }

    // MARK: Actors

    private mutating func register(_ name: ActorName, _ peer: Peer, _ request: UInt64, _ tag: UInt64) throws {
        let known = actors[name]
        if let owner = known?.owner, owner != peer.hello?.life, self.tag(of: owner) != nil {
            throw SluiceError(.nameTaken, "actor \(name) is registered", actor: name.rawValue)
        }
        let incarnation = (known?.incarnation ?? 0) + 1
        actors[name] = (incarnation, peer.hello?.life)
        send(.actorRegistered(incarnation), request: request, to: tag)
    }

    // MARK: Channels

    private mutating func create(_ create: CreateChannel, _ peer: Peer, _ request: UInt64, _ tag: UInt64) throws {
        let spec = create.spec
        if channels.values.contains(where: { $0.spec.name == spec.name && $0.end == nil && $0.spec.id != spec.id }) {
            throw SluiceError(.nameTaken, "channel \(spec.name) exists", channel: spec.name.rawValue)
        }
        if let ghost = spec.readers.first(where: { $0.rawValue.hasPrefix("ghost") }) {
            throw SluiceError(.unknownActor, "actor \(ghost) is not registered", actor: ghost.rawValue)
        }
        guard let life = peer.hello?.life else { return }
        let ring = try RingMemory.create(channel: spec.id, slots: spec.slots, slotSize: spec.slotSize)
        guard let control = ring.control, let payload = ring.payload else { return }
        var channel = Channel(spec: spec, memory: ring.memory, control: control, payload: payload, writer: life)
        for index in spec.readers.indices {
            channel.placeholders[index] = try ring.memory.addInitialGate(
                GateRequest(
                    kind: .placeholder, life: segment.life, process: segment.identity, line: takeLine(),
                    reader: UInt32(index)))
        }
        channels[spec.id] = channel
        let created = PayloadSpec(generation: 0, slotSize: spec.slotSize)
        send(.channelCreated(spec.id, created), request: request, [control.descriptor, payload.descriptor], to: tag)
        openWaiting()
    }

    private mutating func takeLine() -> UInt32 {
        defer { nextLine += 1 }
        segment.resetCursor(nextLine)
        return nextLine
    }

    /// Serves those who wait for a channel that is there now.
    private mutating func openWaiting() {
        for wait in waiting {
            guard
                let channel = channels.values.filter({ $0.spec.name == wait.open.channel })
                    .sorted(by: { ($0.end == nil ? 0 : 1) < ($1.end == nil ? 0 : 1) }).first
            else { continue }
            waiting.removeAll { $0.tag == wait.tag && $0.request == wait.request }
            do throws(SluiceError) { try open(channel, wait) } catch {
                send(.failed(error), request: wait.request, to: wait.tag)
            }
        }
    }

    private mutating func open(_ channel: Channel, _ wait: Waiting) throws(SluiceError) {
        guard let index = channel.spec.readers.firstIndex(of: wait.open.actor) else {
            throw SluiceError(.notAReader, "\(wait.open.actor) is no reader", actor: wait.open.actor.rawValue)
        }
        guard channel.readers[index] == nil else {
            throw SluiceError(.alreadyOpen, "\(wait.open.actor) is open", actor: wait.open.actor.rawValue)
        }
        guard let peer = peers[wait.tag], let hello = peer.hello, let segment = peer.segment else { return }
        channels[channel.spec.id]?.readers[index] = ReaderState(life: hello.life, line: wait.open.line, gate: 0)
        guard let writer = tag(of: channel.writer) else {
            opened(channel.spec.id, index, gate: channel.placeholders[index] ?? 1, first: 0, wait.request, wait.tag)
            return
        }
        let gate = AttachGate(
            channel: channel.spec.id, kind: .reader, life: hello.life, pid: hello.pid, startTime: hello.startTime,
            line: wait.open.line, reader: UInt32(index), replaces: channel.placeholders[index], floor: nil)
        ask(
            .attachReader(
                channel.spec.id, index: index, asker: wait.tag, request: wait.request, line: wait.open.line),
            .attach(gate), [segment], of: writer)
    }

    private mutating func attached(_ request: UInt64, _ gate: UInt32, _ first: UInt64) {
        switch questions.removeValue(forKey: request) {
        case .attachReader(let id, let index, let asker, let asked, _):
            channels[id]?.placeholders[index] = nil
            opened(id, index, gate: gate, first: first, asked, asker)
        case .attachPlaceholder(let id, let index): channels[id]?.placeholders[index] = gate
        default: break
        }
    }

    private mutating func opened(
        _ id: ChannelID, _ index: Int, gate: UInt32, first: UInt64, _ request: UInt64, _ tag: UInt64
    ) {
        channels[id]?.readers[index]?.gate = gate
        guard let channel = channels[id], let node = try? NodeName(options.node),
            let control = try? channel.control.reopenReadOnly(), let payload = try? channel.payload.reopenReadOnly()
        else { return }
        let opened = ReaderOpened(
            spec: channel.spec, route: .local, gate: gate, first: first, writerNode: node,
            writerPID: self.tag(of: channel.writer).flatMap { peers[$0]?.hello?.pid } ?? 0, ended: channel.end,
            payloads: [PayloadSpec(generation: 0, slotSize: channel.spec.slotSize)])
        send(.readerOpened(opened), request: request, [control.descriptor, payload.descriptor], to: tag)
    }

    private mutating func detach(_ id: ChannelID, _ life: ProcessLife, _ line: UInt32) {
        guard let channel = channels[id],
            let (index, reader) = channel.readers.first(where: { $0.value.life == life && $0.value.line == line })
        else { return }
        channels[id]?.readers[index] = nil
        guard let writer = tag(of: channel.writer) else {
            if let tag = tag(of: life) { send(.lineFree(line: line), to: tag) }
            return
        }
        ask(.detach(id, life: life, line: line), .detach(id, gate: reader.gate), [], of: writer)
    }

    private mutating func done(_ request: UInt64) {
        guard case .detach(_, let life, let line) = questions.removeValue(forKey: request) else { return }
        if let tag = tag(of: life) { send(.lineFree(line: line), to: tag) }
    }

    private mutating func end(_ id: ChannelID, _ end: ChannelEnd) {
        guard channels[id] != nil, channels[id]?.end == nil else { return }
        channels[id]?.end = end
        for life in Set(channels[id]?.readers.values.map(\.life) ?? []) {
            if let tag = tag(of: life) { send(.ended(id, final: end.final, reason: end.reason), to: tag) }
        }
    }

    // MARK: Those who come back, and those who go

    private mutating func handBack(
        _ back: HandBackWriter, _ descriptors: [Descriptor], _ peer: Peer, _ request: UInt64, _ tag: UInt64
    ) throws {
        let control = try Segment(adopting: descriptors[0], size: nil).reopenWritable()
        let payload = try Segment(adopting: descriptors[1], size: nil).reopenWritable()
        let memory = try RingMemory.attach(
            control: control.descriptor, payload: payload.descriptor, writable: false, channel: back.spec.id)
        guard let life = peer.hello?.life else { return }
        var channel =
            channels[back.spec.id]
            ?? Channel(spec: back.spec, memory: memory, control: control, payload: payload, writer: life)
        (channel.memory, channel.control, channel.payload, channel.writer) = (memory, control, payload, life)
        for gate in memory.recordedGates() where gate.request.kind == .placeholder {
            channel.placeholders[Int(gate.request.reader)] = gate.number
        }
        if let final = memory.final { channel.end = ChannelEnd(final: final, reason: .closed) }
        channels[back.spec.id] = channel
        send(.done, request: request, to: tag)
        for (index, gate) in channel.placeholders {
            let attach = AttachGate(
                channel: back.spec.id, kind: .placeholder, life: segment.life, pid: segment.identity.pid,
                startTime: segment.identity.startTime, line: takeLine(), reader: UInt32(index), replaces: gate,
                floor: nil)
            ask(.attachPlaceholder(back.spec.id, index: index), .attach(attach), [try readOnlySegment], of: tag)
        }
    }

    private mutating func handBack(_ back: HandBackReader, _ peer: Peer, _ request: UInt64, _ tag: UInt64) {
        guard let life = peer.hello?.life, let index = back.spec.readers.firstIndex(of: back.actor) else { return }
        channels[back.spec.id]?.readers[index] = ReaderState(life: life, line: back.line, gate: back.gate)
        send(.done, request: request, to: tag)
        // The reader may not have heard of it from the former life.
        if let end = channels[back.spec.id]?.end {
            send(.ended(back.spec.id, final: end.final, reason: end.reason), to: tag)
        }
    }

    /// The connection is over. A process that lives may come back.
    mutating func hungUp(_ tag: UInt64) {
        guard let peer = peers[tag] else { return }
        peers[tag] = nil
        // Its sockets close before it counts as dead: looked at again until it is, or is back.
        if let hello = peer.hello { departed[hello.life] = hello }
    }

    mutating func gone(_ life: ProcessLife) {
        departed[life] = nil
        if let tag = tag(of: life) { peers[tag] = nil }
        for (id, channel) in channels {
            for reader in channel.readers.values where reader.life == life { detach(id, life, reader.line) }
            if channel.writer == life { end(id, ChannelEnd(final: channel.memory.published, reason: .writerDied)) }
        }
        for (name, actor) in actors where actor.owner == life { actors[name] = (actor.incarnation, nil) }
    }

    mutating func expire(at now: UInt64) {
        for wait in waiting where wait.deadline.hasPassed(at: now) {
            send(
                .failed(SluiceError(.unknownChannel, "channel \(wait.open.channel) does not exist")),
                request: wait.request, to: wait.tag)
        }
        waiting.removeAll { $0.deadline.hasPassed(at: now) }
    }

    /// Lives of processes that have ended.
    var dead: [ProcessLife] {
        (peers.values.compactMap(\.hello) + departed.values).filter {
            $0.pid != getpid() && !ProcessIdentity(pid: $0.pid, startTime: $0.startTime).isAlive
        }.map(\.life)
    }

    private mutating func sendStatus(_ request: UInt64, _ tag: UInt64) {
        let status = ClusterStatus(
            epoch: 7, nodes: [],
            actors: (0..<options.statusActors).map {
                ActorStatus(
                    name: "actor-\($0)-with-a-name-that-takes-its-room", incarnation: 1, node: "n1", pid: 1,
                    isAlive: true)
            }, channels: [])
        guard let json = try? JSONEncoder().encode(status) else { return }
        sendPages(Array(json), request, tag) { .status($0) }
    }

    private mutating func sendPages(
        _ answer: [UInt8], _ request: UInt64, _ tag: UInt64, _ body: ([UInt8]) -> AgentMessage.Body
    ) {
        var rest = answer[...]
        repeat {
            let page = rest.prefix(Limits.statusPageBytes)
            rest = rest.dropFirst(page.count)
            send(body(Array(page)), request: request, to: tag)
            if page.count < Limits.statusPageBytes { break }
        } while true
    }

    /// A coordinator of few words: a plan comes back ten times as long as its declaration, and no key is ever put.
    private mutating func answer(_ call: PlanCall, _ request: UInt64, _ tag: UInt64) throws {
        switch call.body {
        case .apply(let spec):
            let plan = Array(repeating: spec, count: 10).flatMap(\.self)
            let answer = PlanAnswer.applied(RunID(rawValue: call.caller), plan: plan)
            sendPages(answer.encoded(), request, tag) { .planAnswer($0) }
        case .get: planCalls.insert(request)
        default: throw SluiceError(.unknownActor, "there is no such run")
        }
    }
}
