internal import Foundation
internal import Synchronization

/// Names one cluster of one process, and tells from the name alone whether that process still lives.
///
/// Every child carries it in its environment and every directory in its name, so that what a crashed test has left
/// behind can be found by the next one.
package struct ClusterTag: Hashable, Sendable, CustomStringConvertible {
    package static let variable = "SLUICE_CLUSTER"
    package static let directoryPrefix = "sluice-cluster-"

    package let owner: Int32
    package let ownerStart: UInt64
    package let number: Int

    private static let next = Atomic<Int>(1)

    /// A fresh one for this process.
    package static func make() -> ClusterTag {
        let pid = getpid()
        // SYNC POINT: none; the counter only has to give each caller another number.
        let number = next.add(1, ordering: .relaxed).oldValue
        return ClusterTag(owner: pid, ownerStart: Proc.startTime(of: pid) ?? 0, number: number)
    }

    package init(owner: Int32, ownerStart: UInt64, number: Int) {
        self.owner = owner
        self.ownerStart = ownerStart
        self.number = number
    }

    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-")
        guard parts.count == 3, let owner = Int32(parts[0]), let start = UInt64(parts[1]), let number = Int(parts[2])
        else { return nil }
        self.init(owner: owner, ownerStart: start, number: number)
    }

    package var description: String { "\(owner)-\(ownerStart)-\(number)" }

    package var ownerLives: Bool { Proc.isRunning(owner) && Proc.startTime(of: owner) == ownerStart }

    /// The tag in a process's environment.
    static func of(pid: Int32) -> ClusterTag? {
        let prefix = variable + "="
        return Proc.environment(of: pid).first { $0.hasPrefix(prefix) }.flatMap {
            ClusterTag($0.dropFirst(prefix.count))
        }
    }
}
