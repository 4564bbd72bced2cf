import Foundation
import SluiceModel
import Testing
import sluice

struct StatusTableTests {
    static func reader(_ actor: String, _ state: ReaderStatus.State, _ acquired: UInt64, _ released: UInt64)
        -> ReaderStatus
    {
        ReaderStatus(
            actor: actor, node: "beta", pid: 42, route: .sameNode, state: state, acquired: acquired,
            released: released,
            heldMilliseconds: acquired > released ? 1500 : nil)
    }

    static func status(_ readers: [ReaderStatus], published: UInt64?) -> ClusterStatus {
        let node = NodeStatus(
            name: "alpha", incarnation: 1, state: .silent, silentMilliseconds: 7, controlEndpoint: "tcp://a:1",
            dataEndpoint: "tcp://a:2", agent: nil)
        let channel = ChannelStatus(
            id: "0", name: "news", writer: "w", writerNode: "alpha", slots: 4, slotSize: 1 << 20,
            largestValue: 1 << 30, generation: 2, form: .bufferedSharedMemory, state: "open",
            published: published, readers: readers)
        let actor = ActorStatus(name: "w", incarnation: 2, node: "alpha", pid: 41, isAlive: true)
        return ClusterStatus(epoch: 3, nodes: [node], actors: [actor], channels: [channel])
    }

    @Test func aSilentNodeIsShownWithDashes() {
        let lines = StatusTable(status: Self.status([], published: nil)).lines
        #expect(lines.contains("alpha  silent  7 ms ago    -        -       -     -         -        -"))
        #expect(
            lines.contains(
                "channel news (open, bufferedSharedMemory): w on alpha, its node does not answer, 4 slots of 1.0 MiB, grown 2 times"
            ))
    }

    @Test func whoHoldsTheWriterBackIsNamed() {
        let readers = [
            Self.reader("bob", .open, 6, 5), Self.reader("eve", .open, 9, 9), Self.reader("gone", .gone, 0, 0),
        ]
        let lines = StatusTable(status: Self.status(readers, published: 9)).lines
        #expect(
            lines.last == "  no slot is free: held back by bob (node beta, pid 42), which has held value 5 for 1500 ms")
        #expect(lines.contains { $0.contains("bob") && $0.contains("4") && $0.contains("1 for 1500 ms") })
    }

    @Test func oneThatHasNotComeIsNamed() {
        let lines = StatusTable(status: Self.status([Self.reader("bob", .expected, 0, 0)], published: 4)).lines
        #expect(
            lines.last
                == "  no slot is free: held back by bob (node beta, pid 42), which has not opened the channel yet")
    }

    @Test func nobodyIsBlamedWhileASlotIsFree() {
        let lines = StatusTable(status: Self.status([Self.reader("bob", .open, 1, 0)], published: 3)).lines
        #expect(!lines.contains { $0.contains("held back") })
    }

    /// Line by line as the page about channels has it.
    @Test func thePageAboutChannelsShowsWhatIsPrinted() throws {
        func reader(_ actor: String, _ node: String, _ route: ReaderRoute, _ acquired: UInt64, _ released: UInt64)
            -> ReaderStatus
        {
            ReaderStatus(
                actor: actor, node: node, pid: 42, route: route, state: .open, acquired: acquired, released: released,
                heldMilliseconds: acquired > released ? 1500 : nil)
        }
        let readers = [
            reader("roof", "alpha", .sameActor, 12, 12), reader("log", "alpha", .sameNode, 9, 8),
            reader("archive", "beta", .otherNode, 10, 10),
        ]
        let channel = ChannelStatus(
            id: "0", name: "readings", writer: "roof", writerNode: "alpha", slots: 4, slotSize: 2 << 20,
            largestValue: 1 << 30, generation: 1, form: .composite, state: "open", published: 12, readers: readers)
        let status = ClusterStatus(epoch: 1, nodes: [], actors: [], channels: [channel])
        let printed = StatusTable(status: status).lines.suffix(6).joined(separator: "\n")
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
        let page = root.appending(path: "Sources/Sluice/Sluice.docc/Channels.md")
        #expect(try String(contentsOf: page, encoding: .utf8).contains("\n```text\n\(printed)\n```\n"), "\(printed)")
    }

    @Test func eachReaderReferenceHasALine() {
        var status = Self.status([Self.reader("bob", .open, 3, 3)], published: 3)
        status.channels[0].references = [ReferenceStatus(node: "beta", agent: 43, readers: 1, published: 3)]
        #expect(
            StatusTable(status: status).lines.last == "  reference on beta (agent pid 43): readers 1, values 3")
    }
}
