import Relay
import Ring
import SharedMemory
import SluiceModel

// What workers have done: values published for other nodes, slots of references released.
extension DataLoop {
    /// True if a bell had rung.
    func lookAtBells() -> Bool {
        guard bells.haveRung else { return false }
        for watch in watches {
            for index in watch.published.indices {
                let count = watch.view.publishedCount(group: watch.published[index].index)
                guard count != watch.published[index].seen else { continue }
                // Before the rings are looked at: what is published afterwards rings again.
                bells.attended(count &- watch.published[index].seen)
                watch.published[index].seen = count
                for channel in watch.published[index].members { lookAt(channel) }
            }
            for index in watch.released.indices {
                let count = watch.view.releasedCount(group: watch.released[index].index)
                guard count != watch.released[index].seen else { continue }
                bells.attended(count &- watch.released[index].seen)
                watch.released[index].seen = count
                for reference in watch.released[index].members { touch(reference) }
            }
        }
        return true
    }

    /// After every change of what is watched.
    private func gatherBells() {
        bells = Bells()
        for watch in watches {
            for group in watch.published { bells.add(watch.view.publishedBell(group: group.index), seen: group.seen) }
            for group in watch.released { bells.add(watch.view.releasedBell(group: group.index), seen: group.seen) }
        }
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
        gatherBells()
        lookAt(channel)
    }

    func unwatch(_ channel: OutgoingChannel) {
        workers[channel.writer]?.published.leave(channel)
        gatherBells()
    }

    func watch(_ worker: BellWatch, of life: ProcessLife) {
        workers[life] = worker
        watches = Array(workers.values)
        gatherBells()
    }

    func unwatch(_ life: ProcessLife) -> BellWatch? {
        let worker = workers.removeValue(forKey: life)
        watches = Array(workers.values)
        gatherBells()
        return worker
    }

    /// No reader of this node reads it any more.
    func unwatch(_ reference: IncomingReference) {
        for watch in watches { watch.released.leave(reference) }
        gatherBells()
    }

    func watchReader(_ reference: IncomingReference, _ life: ProcessLife, line: UInt32, isOpen: Bool) {
        if let watch = workers[life] {
            let group = Int(line) / ProcessView.endpointsPerBell
            if isOpen {
                watch.released.join(reference, group: group, seen: watch.view.releasedCount(group: group))
            } else {
                watch.released.leave(reference, group: group, most: 1)
            }
            gatherBells()
        }
        // Segments of gates that are gone are let go of here, on the thread that writes the ring.
        if !isOpen { reference.writer?.settle() }
        touch(reference)
    }
}
