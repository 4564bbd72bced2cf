import SharedMemory
import Synchronization

/// Messages from other threads to one loop: an array under a lock, and an eventfd that the loop's poll waits on.
final class Mailbox<Message: Sendable>: Sendable {
    private let messages = Lock<[Message]>([])
    /// Whether there may be messages: the loop looks here each turn, without a lock.
    private let isFull = Atomic<Bool>(false)
    let event: EventFD

    init() throws(SystemCallError) { event = try EventFD() }

    func post(_ message: Message) {
        let wasEmpty = messages.withLock { queue in
            queue.append(message)
            return queue.count == 1
        }
        // SYNC POINT: pairs with the acquiring exchange in `take`; the lock orders the messages themselves.
        isFull.store(true, ordering: .sequentiallyConsistent)
        if wasEmpty { event.signal() }
    }

    var mayHaveMessages: Bool { isFull.load(ordering: .sequentiallyConsistent) }

    /// All messages since the last call, oldest first.
    func take() -> [Message] {
        // SYNC POINT: pairs with the store in `post`. Cleared before the queue is emptied, so that none is forgotten.
        guard isFull.exchange(false, ordering: .sequentiallyConsistent) else { return [] }
        return messages.withLock { queue in
            let all = queue
            queue = []
            return all
        }
    }
}
