import Relay
import Ring
import SharedMemory
import SluiceModel

// What workers have done: values published for other nodes, slots of references released.
extension DataLoop {
    /// True if a bell had rung.
    func lookAtBells() -> Bool {
        var hasRung = false
        for watch in watches {
            for index in watch.published.indices {
                let count = watch.view.publishedCount(group: watch.published[index].index)
                guard count != watch.published[index].seen else { continue }
                // Before the rings are looked at: what is published afterwards rings again.
                watch.published[index].seen = count
                hasRung = true
                for channel in watch.published[index].members { lookAt(channel) }
            }
            for index in watch.released.indices {
                let count = watch.view.releasedCount(group: watch.released[index].index)
                guard count != watch.released[index].seen else { continue }
                watch.released[index].seen = count
                hasRung = true
                for reference in watch.released[index].members { touch(reference) }
            }
        }
        return hasRung
    }

    func bellsHaveRung() -> Bool {
        for watch in watches {
            for index in watch.published.indices
            where watch.view.publishedCount(group: watch.published[index].index) != watch.published[index].seen {
                return true
            }
            for index in watch.released.indices
            where watch.view.releasedCount(group: watch.released[index].index) != watch.released[index].seen {
                return true
            }
        }
        return false
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
        watch.published.join(channel, group: channel.group, seen: watch.view.publishedCount(group: channel.group))
        lookAt(channel)
    }

    func unwatch(_ channel: OutgoingChannel) { workers[channel.writer]?.published.leave(channel) }

    func watchReader(_ reference: IncomingReference, _ life: ProcessLife, line: UInt32, isOpen: Bool) {
        if let watch = workers[life] {
            let group = Int(line) / ProcessView.endpointsPerBell
            if isOpen {
                watch.released.join(reference, group: group, seen: watch.view.releasedCount(group: group))
            } else {
                watch.released.leave(reference, group: group, most: 1)
            }
        }
        // Segments of gates that are gone are let go of here, on the thread that writes the ring.
        if !isOpen { reference.writer?.settle() }
        touch(reference)
    }
}
