internal import SharedMemory
internal import SluiceModel
internal import Wire

/// Messages on their way to the agent: sent at once where the socket takes them, else kept in order.
struct Outbox {
    private var waiting: [(bytes: [UInt8], descriptors: [Descriptor])] = []
    /// Of `waiting`, how many have been sent.
    private var sent = 0
    /// The connection is of no use any more; the control thread ends it.
    private(set) var failure: String?

    var isEmpty: Bool { sent == waiting.count }

    /// Sends a message after those that wait; keeps it if the agent does not read.
    mutating func send(_ message: WorkerMessage, _ descriptors: [Descriptor], over connection: UnixConnection) {
        guard failure == nil else { return }
        waiting.append((message.encoded(), descriptors))
        flush(over: connection)
        // An agent that reads nothing at all must not make this process grow.
        if waiting.count - sent > Limits.mostQueuedMessages { failure = "it takes no messages" }
    }

    /// Sends what the socket takes.
    mutating func flush(over connection: UnixConnection) {
        while failure == nil, sent < waiting.count {
            do {
                guard try connection.send(waiting[sent].bytes, descriptors: waiting[sent].descriptors) == .sent else {
                    return
                }
                sent += 1
            } catch {
                failure = "\(error)"
            }
        }
        waiting.removeAll(keepingCapacity: true)
        sent = 0
    }
}
