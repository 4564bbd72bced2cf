internal import Ring
internal import SharedMemory
internal import SluiceModel
internal import Wire

// What the agent says. Nothing of it is trusted: what does not fit what was asked is dropped and reported.
extension ControlThread {
    /// Acts on one message. Descriptors that it has no use for close with their last reference.
    func handle(_ message: AgentMessage, _ descriptors: [Descriptor]) {
        let link = core.state.withLock { $0.link }
        switch (message.body, link) {
        case (.welcome(let welcome), .greeting(let connection, _)): welcomed(welcome, descriptors, on: connection)
        case (.refused(let error, let versions), .greeting(let connection, _)):
            refused(error, versions, on: connection)
        case (_, .up): handleWhileUp(message, descriptors)
        default: violation("\(message.body.name) came out of turn")
        }
    }

    private func handleWhileUp(_ message: AgentMessage, _ descriptors: [Descriptor]) {
        switch message.body {
        case .welcome, .refused: violation("\(message.body.name) came out of turn")
        case .actorRegistered, .channelCreated, .readerOpened, .done, .failed, .status, .grown, .blockOpened,
            .planAnswer:
            answered(message, descriptors)
        case .attach(let gate): attach(gate, descriptors, answering: message.request)
        case .detach(let channel, let gate): detach(channel, gate, answering: message.request)
        case .ended(let channel, let final, let reason): ended(channel, ChannelEnd(final: final, reason: reason))
        case .failedChannel(let channel, let error): failed(channel, error)
        case .lineFree(let line): freed(line)
        case .addGeneration(let channel, let payload):
            addGeneration(channel, payload, descriptors, answering: message.request)
        case .dropGeneration(let channel, let generation): dropGeneration(channel, generation)
        case .generationsOver(let channel, let oldest): generationsOver(channel, oldest: oldest)
        }
    }

    // MARK: Answers

    private func answered(_ message: AgentMessage, _ descriptors: [Descriptor]) {
        if let handBack = core.state.withLock({ $0.handBacks.removeValue(forKey: message.request) }) {
            handedBack(handBack, message.body)
            return
        }
        if let page = message.body.page, !takesLastPage(page, of: message.request) { return }
        guard let entry = core.state.withLock({ $0.requests.take(message.request) }) else {
            violation("\(message.body.name) answers request \(message.request), which nobody made")
            return
        }
        let outcome = outcome(of: entry, message.body, descriptors)
        if let promise = entry.promise {
            promise.fulfil(outcome)
        } else if case .success(let answer) = outcome {
            giveBack(answer)
        }
    }

    /// What may be long travels in pages; true once they are all there.
    private func takesLastPage(_ page: [UInt8], of request: UInt64) -> Bool {
        core.state.withLock { state in state.requests.addPage(page, to: request) }
    }

    private func outcome(
        of entry: RequestTable.Entry, _ body: AgentMessage.Body, _ descriptors: [Descriptor]
    ) -> Promise.Outcome {
        switch (entry.request, body) {
        case (.registerActor(let name), .actorRegistered(let incarnation)):
            registered(ActorIdentity(name: name, incarnation: incarnation))
            return .success(.registered(incarnation))
        case (.createChannel(let spec, let number), .channelCreated(let id, let payload)) where id == spec.id:
            return opened(
                { () throws(SluiceError) in
                    .writer(try addWriter(spec, number, payload, descriptors))
                },
                inVain: {
                    core.state.withLock { $0.endpoints.giveBack(Int(number)) }
                    core.tell(.closeWriter(spec.id, final: 0))
                })
        case (.openReader(let channel, let actor, let line), .readerOpened(let opened))
        where opened.spec.name == channel:
            return self.opened(
                { () throws(SluiceError) in
                    .reader(try addReader(opened, actor, line, descriptors))
                },
                inVain: {
                    // The line is free once the agent says that nobody looks at it.
                    core.tell(.closeReader(opened.spec.id, line: line))
                })
        case (.closeWriter(let channel, _), .done), (.closeWriter(let channel, _), .failed):
            acknowledgedClose(of: channel)
            return .success(.done)
        case (.closeReader(_, let line), .done), (.closeReader(_, let line), .failed):
            core.state.withLock { $0.dropReader(line) }
            return .success(.done)
        case (.growChannel(let channel, _, _), .grown(let grown, let payload)) where grown == channel:
            return self.grown(channel, payload, descriptors)
        case (.openBlock, .blockOpened(let bytes)):
            return opened({ () throws(SluiceError) in .block(try PlanBlock(descriptors, bytes: bytes)) }, inVain: {})
        case (.status, .status): return .success(.status(entry.pages))
        case (.plan, .planAnswer): return .success(.plan(entry.pages))
        case (let request, .failed(var error)):
            core.giveBack(of: request)
            error.channel = error.channel ?? request.channel
            error.actor = error.actor ?? request.actor
            return .failure(error)
        case (let request, _):
            violation("\(body.name) is no answer to \(request.wish)")
            core.giveBack(of: request)
            return .failure(
                SluiceError(
                    .protocolViolation, "\(request.wish): the agent's answer cannot be used", channel: request.channel,
                    actor: request.actor, cause: "it was \(body.name)"))
        }
    }

    /// A success whose memory cannot be used is a failure, and the agent is told that it was in vain.
    private func opened(_ body: () throws(SluiceError) -> Answer, inVain: () -> Void) -> Promise.Outcome {
        do throws(SluiceError) { return .success(try body()) } catch {
            inVain()
            return .failure(error)
        }
    }

    /// The caller had left: what came late is closed as if it had been used.
    private func giveBack(_ answer: Answer) {
        switch answer {
        case .writer(let writer): writer.close()
        case .reader(let reader): reader.close()
        case .registered, .status, .block, .plan, .done: break
        }
    }

    private func registered(_ actor: ActorIdentity) {
        core.state.withLock { state in
            state.actors.removeAll { $0.name == actor.name }
            state.actors.append(actor)
        }
    }

    private func acknowledgedClose(of channel: ChannelID) {
        core.state.withLock { state in
            state.writers[channel]?.isAcknowledged = true
            state.dropServedWriters()
        }
    }

    private func handedBack(_ handBack: ControlState.HandBack, _ body: AgentMessage.Body) {
        guard case .failed(let error) = body else { return }
        switch handBack {
        case .writer(let channel): failed(channel, error)
        case .reader(let line): core.state.withLock({ $0.readers[line] })?.fail(error)
        }
        core.segment.bumpEvent()
    }
}

extension AgentMessage.Body {
    /// One page of an answer that comes in several.
    fileprivate var page: [UInt8]? {
        switch self {
        case .status(let page), .planAnswer(let page): page
        default: nil
        }
    }

    /// The message's kind, for reports.
    var name: String {
        switch self {
        case .welcome: "welcome"
        case .refused: "refused"
        case .actorRegistered: "actorRegistered"
        case .channelCreated: "channelCreated"
        case .blockOpened: "blockOpened"
        case .readerOpened: "readerOpened"
        case .done: "done"
        case .failed: "failed"
        case .attach: "attach"
        case .detach: "detach"
        case .ended: "ended"
        case .failedChannel: "failedChannel"
        case .lineFree: "lineFree"
        case .status: "status"
        case .grown: "grown"
        case .addGeneration: "addGeneration"
        case .dropGeneration: "dropGeneration"
        case .generationsOver: "generationsOver"
        case .planAnswer: "planAnswer"
        }
    }
}
