import SluiceModel
import SluiceTesting

/// A directory and a tag, as a cluster has them, for tests of the parts beneath it.
struct Fixture: ~Copyable {
    let tag = ClusterTag.make()
    let directory: ClusterDirectory

    init() throws { directory = try ClusterDirectory(tag) }
    deinit { directory.remove() }

    func start(_ executable: String, _ arguments: [String], networkOf: Int32? = nil) async throws -> ChildProcess {
        try await ChildProcess.start(
            .init(
                label: executable, executable: executable, arguments: arguments,
                environment: [ClusterTag.variable: tag.description], output: directory.file("out"),
                errors: directory.file("err"), networkOf: networkOf))
    }
}
