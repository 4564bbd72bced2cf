import Coordinator
import Foundation
import GRDB
import SluiceModel
import Testing
import Wire

@Suite(.timeLimit(.minutes(1))) struct PersistenceTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.file("store.sqlite") }

    init() throws { directory = try TemporaryDirectory() }

    /// Another connection to the same file.
    private func other() throws -> DatabaseQueue { try DatabaseQueue(path: path) }

    @Test func aRestartGoesOnWhereItWas() throws {
        let spec = try spec(7, "c", writer: "w", readers: ["r"])
        do {
            let service = try started(testOptions(store: path))
            #expect(service.epoch == 1)
            let a = try FakeAgent("a", service.endpoint)
            try a.register()
            _ = try a.registerActor("w", life: 1)
            _ = try a.registerActor("r", life: 1)
            #expect(try a.ask(.createChannel(spec, timeout: .zero)) == .channelCreated(spec.id))
            service.stop()
        }
        let service = try started(testOptions(store: path))
        defer { service.stop() }
        #expect(service.epoch == 2)
        let status = try FakeAgent("cli", service.endpoint).status()
        #expect(status.nodes.map(\.name) == ["a"])
        #expect(status.actors.map(\.name) == ["r", "w"])
        #expect(status.channels.map(\.name) == ["c"])
        // Another agent in a's place is a's second incarnation, once a had its moment to come back.
        let other = try FakeAgent("a", service.endpoint)
        #expect(try other.register().incarnation == 2)
    }

    @Test func whatIsAnsweredIsOnDisk() throws {
        let service = try started(testOptions(store: path))
        defer { service.stop() }
        let queue = try other()
        #expect(try queue.read { try Int64.fetchOne($0, sql: "SELECT epoch FROM meta") } == 1)
        let a = try FakeAgent("a", service.endpoint)
        try a.register()
        #expect(try queue.read { try Int64.fetchOne($0, sql: "SELECT incarnation FROM nodes") } == 1)
        _ = try a.registerActor("w", life: 1)
        #expect(try queue.read { try Int64.fetchOne($0, sql: "SELECT incarnation FROM actors") } == 1)
        try queue.close()
    }

    @Test func aLaterEpochInTheStoreStopsIt() async throws {
        let service = try started(testOptions(store: path))
        let queue = try other()
        try await queue.write { try $0.execute(sql: "UPDATE meta SET epoch = 99") }
        let a = try FakeAgent("a", service.endpoint)
        try a.send(a.registration())
        let error = await #expect(throws: SluiceError.self) { try await service.waitUntilStopped() }
        #expect(error?.code == .fenced)
        #expect(error?.message.contains("99") == true)
        // Nothing was told to anyone, nothing written, and the store is free.
        #expect(try await queue.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM nodes") } == 0)
        try queue.close()
        let next = try started(testOptions(store: path))
        #expect(next.epoch == 100)
        next.stop()
        service.stop()
    }

    @Test func twoOnOneStore() throws {
        let service = try started(testOptions(store: path))
        defer { service.stop() }
        let error = #expect(throws: SluiceError.self) { try CoordinatorService(testOptions(store: path)).start() }
        #expect(error?.code == .nameTaken)
        // The first is not disturbed.
        #expect(try FakeAgent("a", service.endpoint).register().epoch == 1)
    }

    @Test func aSlowDiskHoldsUpOnlyWhatNeedsIt() throws {
        let service = try started(testOptions(store: path))
        defer { service.stop() }
        let a = try FakeAgent("a", service.endpoint)
        try a.register()
        _ = try a.registerActor("r", life: 1)
        let queue = try other()
        let cli = try FakeAgent("cli", service.endpoint)
        var request: UInt64 = 0
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "BEGIN IMMEDIATE")
            request = try a.send(.registerActor(ActorName("w"), life: ProcessLife(rawValue: 1), pid: 1))
            // The message is there once a later one of the same connection is answered by the status below.
            let status = try a.ask(.status)
            guard case .status = status else {
                Issue.record("\(status)")
                return
            }
            #expect(try cli.status().actors.map(\.name) == ["r", "w"])
            #expect(!a.tray.contains { $0.request == request })
            try db.execute(sql: "COMMIT")
        }
        let answer = try a.wait { $0.request == request ? $0.body : nil }
        #expect(answer == .actorRegistered(1))
        try queue.close()
    }

    @Test func aDiskThatDoesNotWriteIsATypedErrorAndMends() throws {
        let service = try started(testOptions(store: path))
        defer { service.stop() }
        let a = try FakeAgent("a", service.endpoint)
        try a.register()
        let queue = try other()
        try queue.writeWithoutTransaction { db in
            // Longer than the store waits for another's lock.
            try db.execute(sql: "BEGIN IMMEDIATE")
            let answer = try a.ask(.registerActor(ActorName("w"), life: ProcessLife(rawValue: 1), pid: 1))
            guard case .failed(let error) = answer else {
                Issue.record("\(answer)")
                return
            }
            #expect(error.code == .system)
            #expect(error.cause?.isEmpty == false)
            try db.execute(sql: "COMMIT")
        }
        // The same again is the same incarnation, on disk this time.
        var last: CoordinatorMessage.Body?
        for _ in 0..<20 where last != .actorRegistered(1) {
            last = try a.ask(.registerActor(ActorName("w"), life: ProcessLife(rawValue: 1), pid: 1))
        }
        #expect(last == .actorRegistered(1))
        #expect(try queue.read { try Int64.fetchOne($0, sql: "SELECT incarnation FROM actors") } == 1)
        try queue.close()
    }
}
