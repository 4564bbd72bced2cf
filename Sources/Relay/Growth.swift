package import SluiceModel

/// One growth of a ring, in two phases: first every reading node reserves the memory, then every reader of this node maps
/// it, and only then may the ring's writer use it.
///
/// A reader reference grows by the same steps with no nodes to wait for. No descriptor, no socket, no clock.
package struct Growth: Hashable, Sendable {
    /// Largest value that the slots will hold, bytes.
    package let slotSize: Int
    package private(set) var deadline: Deadline
    private var phase: Phase

    private enum Phase: Hashable, Sendable {
        /// These nodes have not answered.
        case reserving(Set<NodeName>)
        /// Every node has; the memory is to be handed to the readers.
        case reserved
        /// These workers have not mapped it.
        case mapping(Set<ProcessLife>)
        case over
    }

    /// What is to be done now.
    package enum Step: Hashable, Sendable {
        case wait
        /// Hand the memory to every worker that has a reader open, then say ``handed(to:)``.
        case hand
        /// The writer may use it.
        case grant
        /// Release all that was reserved.
        case fail(SluiceError)
    }

    /// - Parameter nodes: Those that the ring's writer waits for.
    package init(slotSize: Int, nodes: Set<NodeName>, deadline: Deadline) {
        self.slotSize = slotSize
        self.deadline = deadline
        phase = .reserving(nodes)
    }

    /// The first step, once every node has been asked.
    package mutating func begin() -> Step {
        guard case .reserving(let nodes) = phase, nodes.isEmpty else { return .wait }
        phase = .reserved
        return .hand
    }

    /// A call that wants the same waits longer than the one before.
    package mutating func extend(to deadline: Deadline) { self.deadline = max(self.deadline, deadline) }
}

// What nodes say.
extension Growth {
    package mutating func reserved(by node: NodeName) -> Step { isSettled(node) }

    package mutating func refused(by node: NodeName, _ error: SluiceError) -> Step {
        guard case .reserving(let nodes) = phase, nodes.contains(node) else { return .wait }
        return fail(error)
    }

    /// Nobody reads there any more.
    package mutating func isGone(_ node: NodeName) -> Step { isSettled(node) }

    private mutating func isSettled(_ node: NodeName) -> Step {
        guard case .reserving(var nodes) = phase, nodes.remove(node) != nil else { return .wait }
        phase = .reserving(nodes)
        return begin()
    }
}

// What this node's readers say.
extension Growth {
    /// The memory is on its way to these workers.
    package mutating func handed(to workers: Set<ProcessLife>) -> Step {
        guard case .reserved = phase else { return .wait }
        phase = .mapping(workers)
        return grantIfMapped()
    }

    package mutating func mapped(by worker: ProcessLife) -> Step {
        guard case .mapping(var workers) = phase, workers.remove(worker) != nil else { return .wait }
        phase = .mapping(workers)
        return grantIfMapped()
    }

    /// It cannot have the memory. One that died is not waited for.
    package mutating func refused(by worker: ProcessLife, _ error: SluiceError) -> Step {
        guard case .mapping(let workers) = phase, workers.contains(worker) else { return .wait }
        return error.code == .writerDied ? mapped(by: worker) : fail(error)
    }

    private mutating func grantIfMapped() -> Step {
        guard case .mapping(let workers) = phase, workers.isEmpty else { return .wait }
        phase = .over
        return .grant
    }
}

// How it comes to nothing.
extension Growth {
    /// The channel is over, or the growth is not wanted any more.
    package mutating func cancel(_ error: SluiceError) -> Step { phase == .over ? .wait : fail(error) }

    /// The deadline has passed: names who has not answered.
    package mutating func expire(at now: UInt64, channel: ChannelName, because culprit: Culprit? = nil) -> Step {
        guard phase != .over, deadline.hasPassed(at: now) else { return .wait }
        return fail(late(channel: channel, because: culprit))
    }

    /// A reader that is waited for.
    package struct Culprit: Hashable, Sendable {
        package var reader: ActorName
        package var node: NodeName
        package var pid: Int32

        package init(reader: ActorName, node: NodeName, pid: Int32) {
            self.reader = reader
            self.node = node
            self.pid = pid
        }
    }

    /// The workers that have not mapped the memory.
    package var unmapped: Set<ProcessLife> { if case .mapping(let workers) = phase { workers } else { [] } }

    /// Why there is no larger slot yet.
    package func late(channel: ChannelName, because culprit: Culprit?) -> SluiceError {
        var error = SluiceError(
            .timedOut, "channel \(channel) cannot grow to slots of \(slotSize) bytes yet", channel: channel.rawValue,
            needed: UInt64(slotSize))
        switch phase {
        case .reserving(let nodes):
            let late = nodes.sorted()
            error.node = late.first?.rawValue
            error.message += ": no answer from node \(late.map(\.rawValue).joined(separator: ", "))"
        case .mapping:
            guard let culprit else {
                error.message += ": a reader of this node has not mapped them"
                break
            }
            error.actor = culprit.reader.rawValue
            error.node = culprit.node.rawValue
            error.pid = culprit.pid
            error.message += ": reader \(culprit.reader) (node \(culprit.node), pid \(culprit.pid)) has not mapped them"
        case .reserved, .over: break
        }
        return error
    }

    private mutating func fail(_ error: SluiceError) -> Step {
        phase = .over
        return .fail(error)
    }
}
