internal import SharedMemory

extension RingMemory {
    /// Maps a generation's slots for writing before the first value comes, up to `most` bytes of them.
    ///
    /// Whoever fills them would else take a fault for each page of the first round, which is slower than the copy itself:
    /// what arrives meanwhile piles up in front of it.
    package func mapAhead(_ generation: UInt32, most: Int) {
        guard isWritable, let payload = payloads[generation] else { return }
        unsafe ResidentPages.mapAhead(
            payload.mutableBytes(slot: 0, length: min(most, slots * Int(payload.stride))))
    }
}
