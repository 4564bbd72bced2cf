import Relay
import Ring
import SharedMemory
import SluiceModel
import Wire

/// One generation's payload as the agent keeps it for those who come later.
struct HeldPayload {
    let generation: UInt32
    let slotSize: Int
    /// Nil: in memory of its own. Else in a plan's block, which that plan's workers share for writing.
    let place: BlockPlace?
    let segment: Segment
    let readOnly: Descriptor

    init(_ spec: PayloadSpec, _ segment: Segment) throws(SystemCallError) {
        generation = spec.generation
        slotSize = spec.slotSize
        place = spec.place
        self.segment = segment
        readOnly = spec.place == nil ? try segment.reopenReadOnly().descriptor : segment.descriptor
    }

    var spec: PayloadSpec { PayloadSpec(generation: generation, slotSize: slotSize, place: place) }

    /// For mapping it here.
    func mapped(writable: Bool) -> PayloadSegment {
        PayloadSegment(
            generation: generation, slotSize: slotSize, descriptor: writable ? segment.descriptor : readOnly,
            place: place)
    }
}

/// A growth of a ring that is under way, and who waits for it.
struct GrowthUnderWay {
    /// Tells it from every other one of this agent.
    let number: UInt64
    var growth: Growth
    let payload: HeldPayload
}

/// A writer's wish for larger slots.
struct GrowthRequest {
    let life: ProcessLife
    let request: UInt64
    let needed: Int
    /// When its call gives up, and wants to know whom it has waited for.
    let deadline: Deadline
}

extension LocalRing {
    /// What its newest slots hold, bytes.
    var slotSize: Int { payloads.last?.slotSize ?? spec.slotSize }

    /// What a reader needs: one that opens while the ring grows gets the memory that is to come as well.
    var readersPayloads: [HeldPayload] { payloads + (growth.map { [$0.payload] } ?? []) }

    var readersDescriptors: [Descriptor] { [controlReadOnly] + readersPayloads.map(\.readOnly) }

    /// The workers that have a reader of it open.
    var readingWorkers: Set<ProcessLife> {
        Set(places.values.compactMap { if case .open(let life, _, _) = $0 { life } else { nil } })
    }
}
