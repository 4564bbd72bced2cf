internal import DequeModule
package import Placement
package import SluiceModel
package import Wire

/// Messages that wait until the disk has what they tell of.
///
/// One queue for all, so that nothing overtakes: an agent hears of another's incarnation only when it cannot be given
/// twice, and of its own channels in the order in which they changed.
package struct Outbox {
    package struct Letter: Equatable {
        package var message: CoordinatorMessage
        package var connection: Connection
        /// Of the row that must be on disk first.
        fileprivate var ticket: UInt64

        package init(_ message: CoordinatorMessage, to connection: Connection, after ticket: UInt64 = 0) {
            self.message = message
            self.connection = connection
            self.ticket = ticket
        }
    }

    private var held: Deque<Letter> = []
    /// The last durable row that was given to the store, and what the store has written.
    private var barrier: UInt64 = 0
    private var written: UInt64 = 0

    package init() {}

    package var count: Int { held.count }

    /// From now on everything waits for this row.
    package mutating func wait(for ticket: UInt64) { barrier = ticket }

    /// Takes a message; gives it back if it may go at once.
    package mutating func post(_ message: CoordinatorMessage, to connection: Connection) -> Letter? {
        let letter = Letter(message, to: connection, after: barrier)
        if message.body.overtakes || (held.isEmpty && barrier <= written) { return letter }
        held.append(letter)
        return nil
    }

    /// The disk has come this far: what may go now, in order.
    package mutating func release(upTo ticket: UInt64) -> [Letter] {
        written = max(written, ticket)
        let count = held.prefix { $0.ticket <= written }.count
        defer { held.removeFirst(count) }
        return Array(held.prefix(count))
    }

    /// The disk does not take what the held messages tell of: whoever waits for an answer gets this one instead; what
    /// nobody asked for goes on waiting.
    package mutating func fail(_ error: SluiceError) -> [Letter] {
        var answers: [Letter] = []
        var rest: Deque<Letter> = []
        for var letter in held {
            guard letter.message.request != 0 else {
                rest.append(letter)
                continue
            }
            if case .registered = letter.message.body {
                letter.message.body = .refused(error, .current)
            } else {
                letter.message.body = .failed(error)
            }
            answers.append(letter)
        }
        held = rest
        return answers
    }
}

extension CoordinatorMessage.Body {
    /// What tells of nothing that is written, and must not wait for a slow disk.
    fileprivate var overtakes: Bool {
        switch self {
        case .statusRequest, .status, .ping, .planAnswer: true
        default: false
        }
    }
}
