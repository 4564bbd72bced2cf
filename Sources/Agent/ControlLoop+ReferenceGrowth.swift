import Relay
import Ring
import SluiceModel
import Wire

// Reader references grow because the writer's node wants it, and shrink if the growth comes to nothing elsewhere.
extension ControlLoop {
    /// The writer's node wants this one to have larger slots.
    func growReference(_ id: ChannelID, to slotSize: Int) {
        guard let ring = references[id], !ring.isGoing else {
            let error = SluiceError(
                .unknownChannel, "node \(node) reads channel \(id) no longer, or not yet", node: node.rawValue)
            return data.post(.referenceRefused(id, slotSize: slotSize, error))
        }
        guard !ring.isShrinking else { return ring.wantedSize = slotSize }
        if ring.slotSize >= slotSize { return data.post(.referenceGrown(id, slotSize: ring.slotSize)) }
        if let growth = ring.growth?.growth {
            guard growth.slotSize < slotSize else { return }
            advanceGrowth(ring) { $0.cancel(.tooLarge(slotSize, ring.spec, on: node)) }
        }
        do throws(SluiceError) {
            guard slotSize <= ring.spec.largestValue else { throw .tooLarge(slotSize, ring.spec, on: node) }
            let payload = try makePayload(ring, slotSize: slotSize)
            // Sooner than the writer's node loses its patience, which would know only that this node has not answered.
            let patience = Deadline(nanoseconds: now + AgentLimits.referenceGrowth)
            startGrowth(ring, Growth(slotSize: slotSize, nodes: [], deadline: patience), payload)
            advanceGrowth(ring) { $0.begin() }
        } catch {
            data.post(.referenceRefused(id, slotSize: slotSize, error))
        }
    }

    /// The growth came to nothing elsewhere: what no value lies in goes back.
    func shrinkReference(_ id: ChannelID, to slotSize: Int) {
        guard let ring = references[id], !ring.isGoing else { return }
        ring.wantedSize = nil
        if let growth = ring.growth?.growth, growth.slotSize > slotSize {
            advanceGrowth(ring) { $0.cancel(SluiceError(.cancelled, "the growth was given up by the writer's node")) }
        }
        guard ring.slotSize > slotSize, !ring.isShrinking else { return }
        ring.isShrinking = true
        data.post(.shrinkReference(id))
    }

    func referenceShrunk(_ id: ChannelID, to generation: UInt32) {
        guard let ring = references[id], ring.isShrinking else { return }
        ring.isShrinking = false
        for payload in ring.payloads where payload.generation > generation { dropPayload(payload, of: ring) }
        ring.payloads.removeAll { $0.generation > generation }
        if let wanted = ring.wantedSize {
            ring.wantedSize = nil
            growReference(id, to: wanted)
        }
    }
}
