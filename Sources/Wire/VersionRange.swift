/// The protocol versions that a peer speaks; the first message of every conversation carries one.
package struct VersionRange: Hashable, Sendable, CustomStringConvertible {
    package var oldest: UInt32
    package var newest: UInt32

    package init(oldest: UInt32, newest: UInt32) {
        self.oldest = oldest
        self.newest = newest
    }

    /// What this build speaks.
    package static let current = VersionRange(oldest: 1, newest: 1)

    /// The newest version that both speak.
    package func common(with other: VersionRange) -> UInt32? {
        let newest = min(newest, other.newest)
        return newest >= max(oldest, other.oldest) ? newest : nil
    }

    package var description: String { oldest == newest ? "\(oldest)" : "\(oldest) to \(newest)" }
}
