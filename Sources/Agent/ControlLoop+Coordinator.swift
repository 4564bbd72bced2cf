import Logging
import Ring
import SluiceModel
import Wire
import ZeroMQ

// The conversation with the coordinator: registration, desired state, heartbeats.
extension ControlLoop {
    func tendCoordinator() {
        settle()
        if isSettled, coordinator.mayDial(at: now) {
            do throws(ZeroMQError) {
                try coordinator.dial(registration(), now: now)
                watchCoordinator()
            } catch {
                coordinator.lose("\(error)", now: now)
            }
        }
        let wasConnected = coordinator.isConnected
        while case .message(let message) = coordinator.receive(now: now) { heard(message) }
        if wasConnected, !coordinator.isConnected {
            watchCoordinator()
            // Nobody there yet is no failure: registration goes on in the background.
            started.settle(.success(()))
        }
        if coordinator.isRegistered, now >= heartbeatAt { beat() }
    }

    private func beat() {
        heartbeatAt = now + heartbeatEvery
        coordinator.tell(.heartbeat(Heartbeat(desired: desiredVersion, sessions: sessions)))
    }

    private func registration() -> RegisterNode {
        RegisterNode(
            versions: .current, node: node, life: segment.life, incarnation: incarnation, epoch: epoch,
            controlEndpoint: controlEndpoint, dataEndpoint: dataEndpoint, publicKey: keyring?.own.publicKey.z85 ?? "",
            actors: actors.map { name, actor in
                ActorReport(
                    identity: ActorIdentity(name: name, incarnation: actor.incarnation), life: actor.life,
                    pid: actor.pid)
            },
            writers: written.values.filter(\.isOpen).map { ring in
                WriterReport(
                    spec: ring.spec, end: ring.end, readerNodes: desiredWriters[ring.spec.id]?.readerNodes ?? [])
            },
            references: references.values.filter { !$0.isGoing }.map { ring in
                var home: NodeName?
                if case .reference(let node) = ring.role { home = node }
                return ReferenceReport(spec: ring.spec, published: ring.memory.published, writerNode: home)
            },
            parts: runs, memory: ledger.budget ?? 0)
    }

    private func heard(_ message: CoordinatorMessage) {
        switch message.body {
        case .registered(let registered): self.registered(registered)
        case .refused(let error, _): refused(error)
        case .desired(let update): apply(update)
        case .statusRequest: coordinator.answer(message.request, .statusReport(report()))
        case .ping: coordinator.answer(message.request, .pong)
        case .fenced(let error): fenced(error)
        case .actorRegistered, .channelCreated, .readerResolved, .done, .failed, .status, .planAnswer: break
        }
    }

    private func registered(_ answer: NodeRegistered) {
        guard answer.epoch >= epoch else {
            return coordinator.lose("it is of epoch \(answer.epoch), and this node knows epoch \(epoch)", now: now)
        }
        incarnation = answer.incarnation
        epoch = answer.epoch
        heartbeatEvery = max(1, answer.heartbeatMilliseconds) * 1_000_000
        data.post(.identity(incarnation, epoch))
        logger.info("registered as node \(node), incarnation \(incarnation), epoch \(epoch)")
        coordinator.registered()
        // It has been told which references there are, and desires the others after that.
        drainedReferences = []
        apply(answer.desired)
        for (id, ring) in references where !ring.isGoing && desiredReferences[id] != nil {
            coordinator.tell(.referenceReady(id))
        }
        for ring in Array(written.values) + Array(references.values) {
            for (index, place) in ring.places {
                if case .open = place {
                    coordinator.tell(.readerOpen(ring.spec.id, ring.spec.readers[index], isOpen: true))
                }
            }
        }
        started.settle(.success(()))
    }

    private func refused(_ error: SluiceError) {
        started.settle(.failure(error))
        if error.code == .fenced { return fenced(error) }
        logger.error("the coordinator refuses this node: \(error)")
        coordinator.lose(error.message, now: now, after: 2_000_000_000)
        watchCoordinator()
    }

    /// This incarnation was given up: everything between nodes ends here, channels of this node go on, and the next
    /// registration is that of a newcomer, which is refused for as long as another life has the name.
    private func fenced(_ error: SluiceError) {
        logger.critical("this agent is fenced: \(error)")
        incarnation = 0
        desiredVersion = 0
        coordinator.lose(error.message, now: now, after: 1_000_000_000)
        watchCoordinator()
        for id in Array(references.keys) { undesire(id) }
        for ring in written.values { for home in ring.destinations.keys { removeDestination(ring, home) } }
    }

    // MARK: Desired state

    private func apply(_ update: DesiredUpdate) {
        // A change that was missed: the heartbeat tells the coordinator, which sends the whole set.
        guard update.base == 0 || update.base == desiredVersion else { return beat() }
        if update.base == 0 { forgetUndesired(update) }
        desiredVersion = update.version
        // Before the reader references that lie in them.
        for part in update.parts { desire(part) }
        keep(update.keptParts)
        for peer in update.peers { data.post(.peer(peer)) }
        for writer in update.writers { desire(writer) }
        for id in update.removedWriters { desiredWriters[id] = nil }
        for reference in update.references { desire(reference) }
        for id in update.removedReferences { undesire(id) }
        for run in update.removedParts { removePart(run) }
        for lost in update.lostPeers { data.post(.peerLost(lost)) }
        if update.base != 0 { beat() }
    }

    /// The whole set: what it does not have is not desired any more.
    private func forgetUndesired(_ whole: DesiredUpdate) {
        let writers = Set(whole.writers.map(\.channel))
        let wanted = Set(whole.references.map(\.spec.id))
        drainedReferences.formIntersection(wanted)
        for id in desiredWriters.keys where !writers.contains(id) { desiredWriters[id] = nil }
        for id in Array(desiredReferences.keys) where !wanted.contains(id) { undesire(id) }
        let runs = Set(whole.parts.map(\.run) + whole.keptParts)
        for run in Array(parts.keys) where !runs.contains(run) { removePart(run) }
    }

    // MARK: What the data thread tells

    func handle(_ report: DataReport) {
        switch report {
        case .destinationDone(let id, let home), .destinationClosed(let id, let home):
            if let ring = written[id] { removeDestination(ring, home) }
        case .destinationRemoved(let id, let home): destinationRemoved(id, home)
        case .destinationWanted(let id, let home, let next):
            guard let ring = written[id], ring.isOpen else { return }
            ring.wanted[home] = .some(next)
            if let desired = desiredWriters[id] { reconcile(ring, desired) }
        case .referenceBegins(let id, let next): referenceBegins(id, at: next)
        case .referenceEnded(let id, let end): referenceEnded(id, end)
        case .referenceRemoved(let id): referenceRemoved(id)
        case .reserved(let id, let home, let slotSize): reserved(id, by: home, slotSize)
        case .reserveRefused(let id, let home, let slotSize, let error): refused(id, by: home, slotSize, error)
        case .reserveWanted(let id, let slotSize): growReference(id, to: slotSize)
        case .unreserveWanted(let id, let slotSize): shrinkReference(id, to: slotSize)
        case .referenceShrunk(let id, let generation): referenceShrunk(id, to: generation)
        case .destinationLeftGeneration(let id): if let ring = written[id] { letOldGenerationsGo(ring) }
        case .sessions(let nodes): sessions = nodes
        case .refusedByPeer: break
        case .failed(let error):
            logger.critical("the data thread has ended: \(error)")
            started.settle(.failure(error))
            isStopping = true
        }
    }
}
