package import SluiceModel
import Wire

/// A status request that waits for the agents' answers.
struct StatusCollection: Sendable {
    var request: UInt64
    var callers: [Caller]
    var awaited: Set<NodeName>
    var reports: [NodeName: [UInt8]] = [:]
    var deadline: UInt64
}

extension Placement {
    mutating func requestStatus(_ caller: Caller) {
        if case .registered(let name) = standings[caller.connection] { heard(from: name) }
        if let callers = collection?.callers {
            guard callers.count < options.mostStatusCallers else {
                return answer(.failed(.full("status requests under way", options.mostStatusCallers)), to: caller)
            }
            if !callers.contains(caller) { collection?.callers.append(caller) }
            return
        }
        let request = nextRequest()
        let asked = nodes.values.filter { $0.connection != nil }.sorted { $0.name < $1.name }
        for node in asked {
            changes.actions.append(.send(CoordinatorMessage(request: request, .statusRequest), to: node.connection!))
        }
        let deadline = now + options.status
        collection = StatusCollection(
            request: request, callers: [caller], awaited: Set(asked.map(\.name)), deadline: deadline)
        schedule(.status(request), at: deadline)
        answerStatusIfComplete()
    }

    mutating func statusReport(_ report: [UInt8], from node: NodeName, request: UInt64) {
        guard collection?.request == request, collection?.awaited.remove(node) != nil else { return }
        collection?.reports[node] = report
        answerStatusIfComplete()
    }

    /// A node that cannot answer any more is not waited for.
    mutating func nodeIsMute(_ name: NodeName) {
        guard collection?.awaited.remove(name) != nil else { return }
        answerStatusIfComplete()
    }

    private mutating func answerStatusIfComplete() {
        if collection?.awaited.isEmpty == true { answerStatus() }
    }

    mutating func answerStatus() {
        guard let collection else { return }
        self.collection = nil
        let view = status(answered: Set(collection.reports.keys))
        changes.actions.append(
            .answerStatus(StatusAnswer(view: view, reports: collection.reports, callers: collection.callers)))
    }

    /// Everything that the coordinator itself knows.
    package func status(answered: Set<NodeName>) -> ClusterStatus {
        ClusterStatus(
            epoch: epoch,
            nodes: nodes.values.filter { $0.standing != .left }.sorted { $0.name < $1.name }
                .map { status(of: $0, answered: answered.contains($0.name)) },
            actors: actors.values.filter { $0.incarnation > 0 }.sorted { $0.name < $1.name }.map {
                ActorStatus(
                    name: $0.name.rawValue, incarnation: $0.incarnation, node: $0.node.rawValue, pid: $0.pid,
                    isAlive: $0.isAlive)
            },
            channels: channels.values.sorted { ($0.spec.name, $0.number) < ($1.spec.name, $1.number) }.map(status(of:)))
    }

    private func status(of node: Node, answered: Bool) -> NodeStatus {
        NodeStatus(
            name: node.name.rawValue, incarnation: node.incarnation,
            state: node.standing == .lost ? .lost : answered ? .alive : .silent,
            silentMilliseconds: (now - min(now, node.lastHeard)) / 1_000_000,
            controlEndpoint: node.controlEndpoint, dataEndpoint: node.dataEndpoint, agent: nil)
    }

    private func status(of channel: Channel) -> ChannelStatus {
        let readers = zip(channel.spec.readers, channel.places).map { actor, place in
            ReaderStatus(
                actor: actor.rawValue, node: place.node?.rawValue, pid: actors[actor]?.pid,
                route: ReaderRoute(
                    writer: channel.spec.writer.rawValue, on: channel.writerNode.rawValue, reader: actor.rawValue,
                    on: (place.node ?? channel.writerNode).rawValue),
                state: state(of: place), acquired: 0, released: 0, heldMilliseconds: nil)
        }
        return ChannelStatus(
            id: channel.spec.id.description, name: channel.spec.name.rawValue, writer: channel.spec.writer.rawValue,
            writerNode: channel.writerNode.rawValue, slots: channel.spec.slots, slotSize: channel.spec.slotSize,
            largestValue: channel.spec.largestValue, generation: nil, form: channel.spec.form,
            state: state(of: channel), published: nil, readers: readers)
    }

    private func state(of place: Channel.Place) -> ReaderStatus.State {
        if place.node == nil { return place.hasOpened ? .gone : .unknown }
        return place.isOpen ? .open : place.hasOpened ? .gone : .expected
    }

    private func state(of channel: Channel) -> String {
        switch channel.phase {
        case .creating: "creating"
        case .open: "open"
        case .ended(let end): "\(end.reason)"
        }
    }
}
