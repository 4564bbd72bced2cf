internal import Ring
internal import SharedMemory
internal import SluiceModel
internal import Wire

// What the agent says about rings: made, joined, left, ended.
extension ControlThread {
    /// A channel's ring as the agent made it, with this process as its writer.
    func addWriter(
        _ spec: ChannelSpec, _ number: UInt32, _ payload: PayloadSpec, _ descriptors: [Descriptor]
    ) throws(SluiceError) -> WriterEndpoint {
        let (agent, node, views) = core.state.withLock { ($0.agent, $0.node, $0.views) }
        let writer = try WriterEndpoint(
            core: core, spec: spec, number: number, node: node, payload: payload, descriptors: descriptors,
            resolve: { life in agent?.life == life ? agent : views.find(life) })
        core.state.withLock { $0.writers[spec.id] = writer }
        return writer
    }

    /// A channel's ring on this node, with this process as one of its readers.
    func addReader(
        _ opened: ReaderOpened, _ actor: ActorName, _ line: UInt32, _ descriptors: [Descriptor]
    ) throws(SluiceError) -> ReaderEndpoint {
        let reader = try ReaderEndpoint(core: core, opened: opened, actor: actor, line: line, descriptors: descriptors)
        core.state.withLock { $0.readers[line] = reader }
        return reader
    }

    /// One more cursor that a ring of this process waits for.
    func attach(_ gate: AttachGate, _ descriptors: [Descriptor], answering request: UInt64) {
        let writer = core.state.withLock { $0.writers[gate.channel] }
        let answer: WorkerMessage.Body
        do throws(SluiceError) {
            guard let writer else {
                throw SluiceError(.unknownChannel, "this worker has no writer of channel \(gate.channel)")
            }
            let attached = try writer.attach(gate, try view(of: gate, descriptors))
            answer = .attached(gate: attached.gate, first: attached.first)
        } catch {
            answer = .failed(error)
        }
        core.state.withLock { $0.send(WorkerMessage(request: request, answer)) }
    }

    /// The segment that holds the gate's cursor: mapped once for each process.
    private func view(of gate: AttachGate, _ descriptors: [Descriptor]) throws(SluiceError) -> ProcessView {
        if let known = core.state.withLock({ $0.views.find(gate.life) }) { return known }
        guard descriptors.count == 1 else {
            throw SluiceError(
                .protocolViolation, "attach came with \(descriptors.count) descriptors instead of one segment")
        }
        let view: ProcessView
        do throws(ForeignMemoryError) { view = try ProcessView(descriptors[0], life: gate.life) } catch {
            throw error.asSluiceError("the segment of process \(gate.pid)")
        }
        core.state.withLock { $0.views.add(view) }
        return view
    }

    func detach(_ channel: ChannelID, _ gate: UInt32, answering request: UInt64) {
        let writer = core.state.withLock { $0.writers[channel] }
        writer?.detach(gate)
        // Done also where there is no such ring: then there is no such gate.
        core.state.withLock { state in
            state.send(WorkerMessage(request: request, .done))
            state.dropServedWriters()
        }
    }

    /// The stream's end, for every reader of it in this process.
    func ended(_ channel: ChannelID, _ end: ChannelEnd) {
        let readers = core.state.withLock { $0.readers.values.filter { $0.spec.id == channel } }
        for reader in readers { reader.end(end) }
    }

    /// The channel is over for its writer, and for its readers here.
    func failed(_ channel: ChannelID, _ error: SluiceError) {
        guard let writer = core.state.withLock({ $0.writers[channel] }) else { return }
        writer.fail(error)
        core.report(.failed(channel: writer.spec.name.rawValue, reason: error.description))
    }

    /// No ring's writer looks at the line any more.
    func freed(_ line: UInt32) {
        core.state.withLock { state in
            // While its reader is there the line stays taken: until the agent has acknowledged the reader's close.
            guard state.readers[line] == nil else {
                state.freedLines.insert(line)
                return
            }
            // Asked for again after the agent's return: what was freed is a gate of the first time.
            guard !state.requests.isOpening(line: line) else { return }
            state.lines.giveBack(Int(line))
        }
    }
}

extension ControlState {
    /// The agent knows that the reader is closed.
    mutating func dropReader(_ line: UInt32) {
        readers[line] = nil
        if freedLines.remove(line) != nil { lines.giveBack(Int(line)) }
    }

    /// Lets go of rings that are closed, known to be, and waited for by nobody.
    mutating func dropServedWriters() {
        for (channel, writer) in writers where writer.isAcknowledged && !writer.hasGates {
            writers[channel] = nil
            endpoints.giveBack(Int(writer.number))
        }
    }
}

/// Other processes' segments that are mapped here, for as long as a gate list has use for them.
struct ViewCache {
    private struct Weak { weak var view: ProcessView? }
    private var views: [ProcessLife: Weak] = [:]

    func find(_ life: ProcessLife) -> ProcessView? { views[life]?.view }

    mutating func add(_ view: ProcessView) {
        views = views.filter { $0.value.view != nil }
        views[view.life] = Weak(view: view)
    }
}

extension ForeignMemoryError {
    /// For the library's users: whose memory it is, and what is wrong with it.
    func asSluiceError(_ whose: String, channel: String? = nil) -> SluiceError {
        if case .system(let call) = self, call.isOutOfDescriptors || call.isOutOfMemory { return call.asSluiceError }
        return SluiceError(.protocolViolation, "\(whose) cannot be used", channel: channel, cause: description)
    }
}
