import Relay
import Ring
import SharedMemory
import SluiceModel

// What workers have done: values published for other nodes, slots of references released.
extension DataLoop {
    /// True if a bell had rung.
    func lookAtBells() -> Bool {
        var hasRung = false
        for watch in workers.values {
            for (index, group) in watch.published {
                let count = watch.view.publishedCount(group: index)
                guard count != group.seen else { continue }
                // Before the rings are looked at: what is published afterwards rings again.
                watch.published[index]?.seen = count
                hasRung = true
                for channel in group.members { lookAt(channel) }
            }
            for (index, group) in watch.released {
                let count = watch.view.releasedCount(group: index)
                guard count != group.seen else { continue }
                watch.released[index]?.seen = count
                hasRung = true
                for reference in group.members { touch(reference) }
            }
        }
        return hasRung
    }

    func bellsHaveRung() -> Bool {
        for watch in workers.values {
            for (index, group) in watch.published where watch.view.publishedCount(group: index) != group.seen {
                return true
            }
            for (index, group) in watch.released where watch.view.releasedCount(group: index) != group.seen {
                return true
            }
        }
        return false
    }

    func drainBells() {
        for watch in workers.values { watch.doorbell.drain() }
    }

    /// Takes note of what a ring has published.
    func lookAt(_ channel: OutgoingChannel) {
        let published = channel.memory.published
        for destination in channel.destinations.values where !destination.isRemoved {
            destination.link.outbox.published(destination.index, upTo: published)
            destination.link.mayHaveWork = true
        }
    }

    func touch(_ reference: IncomingReference) {
        guard !reference.isTouched else { return }
        reference.isTouched = true
        touched.append(reference)
    }

    func watch(_ channel: OutgoingChannel) {
        guard let watch = workers[channel.writer] else { return }
        let seen = watch.view.publishedCount(group: channel.group)
        watch.published[channel.group, default: .init(seen: seen, members: [])].members.append(channel)
        lookAt(channel)
    }

    func unwatch(_ channel: OutgoingChannel) {
        guard let watch = workers[channel.writer] else { return }
        watch.published[channel.group]?.members.removeAll { $0 === channel }
        if watch.published[channel.group]?.members.isEmpty == true { watch.published[channel.group] = nil }
    }

    func watchReader(_ reference: IncomingReference, _ life: ProcessLife, line: UInt32, isOpen: Bool) {
        if let watch = workers[life] {
            let group = Int(line) / ProcessView.endpointsPerBell
            if isOpen {
                let seen = watch.view.releasedCount(group: group)
                watch.released[group, default: .init(seen: seen, members: [])].members.append(reference)
            } else if let index = watch.released[group]?.members.firstIndex(where: { $0 === reference }) {
                watch.released[group]?.members.remove(at: index)
                if watch.released[group]?.members.isEmpty == true { watch.released[group] = nil }
            }
        }
        // Segments of gates that are gone are let go of here, on the thread that writes the ring.
        if !isOpen { reference.writer?.settle() }
        touch(reference)
    }
}
