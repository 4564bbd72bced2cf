package import SluiceModel

/// What the processes of one run tell each other by key; each key is given once.
package struct KeyValues: Hashable, Sendable {
    private var values: [String: [UInt8]] = [:]
    package private(set) var bytes = 0

    package init() {}

    package var count: Int { values.count }
    package subscript(key: String) -> [UInt8]? { values[key] }

    /// Keeps a value.
    ///
    /// - Throws: ``SluiceError/Code/nameTaken`` if the key has another one, ``SluiceError/Code/limitReached``.
    package mutating func put(_ value: [UInt8], at key: String, _ limits: RunLimits) throws(SluiceError) {
        if let known = values[key] {
            guard known == value else {
                throw SluiceError(.nameTaken, "key \"\(key)\" has another value already; a key is given once in a run")
            }
            return
        }
        let size = key.utf8.count + value.count
        guard values.count < limits.mostKeys else {
            throw SluiceError(.limitReached, "this run has \(limits.mostKeys) keys already (RunLimits.mostKeys)")
        }
        guard bytes + size <= limits.mostKeyBytes else {
            throw SluiceError(
                .limitReached,
                "key \"\(key)\" and its value take \(size) bytes, and \(limits.mostKeyBytes - bytes) are left of this run's "
                    + "\(limits.mostKeyBytes) (RunLimits.mostKeyBytes)", needed: UInt64(size),
                available: UInt64(limits.mostKeyBytes - bytes))
        }
        values[key] = value
        bytes += size
    }
}
