internal import SluiceModel

/// Whose a field is: what errors name.
struct FieldOwner: Sendable {
    let actor: String
    let node: String
    let register: String

    func error(
        _ code: SluiceError.Code, _ message: String, needed: Int? = nil, available: Int? = nil
    ) -> SluiceError {
        SluiceError(
            code, message, actor: actor, node: node, needed: needed.map { UInt64(clamping: $0) },
            available: available.map { UInt64(clamping: $0) })
    }
}
