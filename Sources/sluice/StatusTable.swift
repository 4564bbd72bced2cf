package import SluiceModel

/// `sluice status` for people.
package struct StatusTable {
    package let status: ClusterStatus

    package init(status: ClusterStatus) { self.status = status }

    package var lines: [String] {
        var lines = ["coordinator: epoch \(status.epoch)", ""] + nodes.lines
        if !status.actors.isEmpty { lines += [""] + actors.lines }
        for channel in status.channels { lines += [""] + Self.lines(of: channel) }
        return lines
    }

    private var nodes: Table {
        var table = Table(["NODE", "STATE", "LAST HEARD", "WORKERS", "MEMORY", "SENT", "RECEIVED", "DROPPED", "PEERS"])
        for node in status.nodes {
            let heard = "\(node.silentMilliseconds) ms ago"
            guard let agent = node.agent else {
                table.add([node.name, node.state.rawValue, heard, "-", "-", "-", "-", "-", "-"])
                continue
            }
            table.add([
                node.name, node.state.rawValue, heard, "\(agent.workers)",
                "\(ByteSize.rounded(agent.memoryUsed)) of \(ByteSize.rounded(agent.memoryBudget))",
                ByteSize.rounded(agent.bytesSent), ByteSize.rounded(agent.bytesReceived), "\(agent.framesDropped)",
                agent.sessions.isEmpty ? "-" : agent.sessions.joined(separator: ","),
            ])
        }
        return table
    }

    private var actors: Table {
        var table = Table(["ACTOR", "NODE", "PID", "INCARNATION", "STATE"])
        for actor in status.actors {
            table.add([
                actor.name, actor.node, "\(actor.pid)", "\(actor.incarnation)", actor.isAlive ? "alive" : "lost",
            ])
        }
        return table
    }

    private static func lines(of channel: ChannelStatus) -> [String] {
        let published = channel.published.map { "\($0) values published" } ?? "its node does not answer"
        var lines = [
            "channel \(channel.name) (\(channel.state), \(channel.form.rawValue)): \(channel.writer) on "
                + "\(channel.writerNode), \(published), \(channel.slots) slots of "
                + ByteSize.rounded(UInt64(channel.slotSize)) + growth(channel)
        ]
        var table = Table(["READER", "NODE", "ROUTE", "STATE", "TAKEN", "RELEASED", "BEHIND", "HOLDS"])
        for reader in channel.readers { table.add(row(reader, published: channel.published)) }
        lines += table.lines.map { "  " + $0 }
        for reference in channel.references {
            lines.append(
                "  reference on \(reference.node) (agent pid \(reference.agent)): readers \(reference.readers), "
                    + "values \(reference.published)")
        }
        let culprits = channel.heldBackBy.map(describe)
        if !culprits.isEmpty { lines.append("  no slot is free: held back by \(culprits.joined(separator: ", "))") }
        return lines
    }

    private static func growth(_ channel: ChannelStatus) -> String {
        switch channel.generation {
        case nil, 0: ""
        case 1: ", grown once"
        case let times?: ", grown \(times) times"
        }
    }

    private static func row(_ reader: ReaderStatus, published: UInt64?) -> [String] {
        let behind = published.map { $0 >= reader.released ? "\($0 - reader.released)" : "0" } ?? "-"
        return [
            reader.actor, reader.node ?? "-", reader.route.rawValue, reader.state.rawValue, "\(reader.acquired)",
            "\(reader.released)", behind, held(reader) ?? "-",
        ]
    }

    /// What a reader has not given back, and for how long.
    private static func held(_ reader: ReaderStatus) -> String? {
        guard reader.acquired > reader.released else { return nil }
        let count = reader.acquired - reader.released
        return "\(count)" + (reader.heldMilliseconds.map { " for \($0) ms" } ?? "")
    }

    private static func describe(_ reader: ReaderStatus) -> String {
        let place = [reader.node.map { "node \($0)" }, reader.pid.map { "pid \($0)" }].compactMap { $0 }
        let whom = place.isEmpty ? reader.actor : "\(reader.actor) (\(place.joined(separator: ", ")))"
        switch reader.state {
        case .expected: return "\(whom), which has not opened the channel yet"
        default:
            guard reader.acquired > reader.released else {
                return "\(whom), which has not read value \(reader.released)"
            }
            let time = reader.heldMilliseconds.map { " for \($0) ms" } ?? ""
            return "\(whom), which has held value \(reader.released)\(time)"
        }
    }
}
