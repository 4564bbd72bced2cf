internal import Foundation
public import SluiceModel
internal import Synchronization

/// Whether clusters in network namespaces are possible here.
public enum Namespaces {
    public enum Availability: Hashable, Sendable {
        case available
        /// They are not, and why.
        case unavailable(String)
    }

    /// Finds out, once per process, by making a small network and removing it.
    public static func availability() async -> Availability { await probe.value }

    /// For a test that needs namespaces, as the condition of its trait:
    /// `@Test(.enabled("needs network namespaces") { try await Namespaces.permitted() })`.
    ///
    /// Where they are not available it says so on standard error, and the number of tests skipped when the process
    /// ends.
    ///
    /// - Throws: ``SluiceError/Code/unsupported`` instead of `false` if `SLUICE_REQUIRE_NETNS=1` is set.
    public static func permitted() async throws(SluiceError) -> Bool {
        guard case .unavailable(let reason) = await availability() else { return true }
        if ProcessInfo.processInfo.environment[requirement] == "1" {
            throw SluiceError(.unsupported, "\(requirement)=1, but there are no network namespaces here: \(reason)")
        }
        Skips.shared.count(reason)
        return false
    }

    private static let requirement = "SLUICE_REQUIRE_NETNS"

    private static let probe = Task { () -> Availability in
        do {
            let tag = ClusterTag.make()
            let directory = try ClusterDirectory(tag)
            defer { directory.remove() }
            let network = try await Network.make(hosts: 1, in: directory, tag: tag)
            await network.remove()
            return .available
        } catch { return .unavailable("\(error)") }
    }
}

extension SluiceError.Code {
    /// This kind of cluster, or this machine, cannot do that; the message says which can.
    public static let unsupported = SluiceError.Code(rawValue: "unsupported")
}

/// Counts the tests that were skipped and says so when the process ends.
private final class Skips: Sendable {
    static let shared = Skips()
    private let skipped = Mutex(0)

    func count(_ reason: String) {
        let number = skipped.withLock { skipped in
            skipped += 1
            return skipped
        }
        guard number == 1 else { return }
        Self.say("skipping tests that need network namespaces: \(reason)")
        atexit { Skips.say("\(Skips.shared.skipped.withLock { $0 }) tests skipped for want of network namespaces") }
    }

    private static func say(_ line: String) { FileHandle.standardError.write(Data("sluice: \(line)\n".utf8)) }
}
