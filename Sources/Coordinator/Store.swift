internal import GRDB
package import Placement
package import SluiceModel
internal import Wire

/// What outlives a coordinator, in SQLite: its epoch, and a row for each node, actor and channel.
///
/// It belongs to one coordinator at a time. Every transaction checks the epoch, in case the lock beside the file did
/// not keep another one out (a file system without locks, a deleted lock): the one with the lower epoch stops.
package final class Store: Sendable {
    package let path: String
    private let lock: StoreLock
    private let queue: DatabaseQueue

    package enum Failure: Error, Sendable {
        /// Another coordinator has begun a later epoch.
        case superseded(by: Epoch)
        /// SQLite's words.
        case failed(String)
    }

    /// Opens or makes the file; ``begin()`` then takes it over.
    package init(path: String) throws(SluiceError) {
        self.path = path
        lock = try StoreLock(store: path)
        var configuration = Configuration()
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(2)
        configuration.label = "sluice.store"
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
            guard try !queue.read(Self.migrator.hasBeenSuperseded) else {
                throw SluiceError(
                    .incompatibleVersion,
                    "the store \(path) was made by a later release; install that, or name another store")
            }
            try Self.migrator.migrate(queue)
        } catch let error as SluiceError {
            throw error
        } catch {
            throw Self.unusable(path, error)
        }
    }

    private static func unusable(_ path: String, _ error: any Error) -> SluiceError {
        SluiceError(
            .system, "the store \(path) cannot be used; check its disk and its rights, or name another store",
            cause: "\(error)")
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1), epoch INTEGER NOT NULL);
                    INSERT INTO meta VALUES (1, 0);
                    CREATE TABLE nodes (
                        name TEXT PRIMARY KEY, life INTEGER NOT NULL, incarnation INTEGER NOT NULL,
                        standing INTEGER NOT NULL, control TEXT NOT NULL, data TEXT NOT NULL, key TEXT NOT NULL
                    ) WITHOUT ROWID;
                    CREATE TABLE actors (
                        name TEXT PRIMARY KEY, incarnation INTEGER NOT NULL, node TEXT NOT NULL, life INTEGER NOT NULL,
                        pid INTEGER NOT NULL, alive INTEGER NOT NULL
                    ) WITHOUT ROWID;
                    CREATE TABLE channels (
                        id INTEGER PRIMARY KEY, name TEXT NOT NULL, writer TEXT NOT NULL, writer_node TEXT NOT NULL,
                        readers TEXT NOT NULL, slots INTEGER NOT NULL, slot_size INTEGER NOT NULL, final INTEGER,
                        reason INTEGER, severed INTEGER NOT NULL, drained INTEGER NOT NULL, destinations TEXT NOT NULL,
                        opened TEXT NOT NULL
                    );
                    """)
        }
        migrator.registerMigration("2") { db in
            try db.execute(
                sql: """
                    ALTER TABLE channels ADD COLUMN largest_value INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE channels ADD COLUMN declaration BLOB NOT NULL DEFAULT x'';
                    UPDATE channels SET largest_value = slot_size;
                    """)
        }
        return migrator
    }

    /// Begins the next epoch, on disk before this returns, and reads what there is.
    package func begin() throws(SluiceError) -> (epoch: Epoch, rows: StoredRows, unreadable: Int) {
        do {
            let epoch = try synchronously(full: true) { db in
                try db.execute(sql: "UPDATE meta SET epoch = epoch + 1")
                return try Self.epoch(db)
            }
            let (rows, unreadable) = try queue.read(Self.rows)
            return (epoch, rows, unreadable)
        } catch {
            throw Self.unusable(path, error)
        }
    }

    /// Writes a group of rows in one transaction, if the epoch is still this coordinator's.
    ///
    /// - Parameter durably: Whether the disk must have them when this returns.
    package func write(_ changes: some Collection<RowChange> & Sendable, durably: Bool, epoch: Epoch) throws(Failure) {
        do {
            try synchronously(full: durably) { db in
                let found = try Self.epoch(db)
                guard found == epoch else { throw Failure.superseded(by: found) }
                for change in changes { try Self.apply(change, to: db) }
            }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw .failed("\(error)")
        }
    }

    /// With `full`, the disk has it when this returns; else the kernel has it, which a death of this process survives.
    private func synchronously<T: Sendable>(full: Bool, _ body: @Sendable (Database) throws -> T) throws -> T {
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL")
            var result: T?
            try db.inTransaction(.immediate) {
                result = try body(db)
                return .commit
            }
            guard let result else { preconditionFailure("a transaction has ended without its result") }
            return result
        }
    }

    private static func epoch(_ db: Database) throws -> Epoch {
        Epoch(bitPattern: try Int64.fetchOne(db, sql: "SELECT epoch FROM meta") ?? 0)
    }

    /// Gives the file back; nothing else may be called after it.
    package func close() throws(SluiceError) {
        defer { lock.release() }
        do { try queue.close() } catch { throw Self.unusable(path, error) }
    }
}
