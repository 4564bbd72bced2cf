internal import SluiceModel

/// Names and figures, wherever they occur.
extension Validation {
    static func checkName(
        _ name: String, of noun: String, _ path: [String], most: Int = PlanLimits.mostNameBytes,
        mayHaveSlash: Bool = false
    ) throws(PlanError) {
        let bytes = name.utf8.count
        guard bytes > 0 else { throw .invalid(path, "a name of the kind \(noun) is empty; give it 1 to \(most) bytes") }
        guard bytes <= most else {
            throw .invalid(
                path, "\(noun) '\(name.prefix(24))…' has a name of \(bytes) bytes; at most \(most) are allowed")
        }
        guard !name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) else {
            throw .invalid(path, "\(noun) \(name.debugDescription) has a control character in its name; take it out")
        }
        guard mayHaveSlash || !name.utf8.contains(UInt8(ascii: "/")) else {
            throw .invalid(path, "\(noun) '\(name)' has a '/' in its name, which parts names of channels; take it out")
        }
    }

    static func checkCount(_ count: Int, _ noun: String, most: Int, _ path: [String]) throws(PlanError) {
        guard count <= most else {
            throw .invalid(path, "there are \(count) \(noun); at most \(most) are allowed: make several plans of it")
        }
    }

    static func check(_ type: BlobType, of who: String, _ path: [String]) throws(PlanError) {
        guard type.shape.count <= BlobType.mostAxes else {
            throw .invalid(
                path.at("shape"), "\(who) has \(type.shape.count) axes; at most \(BlobType.mostAxes) are allowed")
        }
        for (axis, extent) in type.shape.enumerated() where extent < 0 {
            throw .invalid(
                path.at("shape", axis), "\(who) has \(extent) elements along axis \(axis); give 0 or more")
        }
        guard type.capacity != nil else {
            throw .invalid(
                path, "\(who) is \(type), which has more than \(BlobType.mostBytes) bytes; make it smaller")
        }
    }

    static func checkSlots(_ slots: Int?, _ who: String, _ path: [String]) throws(PlanError) {
        guard let slots, !(1...Limits.mostSlots ~= slots) else { return }
        throw .invalid(path, "\(who) asks for \(slots) slots; give 1 to \(Limits.mostSlots), or nothing")
    }

    static func checkTime(_ time: UInt64?, _ what: String, _ path: [String], actor: String? = nil) throws(PlanError) {
        guard let time, !(1...PlanLimits.mostNanoseconds ~= time) else { return }
        throw .invalid(
            path, actor: actor,
            "the \(what) is \(time) ns; give 1 to \(PlanLimits.mostNanoseconds), or nothing if it is not known")
    }
}
