import CSluice
import Foundation
import Ring
import SharedMemory
import SluiceModel
import Wire

// What this node can tell about itself.
extension ControlLoop {
    /// A worker, or a person's command, asks for the cluster: the coordinator knows it; without one, this node alone.
    func status(_ request: UInt64, _ connection: WorkerConnection) {
        guard coordinator.isRegistered else { return sendStatus(ownStatus(), request, connection) }
        coordinator.ask(.status, until: now + 1_000_000_000) { [weak self, weak connection] result in
            guard let self, let connection, self.connections[connection.tag] != nil else { return }
            if case .success(.status(let json)) = result {
                self.sendStatus(json, request, connection)
            } else {
                self.sendStatus(self.ownStatus(), request, connection)
            }
        }
    }

    private func sendStatus(_ json: [UInt8], _ request: UInt64, _ connection: WorkerConnection) {
        sendPages(of: json, request, connection) { .status($0) }
    }

    /// In pages: one message holds so much. The last is shorter than a page, and may be empty.
    func sendPages(
        of answer: [UInt8], _ request: UInt64, _ connection: WorkerConnection, _ page: ([UInt8]) -> AgentMessage.Body
    ) {
        let most = Limits.statusPageBytes
        var start = 0
        while true {
            let end = min(start + most, answer.count)
            send(connection, page(Array(answer[start..<end])), request: request)
            if end - start < most { return }
            start = end
        }
    }

    func report() -> [UInt8] { encode(nodeReport()) }

    private func encode(_ value: some Encodable) -> [UInt8] {
        guard let data = try? JSONEncoder().encode(value) else { return [] }
        return Array(data)
    }

    private func ownStatus() -> [UInt8] {
        let report = nodeReport()
        let status = ClusterStatus(
            epoch: epoch,
            nodes: [
                NodeStatus(
                    name: node.rawValue, incarnation: incarnation, state: .alive, silentMilliseconds: 0,
                    controlEndpoint: controlEndpoint, dataEndpoint: dataEndpoint, agent: report.figures)
            ],
            actors: actors.map { name, actor in
                ActorStatus(
                    name: name.rawValue, incarnation: actor.incarnation, node: node.rawValue, pid: actor.pid,
                    isAlive: true)
            }.sorted { $0.name < $1.name },
            channels: written.values.map { ring in
                ChannelStatus(
                    id: "\(ring.spec.id)", name: ring.spec.name.rawValue, writer: ring.spec.writer.rawValue,
                    writerNode: node.rawValue, slots: ring.spec.slots, slotSize: ring.slotSize,
                    largestValue: ring.spec.largestValue, generation: ring.payloads.last?.generation,
                    form: ring.spec.form, state: ring.end.map { "\($0.reason)" } ?? (ring.isOpen ? "open" : "creating"),
                    published: ring.memory.published, readers: readers(ring))
            }.sorted { $0.name < $1.name })
        return encode(status)
    }

    private func nodeReport() -> NodeReport {
        let figures = AgentFigures(
            pid: segment.identity.pid, workers: workers.count, memoryUsed: ledger.used, memoryBudget: ledger.bound,
            descriptors: count("/proc/self/fd"), mappings: mappings(),
            framesDropped: self.figures.framesDropped.current,
            bytesSent: self.figures.bytesSent.current, bytesReceived: self.figures.bytesReceived.current,
            sessions: sessions.map(\.rawValue))
        let rings = (Array(written.values) + Array(references.values)).map { ring in
            RingReport(
                channel: ring.spec.id.rawValue, isReference: ring.isReference, published: ring.memory.published,
                generation: ring.payloads.last?.generation ?? 0, slotSize: ring.slotSize, readers: readers(ring))
        }
        return NodeReport(figures: figures, rings: rings)
    }

    private func route(to reader: ActorName, in ring: LocalRing) -> ReaderRoute {
        reader == ring.spec.writer ? .sameActor : ring.isReference ? .otherNode : .sameNode
    }

    private func readers(_ ring: LocalRing) -> [ReaderStatus] {
        ring.places.sorted { $0.key < $1.key }.map { index, place in
            var reader = ReaderStatus(
                actor: ring.spec.readers[index].rawValue, node: node.rawValue, pid: nil,
                route: route(to: ring.spec.readers[index], in: ring),
                state: .unknown, acquired: 0, released: 0, heldMilliseconds: nil)
            switch place {
            case .expected(let line, _):
                reader.state = .expected
                reader.released = segment.cursor(line).status.released
            case .opening: reader.state = .expected
            case .gone: reader.state = .gone
            case .open(let life, let line, _):
                reader.state = .open
                guard let worker = workers[life], let cursor = worker.view.cursor(line)?.status else { break }
                reader.pid = worker.identity.pid
                reader.acquired = cursor.acquired
                reader.released = cursor.released
                reader.heldMilliseconds = cursor.heldSince.map { now > $0 ? (now - $0) / 1_000_000 : 0 }
            }
            return reader
        }
    }

    private func count(_ folder: String) -> Int {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder))?.count ?? 1) - 1
    }

    private func mappings() -> Int {
        // To its end: what asks for a whole file at once takes the first page of one without a size for all of it.
        guard let file = FileHandle(forReadingAtPath: "/proc/self/maps"), let data = try? file.readToEnd() else {
            return 0
        }
        return data.count { $0 == UInt8(ascii: "\n") }
    }
}
