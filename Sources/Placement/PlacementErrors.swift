import SluiceModel
import Wire

// What the coordinator refuses, in words: always the culprit, and what to do next.

extension SluiceError {
    static let notRegistered = SluiceError(
        .coordinatorUnavailable,
        "this connection has not registered with this coordinator; register (again), then repeat")

    static func wrongUser(_ user: String, node: NodeName) -> SluiceError {
        SluiceError(
            .accessDenied,
            "the key of \"\(user)\" was used for node \(node); start the agent with the key of its own node name",
            node: node.rawValue)
    }

    static func incompatible(_ theirs: VersionRange, _ ours: VersionRange, node: NodeName) -> SluiceError {
        SluiceError(
            .incompatibleVersion,
            "node \(node) speaks protocol version \(theirs), this coordinator \(ours); install one release on both",
            node: node.rawValue)
    }

    static func staleCoordinator(_ ours: Epoch, _ theirs: Epoch, node: NodeName) -> SluiceError {
        SluiceError(
            .coordinatorUnavailable,
            "this coordinator is in epoch \(ours), but node \(node) has obeyed epoch \(theirs): its store is older; "
                + "point the agents to the latest coordinator, or give this one its store",
            node: node.rawValue)
    }

    static func nodeTaken(_ node: Node) -> SluiceError {
        SluiceError(
            .nameTaken,
            "node \(node.name) is alive at \(node.controlEndpoint) as incarnation \(node.incarnation); "
                + "stop that agent, or start this one under another node name",
            node: node.name.rawValue)
    }

    static func nodeContested(_ node: NodeName) -> SluiceError {
        SluiceError(
            .nameTaken,
            "another agent is registering as node \(node) just now; give each agent a node name of its own",
            node: node.rawValue)
    }

    static func replaced(_ node: NodeName, _ old: Incarnation, by new: Incarnation) -> SluiceError {
        SluiceError(
            .fenced,
            "incarnation \(old) of node \(node) has been replaced by incarnation \(new); "
                + "fail what is remote, then register anew as incarnation 0",
            node: node.rawValue)
    }

    static func leaseRanOut(_ node: NodeName, _ incarnation: Incarnation, _ lease: UInt64) -> SluiceError {
        SluiceError(
            .fenced,
            "incarnation \(incarnation) of node \(node) was not heard of for its lease, \(lease / 1_000_000) ms, and is "
                + "declared lost; fail what is remote, then register anew as incarnation 0",
            node: node.rawValue)
    }

    static func full(_ what: String, _ limit: Int) -> SluiceError {
        SluiceError(.limitReached, "the coordinator has \(limit) \(what), its limit; remove some, or try later")
    }
}

// Actors.

extension SluiceError {
    static func actorTaken(_ actor: Actor, silent: UInt64?) -> SluiceError {
        let next =
            if let silent {
                "that node is silent for \(silent / 1_000_000_000) s; if it is gone, its names are free after its lease"
            } else {
                "stop that process, or take another name"
            }
        return SluiceError(
            .nameTaken, "actor \(actor.name) is alive on node \(actor.node) in process \(actor.pid); \(next)",
            actor: actor.name.rawValue, node: actor.node.rawValue, pid: actor.pid)
    }

    static func notHere(_ actor: ActorName, _ found: Actor?, on node: NodeName) -> SluiceError {
        let state =
            switch found {
            case let found? where found.isAlive: "it is registered on node \(found.node), in process \(found.pid)"
            case .some: "its process has died"
            case nil: "nobody has"
            }
        return SluiceError(
            .unknownActor,
            "no process on node \(node) has registered actor \(actor): \(state); register it there first",
            actor: actor.rawValue, node: node.rawValue)
    }

    static func missingReaders(_ missing: [ActorName], of channel: ChannelName) -> SluiceError {
        let names = missing.map(\.rawValue).joined(separator: ", ")
        return SluiceError(
            .unknownActor,
            "channel \(channel) was not created: \(missing.count == 1 ? "its reader" : "its readers") \(names) "
                + "had not been registered by the deadline; start them, or give a longer timeout",
            channel: channel.rawValue, actor: missing.first?.rawValue)
    }
}

// Channels.

extension SluiceError {
    static func channelTaken(_ channel: Channel) -> SluiceError {
        SluiceError(
            .nameTaken,
            "channel \(channel.spec.name) \(channel.isCreating ? "is being created" : "is open"), written by actor "
                + "\(channel.spec.writer) on node \(channel.writerNode); close it, or take another name",
            channel: channel.spec.name.rawValue, actor: channel.spec.writer.rawValue,
            node: channel.writerNode.rawValue)
    }

    static func otherChannel(_ spec: ChannelSpec, _ known: Channel) -> SluiceError {
        SluiceError(
            .invalidArgument,
            "channel identifier \(spec.id) belongs to channel \(known.spec.name) of node \(known.writerNode), which is "
                + "not what was asked for; choose a fresh identifier",
            channel: spec.name.rawValue, node: known.writerNode.rawValue)
    }

    static func hasEnded(_ spec: ChannelSpec, _ end: ChannelEnd) -> SluiceError {
        SluiceError(
            .closed,
            "channel \(spec.name) (\(spec.id)) has ended already: \(end.reason); create it under a fresh identifier",
            channel: spec.name.rawValue)
    }

    static func abandoned(_ channel: ChannelName) -> SluiceError {
        SluiceError(.cancelled, "the creation of channel \(channel) was given up", channel: channel.rawValue)
    }

    static func notTheWriter(_ channel: Channel, _ node: NodeName) -> SluiceError {
        SluiceError(
            .accessDenied,
            "channel \(channel.spec.name) is written on node \(channel.writerNode); node \(node) cannot end it",
            channel: channel.spec.name.rawValue, node: node.rawValue)
    }

    static func noReference(_ channel: Channel, on node: NodeName, _ why: SluiceError) -> SluiceError {
        var error = why
        error.message =
            "node \(node) could not make its reader reference of channel \(channel.spec.name): \(why.message)"
        error.channel = channel.spec.name.rawValue
        error.node = node.rawValue
        return error
    }

    static func lateReferences(_ channel: Channel, _ late: [Node], now: UInt64) -> SluiceError {
        let names = late.map { "\($0.name) (silent for \((now - min(now, $0.lastHeard)) / 1_000_000) ms)" }
        return SluiceError(
            .timedOut,
            "channel \(channel.spec.name) is not ready: no answer about its reader reference from node "
                + names.joined(separator: ", ") + "; see that its agent runs and reaches this coordinator",
            channel: channel.spec.name.rawValue, node: late.first?.name.rawValue)
    }

    static func desiredSetFull(_ node: NodeName, _ limit: Int, channel: ChannelName) -> SluiceError {
        SluiceError(
            .limitReached,
            "node \(node) has as many channels as one message can describe (\(limit) bytes); close some",
            channel: channel.rawValue, node: node.rawValue)
    }

    static func unknownChannel(_ channel: ChannelName, _ actor: ActorName) -> SluiceError {
        SluiceError(
            .unknownChannel,
            "no channel \(channel) was created by the deadline; start its writer, or give a longer timeout",
            channel: channel.rawValue, actor: actor.rawValue)
    }

    static func notAReader(_ actor: ActorName, of channel: Channel) -> SluiceError {
        let names = channel.spec.readers.map(\.rawValue).joined(separator: ", ")
        return SluiceError(
            .notAReader,
            "actor \(actor) is not a reader of channel \(channel.spec.name); declared are \(names)",
            channel: channel.spec.name.rawValue, actor: actor.rawValue)
    }

    static func notReady(_ channel: Channel, _ actor: ActorName) -> SluiceError {
        SluiceError(
            .timedOut,
            "channel \(channel.spec.name) of actor \(channel.spec.writer) on node \(channel.writerNode) exists, but was "
                + "not ready for actor \(actor) by the deadline; give a longer timeout",
            channel: channel.spec.name.rawValue, actor: actor.rawValue, node: channel.writerNode.rawValue)
    }

    static func superseded(_ channel: ChannelName, _ actor: ActorName) -> SluiceError {
        SluiceError(
            .cancelled, "actor \(actor) has asked for channel \(channel) again; that request is answered",
            channel: channel.rawValue, actor: actor.rawValue)
    }
}
