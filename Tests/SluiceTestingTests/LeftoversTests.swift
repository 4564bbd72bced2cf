import Foundation
import SluiceModel
import SluiceTesting
import Testing

@Suite(.timeLimit(.minutes(1))) struct LeftoversTests {
    @Test func aRunningProcessIsFound() async throws {
        let fixture = try Fixture()
        let child = try await fixture.start("sleep", ["infinity"])
        // Between two programs of one process nobody can see whose it is.
        try await waitUntil("the process to be found") {
            Leftovers.check().processes.contains { $0.hasPrefix("\(child.pid) ") }
        }
        #expect(Leftovers.check().directories.contains(fixture.directory.path))
        try await child.kill()
        #expect(!Leftovers.check().processes.contains { $0.hasPrefix("\(child.pid) ") })
    }

    @Test func aDirectoryIsGoneWithItsCluster() throws {
        let path: String
        do {
            let fixture = try Fixture()
            path = fixture.directory.path
        }
        #expect(!Leftovers.check().directories.contains(path))
    }

    @Test func whatDeadOwnersLeftIsSwept() throws {
        let dead = ClusterTag(owner: 4_194_305, ownerStart: 1, number: 1)
        #expect(!dead.ownerLives)
        let left = "/tmp/\(ClusterTag.directoryPrefix)\(dead)"
        try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: true)
        _ = try Fixture()
        #expect(!FileManager.default.fileExists(atPath: left))
    }

    @Test func tagsRoundTrip() {
        let tag = ClusterTag.make()
        #expect(ClusterTag(tag.description) == tag)
        #expect(tag.ownerLives)
        #expect(ClusterTag("12-x-3") == nil)
        #expect(ClusterTag("12-3") == nil)
    }
}

@Suite(.timeLimit(.minutes(1))) struct CrashTests {
    @Test func childrenDieWithACrashedTest() async throws {
        let note = "/tmp/sluice-crash-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: note) }
        await #expect(processExitsWith: .signal(SIGKILL)) { [note = note as String] in
            let fixture = try Fixture()
            let child = try await fixture.start("sleep", ["infinity"])
            try "\(child.pid)".write(toFile: note, atomically: true, encoding: .utf8)
            kill(getpid(), SIGKILL)
        }
        let pid = try #require(Int32(String(contentsOfFile: note, encoding: .utf8)))
        try await waitUntil("the child of the crashed process to die") { processState(pid) == nil }
        #expect(!Leftovers.check().processes.contains { $0.hasPrefix("\(pid) ") })
    }
}
