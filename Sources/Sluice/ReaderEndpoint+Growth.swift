internal import Ring
internal import SharedMemory
internal import SluiceModel
internal import Wire

// A channel that grows: memory comes before the values that lie in it, and goes after the last of them.
extension ReaderEndpoint {
    /// From the control thread: values may soon come in this generation.
    func add(_ payload: PayloadSegment) throws(SluiceError) {
        do throws(ForeignMemoryError) { try ring.memory.add(payload) } catch {
            throw error.asSluiceError("the larger memory of channel \(spec.name)", channel: spec.name.rawValue)
        }
        memory.add(payload)
    }

    /// From the control thread: the growth came to nothing.
    func drop(_ generation: UInt32) {
        guard let newest = try? ring.memory.generations().last, newest.generation < generation else { return }
        memory.drop { $0 == generation }
        ring.memory.dropPayload(generation)
    }

    /// The last value of older generations was given back, on whichever thread.
    func leaveGenerations() {
        let oldest = ring.oldestGeneration
        memory.drop { $0 < oldest }
        ring.memory.dropPayloads(below: oldest)
        core.tellGenerationLeft(spec.id)
    }
}

extension WorkerCore {
    /// The agent looks whether everyone has left it. One that is away looks when it comes back.
    func tellGenerationLeft(_ channel: ChannelID) {
        let wakes = state.withLock { state in
            if state.link.isUp { state.send(WorkerMessage(.generationLeft(channel))) }
            return !state.outbox.isEmpty || state.outbox.failure != nil
        }
        if wakes { wake.signal() }
    }
}

extension ControlThread {
    /// Larger memory for the readers of this process.
    func addGeneration(
        _ channel: ChannelID, _ spec: PayloadSpec, _ descriptors: [Descriptor], answering request: UInt64
    ) {
        let readers = core.state.withLock { $0.readers.values.filter { $0.spec.id == channel } }
        var answer = WorkerMessage.Body.done
        do throws(SluiceError) {
            guard descriptors.count == 1 else {
                throw SluiceError(
                    .protocolViolation, "a generation came with \(descriptors.count) descriptors instead of one")
            }
            for reader in readers { try reader.add(PayloadSegment(spec, descriptors[0])) }
        } catch {
            for reader in readers { reader.drop(spec.generation) }
            answer = .failed(error)
        }
        core.state.withLock { $0.send(WorkerMessage(request: request, answer)) }
    }

    func dropGeneration(_ channel: ChannelID, _ generation: UInt32) {
        let readers = core.state.withLock { $0.readers.values.filter { $0.spec.id == channel } }
        for reader in readers { reader.drop(generation) }
    }

    func generationsOver(_ channel: ChannelID, oldest: UInt32) {
        core.state.withLock { $0.writers[channel] }?.letGo(below: oldest)
    }

    /// Larger memory for the writer, whether or not its call still waits.
    func grown(_ channel: ChannelID, _ spec: PayloadSpec, _ descriptors: [Descriptor]) -> Promise.Outcome {
        do throws(SluiceError) {
            guard descriptors.count == 1 else {
                throw SluiceError(
                    .protocolViolation, "a generation came with \(descriptors.count) descriptors instead of one")
            }
            try core.state.withLock({ $0.writers[channel] })?.grown(PayloadSegment(spec, descriptors[0]))
            return .success(.done)
        } catch {
            return .failure(error)
        }
    }
}
