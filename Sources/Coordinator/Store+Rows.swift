internal import Foundation
internal import GRDB
internal import Placement
internal import SluiceModel
internal import Wire

// Rows to SQL and back. Names have no control characters, so that a list of them is text with a line for each.
extension Store {
    static func apply(_ change: RowChange, to db: Database) throws {
        switch change {
        case .node(let row):
            try db.execute(
                sql: "INSERT OR REPLACE INTO nodes VALUES (?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    row.name.rawValue, number(row.life.rawValue), number(row.incarnation), row.standing.rawValue,
                    row.controlEndpoint, row.dataEndpoint, row.publicKey,
                ])
        case .removeNode(let name):
            try db.execute(sql: "DELETE FROM nodes WHERE name = ?", arguments: [name.rawValue])
        case .actor(let row, _):
            try db.execute(
                sql: "INSERT OR REPLACE INTO actors VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [
                    row.name.rawValue, number(row.incarnation), row.node.rawValue, number(row.life.rawValue), row.pid,
                    row.isAlive,
                ])
        case .removeActor(let name):
            try db.execute(sql: "DELETE FROM actors WHERE name = ?", arguments: [name.rawValue])
        case .channel(let row): try apply(row, to: db)
        case .removeChannel(let id):
            try db.execute(sql: "DELETE FROM channels WHERE id = ?", arguments: [number(id.rawValue)])
        }
    }

    private static func apply(_ row: ChannelRow, to db: Database) throws {
        let spec = row.spec
        try db.execute(
            sql: "INSERT OR REPLACE INTO channels VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                number(spec.id.rawValue), spec.name.rawValue, spec.writer.rawValue, row.writerNode.rawValue,
                lines(spec.readers.map(\.rawValue)), spec.slots, spec.slotSize, row.end.map { number($0.final) },
                row.end?.reason.rawValue, row.isSevered, row.isWriterDrained, lines(row.destinations.map(\.rawValue)),
                lines(row.opened.map { "\($0)" }), spec.largestValue, Data(spec.declaration),
            ])
    }

    /// Everything that can be read; a row that cannot is counted, since agents report what matters.
    static func rows(_ db: Database) throws -> (StoredRows, unreadable: Int) {
        var rows = StoredRows()
        var unreadable = 0
        func read<T>(_ table: String, _ parse: (Row) throws -> T) throws -> [T] {
            var result: [T] = []
            let cursor = try Row.fetchCursor(db, sql: "SELECT * FROM \(table)")
            while let row = try cursor.next() {
                do { result.append(try parse(row)) } catch { unreadable += 1 }
            }
            return result
        }
        rows.nodes = try read("nodes", node)
        rows.actors = try read("actors", actor)
        rows.channels = try read("channels", channel)
        return (rows, unreadable)
    }

    private struct Unreadable: Error {}

    private static func node(_ row: Row) throws -> NodeRow {
        guard let standing = NodeStanding(rawValue: try row.decode(forColumn: "standing")) else { throw Unreadable() }
        return NodeRow(
            name: try NodeName(text(row, "name")), life: ProcessLife(rawValue: try number(row, "life")),
            incarnation: try number(row, "incarnation"), standing: standing,
            controlEndpoint: try row.decode(forColumn: "control"), dataEndpoint: try row.decode(forColumn: "data"),
            publicKey: try row.decode(forColumn: "key"))
    }

    private static func actor(_ row: Row) throws -> ActorRow {
        ActorRow(
            name: try ActorName(text(row, "name")), incarnation: try number(row, "incarnation"),
            node: try NodeName(text(row, "node")), life: ProcessLife(rawValue: try number(row, "life")),
            pid: try row.decode(forColumn: "pid"), isAlive: try row.decode(forColumn: "alive"))
    }

    private static func channel(_ row: Row) throws -> ChannelRow {
        let spec = try ChannelSpec(
            id: ChannelID(rawValue: try number(row, "id")), name: try ChannelName(text(row, "name")),
            writer: try ActorName(text(row, "writer")),
            readers: try lines(row, "readers").map { try ActorName($0) }, slots: try row.decode(forColumn: "slots"),
            slotSize: try row.decode(forColumn: "slot_size"), largestValue: try row.decode(forColumn: "largest_value"),
            declaration: try [UInt8](row.decode(Data.self, forColumn: "declaration")))
        return ChannelRow(
            spec: spec, writerNode: try NodeName(text(row, "writer_node")), end: try end(row),
            isSevered: try row.decode(forColumn: "severed"), isWriterDrained: try row.decode(forColumn: "drained"),
            destinations: try lines(row, "destinations").map { try NodeName($0) },
            opened: try lines(row, "opened").map { text in
                guard let index = UInt32(text) else { throw Unreadable() }
                return index
            })
    }

    private static func end(_ row: Row) throws -> ChannelEnd? {
        guard let reason: UInt32 = try row.decode(forColumn: "reason") else { return nil }
        guard let reason = EndReason(rawValue: reason) else { throw Unreadable() }
        return ChannelEnd(final: try number(row, "final"), reason: reason)
    }

    /// SQLite's integers are signed.
    private static func number(_ value: UInt64) -> Int64 { Int64(bitPattern: value) }

    private static func number(_ row: Row, _ column: String) throws -> UInt64 {
        UInt64(bitPattern: try row.decode(Int64.self, forColumn: column))
    }

    private static func text(_ row: Row, _ column: String) throws -> String {
        try row.decode(String.self, forColumn: column)
    }

    private static func lines(_ texts: [String]) -> String { texts.joined(separator: "\n") }

    private static func lines(_ row: Row, _ column: String) throws -> [String] {
        try text(row, column).split(separator: "\n").map(String.init)
    }
}
