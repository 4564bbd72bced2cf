public import Planning
public import SluiceModel

// A blob outside of a plan: what a job pushes and pulls.
extension RegisterView {
    /// A view of slots that hold this one blob: its header at 0, its body behind.
    ///
    /// - Parameters:
    ///   - blob: Its name, for errors and lookups.
    ///   - actor: Whose it is, for errors.
    ///   - node: Where that is, for errors.
    /// - Throws: ``SluiceError/Code/invalidArgument`` for a type that is too large.
    public convenience init(
        alone blob: String, _ type: BlobType, of actor: String, on node: String
    ) throws(SluiceError) {
        let body = type.headerBytes.rounded(upTo: type.alignment)
        let register = PlannedRegister(
            name: blob, kind: .channel, producer: 0, consumers: [],
            fields: [PlannedField(blob: blob, index: 0, type: type, header: 0, body: body)], slots: 1,
            stride: UInt64(type.slotBytes ?? 0), places: [], inPlaceOf: nil, lifetime: 0)
        try self.init(register, of: actor, on: node)
    }
}

extension BlobType {
    /// Bytes of a slot that holds only such a blob; nil if it is too large.
    public var slotBytes: Int? {
        guard let capacity else { return nil }
        return (headerBytes.rounded(upTo: alignment) + capacity).rounded(upTo: alignment)
    }
}
