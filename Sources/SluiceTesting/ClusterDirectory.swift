internal import Foundation
package import SluiceModel

/// The one directory that holds a cluster's files: sockets, store, keys, and what its processes wrote.
package struct ClusterDirectory: Sendable {
    package let path: String

    /// - Throws: ``SluiceError/Code/system`` if it cannot be made.
    package init(_ tag: ClusterTag) throws(SluiceError) {
        Self.sweep()
        path = Self.root + "/" + ClusterTag.directoryPrefix + tag.description
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw .system("mkdir \(path)", 0, "\(error)") }
    }

    package func file(_ name: String) -> String { path + "/" + name }

    package func remove() { try? FileManager.default.removeItem(atPath: path) }

    /// `TMPDIR` where that leaves room for a Unix socket's path of 107 bytes, else /tmp.
    private static var root: String {
        let wanted = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        return wanted.utf8.count <= mostRootBytes && wanted.hasPrefix("/") ? wanted : "/tmp"
    }

    private static let mostRootBytes = 40

    /// Removes what makers that are gone have left.
    private static func sweep() {
        for path in all({ !$0.ownerLives }) { try? FileManager.default.removeItem(atPath: path) }
    }

    /// Directories of the clusters that are wanted.
    static func all(_ wanted: (ClusterTag) -> Bool) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return names.filter { $0.hasPrefix(ClusterTag.directoryPrefix) }
            .filter { ClusterTag($0.dropFirst(ClusterTag.directoryPrefix.count)).map(wanted) ?? false }
            .map { root + "/" + $0 }
    }
}
