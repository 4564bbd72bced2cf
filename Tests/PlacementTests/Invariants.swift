import Placement
import SluiceModel
import Testing

extension Placement {
    /// What holds after every input; one line for each thing that does not.
    var violations: [String] {
        var found: [String] = []
        func check(_ holds: Bool, _ what: @autoclosure () -> String) { if !holds { found.append(what()) } }
        checkNames(check)
        for (id, channel) in channels { checkChannel(id, channel, check) }
        for (name, node) in nodes { checkNode(name, node, check) }
        for (name, actor) in actors {
            check(
                actor.isAlive == (nodes[actor.node]?.actors.contains(name) ?? false),
                "\(name) is alive: \(actor.isAlive), which its node \(actor.node) does not know")
            if actor.isAlive { check(nodes[actor.node]?.standing == .alive, "\(name) lives on the lost \(actor.node)") }
        }
        check(openings.values.reduce(0) { $0 + $1.count } == openingCount, "openings are miscounted")
        for (name, waiting) in openings {
            for actor in waiting.keys { check(actors[actor]?.isAlive == true, "dead \(actor) waits for \(name)") }
        }
        return found
    }

    private typealias Checker = (Bool, @autoclosure () -> String) -> Void

    private func checkNames(_ check: Checker) {
        for (name, id) in openNames {
            let holder = channels[id]
            check(holder?.spec.name == name && holder?.end == nil, "name \(name) is held by \(id), which is not open")
        }
        for (name, ids) in endedNames {
            for id in ids { check(channels[id]?.end != nil, "ended \(id) of \(name) has not ended") }
        }
        for (actor, ids) in channelsRead {
            for id in ids { check(channels[id]?.spec.readers.contains(actor) == true, "\(actor) reads no \(id)") }
        }
        for (actor, ids) in channelsWritten {
            for id in ids { check(channels[id]?.spec.writer == actor, "\(actor) writes no \(id)") }
        }
    }

    private func checkChannel(_ id: ChannelID, _ channel: Channel, _ check: Checker) {
        check(channel.spec.readers.allSatisfy { channelsRead[$0]?.contains(id) == true }, "\(id) lacks in an index")
        check(nodes[channel.writerNode]?.written.contains(id) == true, "\(id) is unknown to \(channel.writerNode)")
        for (actor, place) in zip(channel.spec.readers, channel.places) {
            guard let node = place.node else { continue }
            check(actors[actor]?.isAlive == true && actors[actor]?.node == node, "\(actor) of \(id) is not on \(node)")
        }
        for (node, reference) in channel.references {
            check(nodes[node]?.references.contains(id) == true, "\(node) does not know its reference of \(id)")
            check(node != channel.writerNode, "\(id) has a reference on its writer's node")
            check(nodes[node]?.standing == .alive, "\(id) has a reference on the lost \(node)")
            check(channel.places.contains { $0.node == node }, "\(id) has a reference without readers on \(node)")
            check(!(reference.isReady && !reference.isDestination && channel.isOpen), "\(id) does not wait for \(node)")
        }
        if channel.isOpen {
            check(nodes[channel.writerNode]?.standing == .alive, "\(id) is open on a lost node")
            check(nodes[channel.writerNode]?.writers.contains(id) == true, "\(id) is open and not desired")
        }
        if channel.end != nil {
            check(!(channel.isWriterDrained && channel.references.isEmpty), "\(id) is through and still here")
        }
        if channel.isWriterDrained { check(channel.end != nil, "\(id) has drained before its end") }
    }

    private func checkNode(_ name: NodeName, _ node: Node, _ check: Checker) {
        for id in node.references {
            check(channels[id]?.references[name] != nil, "\(name) has a stray reference \(id)")
        }
        for id in node.writers.union(node.written) {
            check(channels[id]?.writerNode == name, "\(name) has a stray writer \(id)")
        }
        check(node.writers.isSubset(of: node.written), "\(name) is asked for a writer that has no row")
        check((node.desiredBytes == 0) == (node.writers.isEmpty && node.references.isEmpty), "\(name) miscounts bytes")
        if node.standing != .alive {
            check(node.actors.isEmpty && node.references.isEmpty && node.writers.isEmpty, "the lost \(name) has things")
            check(node.connection == nil, "the lost \(name) has a connection")
        }
    }
}
