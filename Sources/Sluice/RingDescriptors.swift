internal import Ring
internal import SharedMemory
internal import SluiceModel
internal import Wire

/// A ring's descriptors: kept for as long as the endpoint, since an agent that comes back wants them.
final class RingDescriptors: Sendable {
    let control: Descriptor
    private let held: Lock<[UInt32: PayloadSegment]>

    /// - Parameter descriptors: Control, then a payload for each of `payloads`.
    init(_ descriptors: [Descriptor], _ payloads: [PayloadSpec], of spec: ChannelSpec) throws(SluiceError) {
        guard let control = descriptors.first, descriptors.count == 1 + payloads.count else {
            throw SluiceError(
                .protocolViolation,
                """
                the agent sent \(descriptors.count) descriptors for channel \(spec.name) instead of control and \
                \(payloads.count) payloads
                """, channel: spec.name.rawValue)
        }
        self.control = control
        var held: [UInt32: PayloadSegment] = [:]
        for (payload, descriptor) in zip(payloads, descriptors.dropFirst()) {
            held[payload.generation] = PayloadSegment(payload, descriptor)
        }
        self.held = Lock(held)
    }

    /// Oldest generation first.
    var payloads: [PayloadSegment] { held.withLock { $0.values.sorted { $0.generation < $1.generation } } }

    /// What the newest slots hold, bytes.
    var slotSize: Int { held.withLock { $0.values.max { $0.generation < $1.generation }?.slotSize } ?? 0 }

    func add(_ payload: PayloadSegment) { held.withLock { $0[payload.generation] = payload } }
    func drop(where isOver: (UInt32) -> Bool) { held.withLock { $0 = $0.filter { !isOver($0.key) } } }

    func map(_ spec: ChannelSpec, writable: Bool) throws(SluiceError) -> RingMemory {
        let memory: RingMemory
        do throws(ForeignMemoryError) {
            memory = try RingMemory.attach(control: control, payloads: payloads, writable: writable, channel: spec.id)
        } catch {
            throw error.asSluiceError("the memory of channel \(spec.name)", channel: spec.name.rawValue)
        }
        guard memory.slots == spec.slots, memory.slotSize == spec.slotSize else {
            throw SluiceError(
                .protocolViolation,
                """
                the memory of channel \(spec.name) has \(memory.slots) slots of \(memory.slotSize) bytes, not \
                \(spec.slots) of \(spec.slotSize)
                """, channel: spec.name.rawValue)
        }
        return memory
    }
}

extension PayloadSegment {
    init(_ spec: PayloadSpec, _ descriptor: Descriptor) {
        self.init(
            generation: spec.generation, slotSize: spec.slotSize, descriptor: descriptor, place: spec.place)
    }

    var spec: PayloadSpec { PayloadSpec(generation: generation, slotSize: slotSize, place: place) }
}
