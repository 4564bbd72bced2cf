import Coordinator
import Foundation
import GRDB
import Placement
import SluiceModel
import Testing
import Wire

@Suite(.timeLimit(.minutes(1))) struct StoreTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.file("store.sqlite") }

    init() throws { directory = try TemporaryDirectory() }

    private var rows: [RowChange] {
        get throws {
            let spec = try spec(.max, "c", writer: "w", readers: ["r,1", "ü 2", "x"])
            return [
                .node(
                    NodeRow(
                        name: try NodeName("a"), life: ProcessLife(rawValue: .max), incarnation: 3, standing: .lost,
                        controlEndpoint: "tcp://x:1", dataEndpoint: "", publicKey: "k")),
                .actor(
                    ActorRow(
                        name: try ActorName("w"), incarnation: .max, node: try NodeName("a"),
                        life: ProcessLife(rawValue: 1), pid: 9, isAlive: true), isDurable: true),
                .channel(
                    ChannelRow(
                        spec: spec, writerNode: try NodeName("a"),
                        end: ChannelEnd(final: .max, reason: .nodeLost), isSevered: true, isWriterDrained: false,
                        destinations: [try NodeName("b"), try NodeName("c c")], opened: [0, 2])),
                .channel(
                    ChannelRow(
                        spec: try SluiceModel.ChannelSpec(
                            id: ChannelID(rawValue: 1), name: spec.name, writer: spec.writer, readers: spec.readers,
                            slots: Limits.mostSlots, slotSize: Limits.mostSlotSize),
                        writerNode: try NodeName("a"), end: nil, isSevered: false, isWriterDrained: true,
                        destinations: [], opened: [])),
            ]
        }
    }

    @Test func rowsComeBackAsTheyWere() throws {
        let rows = try rows
        do {
            let store = try Store(path: path)
            let begun = try store.begin()
            #expect(begun.epoch == 1 && begun.rows == StoredRows())
            try store.write(rows, durably: true, epoch: 1)
            try store.close()
        }
        let store = try Store(path: path)
        let begun = try store.begin()
        #expect(begun.epoch == 2)
        #expect(begun.unreadable == 0)
        #expect(begun.rows.nodes.map { .node($0) } == [rows[0]])
        #expect(begun.rows.actors.map { .actor($0, isDurable: true) } == [rows[1]])
        #expect(Set(begun.rows.channels.map { .channel($0) }) == Set(rows[2...]))
        try store.write(
            [
                .removeNode(NodeName("a")), .removeActor(ActorName("w")), .removeChannel(ChannelID(rawValue: .max)),
                .removeChannel(ChannelID(rawValue: 1)),
            ], durably: false, epoch: 2)
        #expect(try store.begin().rows == StoredRows())
        try store.close()
    }

    @Test func aLaterEpochStopsTheEarlierOne() throws {
        let store = try Store(path: path)
        #expect(try store.begin().epoch == 1)
        #expect(try store.begin().epoch == 2)
        let rows = try rows
        let failure = #expect(throws: Store.Failure.self) { try store.write(rows, durably: false, epoch: 1) }
        guard case .superseded(by: 2) = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        // Nothing of it was written.
        #expect(try store.begin().rows == StoredRows())
        try store.close()
    }

    @Test func oneCoordinatorPerStore() throws {
        let first = try Store(path: path)
        let error = #expect(throws: SluiceError.self) { _ = try Store(path: path) }
        #expect(error?.code == .nameTaken)
        #expect(error?.pid == ProcessInfo.processInfo.processIdentifier)
        try first.close()
    }

    @Test func whatIsNoStoreIsNamed() throws {
        try "this is not a database, and long enough to be read as one".write(
            toFile: path, atomically: true, encoding: .utf8)
        let error = #expect(throws: SluiceError.self) { _ = try Store(path: path) }
        #expect(error?.message.contains(path) == true)
        let missing = directory.file("no/such/directory/store.sqlite")
        #expect(#expect(throws: SluiceError.self) { _ = try Store(path: missing) }?.message.contains(missing) == true)
    }

    @Test func aLaterReleasesStoreIsLeftAlone() throws {
        try Store(path: path).close()
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('from the future')") }
        try queue.close()
        #expect(#expect(throws: SluiceError.self) { _ = try Store(path: path) }?.code == .incompatibleVersion)
    }

    @Test func aRowThatCannotBeReadIsLeftOut() throws {
        do {
            let store = try Store(path: path)
            _ = try store.begin()
            try store.write(rows, durably: true, epoch: 1)
            try store.close()
        }
        let queue = try DatabaseQueue(path: path)
        try queue.write { db in
            try db.execute(sql: "UPDATE nodes SET standing = 77")
            try db.execute(sql: "UPDATE channels SET slots = -1 WHERE id = 1")
            try db.execute(sql: "UPDATE actors SET node = ''")
        }
        try queue.close()
        let store = try Store(path: path)
        let begun = try store.begin()
        #expect(begun.unreadable == 3)
        #expect(begun.rows.channels.count == 1)
        try store.close()
    }
}
