package import SluiceModel

/// A status that is ready to be joined with what the agents have answered, and sent.
package struct StatusAnswer: Hashable, Sendable {
    /// The coordinator's own view.
    package var view: ClusterStatus
    /// What agents answered in time: each a ``NodeReport`` as JSON, as yet unread.
    package var reports: [NodeName: [UInt8]]
    package var callers: [Caller]

    package init(view: ClusterStatus, reports: [NodeName: [UInt8]], callers: [Caller]) {
        self.view = view
        self.reports = reports
        self.callers = callers
    }

    /// The view with everything that the agents know better.
    package func joined(with reports: [NodeName: NodeReport]) -> ClusterStatus {
        var status = view
        var rings: [RingKey: RingReport] = [:]
        for (node, report) in reports {
            for ring in report.rings { rings[RingKey(node: node.rawValue, channel: ring.channel)] = ring }
        }
        let figures = Dictionary(uniqueKeysWithValues: reports.map { ($0.key.rawValue, $0.value.figures) })
        for index in status.nodes.indices { status.nodes[index].agent = figures[status.nodes[index].name] }
        for index in status.channels.indices {
            Self.join(&status.channels[index], rings, answered: Set(figures.keys))
            status.channels[index].references = Self.references(of: status.channels[index], rings, figures)
        }
        return status
    }

    private struct RingKey: Hashable {
        var node: String
        var channel: UInt64
    }

    private static func references(
        of channel: ChannelStatus, _ rings: [RingKey: RingReport], _ figures: [String: AgentFigures]
    ) -> [ReferenceStatus] {
        guard let id = UInt64(channel.id, radix: 16) else { return [] }
        return figures.sorted { $0.key < $1.key }.compactMap { node, agent in
            guard let ring = rings[RingKey(node: node, channel: id)], ring.isReference else { return nil }
            return ReferenceStatus(
                node: node, agent: agent.pid, readers: ring.readers.count(where: \.isGating), published: ring.published)
        }
    }

    private static func join(_ channel: inout ChannelStatus, _ rings: [RingKey: RingReport], answered: Set<String>) {
        guard let id = UInt64(channel.id, radix: 16) else { return }
        if let ring = rings[RingKey(node: channel.writerNode, channel: id)], !ring.isReference {
            channel.published = ring.published
            channel.generation = ring.generation
            channel.slotSize = ring.slotSize
        }
        for index in channel.readers.indices {
            guard let node = channel.readers[index].node else { continue }
            guard answered.contains(node) else {
                channel.readers[index].state = .unknown
                continue
            }
            let actor = channel.readers[index].actor
            guard let ring = rings[RingKey(node: node, channel: id)],
                let reader = ring.readers.first(where: { $0.actor == actor })
            else { continue }
            channel.readers[index].pid = reader.pid ?? channel.readers[index].pid
            channel.readers[index].state = reader.state
            channel.readers[index].acquired = reader.acquired
            channel.readers[index].released = reader.released
            channel.readers[index].heldMilliseconds = reader.heldMilliseconds
        }
    }
}
