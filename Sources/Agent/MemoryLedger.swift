import SluiceModel

/// Who has how much of the node's shared memory. Every ring is entered before its memory is allocated: exceeding a
/// cgroup is an OOM kill, not an error.
struct MemoryLedger {
    let node: NodeName
    /// The configured budget, bytes; nil: only the machine and the cgroup bound it.
    let budget: UInt64?
    private var entries: [Entry: UInt64] = [:]
    private(set) var used: UInt64 = 0
    private let readings: () -> MemoryReadings

    enum Entry: Hashable {
        case ring(ChannelID)
        case reference(ChannelID)
        /// Of a plan's run: its registers lie in it.
        case block(RunID)
    }

    init(node: NodeName, budget: UInt64?, readings: @escaping () -> MemoryReadings = MemoryReadings.current) {
        self.node = node
        self.budget = budget
        self.readings = readings
    }

    /// What may be used in all, as things stand.
    var bound: UInt64 { min(budget ?? .max, used + readings().headroom.bytes) }

    /// Enters `bytes` for a ring that is about to be allocated, or to grow.
    ///
    /// - Throws: ``SluiceError/Code/outOfMemory`` with needed and available, and what sets the bound.
    mutating func reserve(_ bytes: UInt64, for entry: Entry, channel: ChannelName) throws(SluiceError) {
        do throws(SluiceError) {
            try reserve(
                bytes, for: entry, "channel \(channel)",
                advice: "ask for fewer or smaller slots, close channels, or give the agent more")
        } catch {
            var error = error
            error.channel = channel.rawValue
            throw error
        }
    }

    /// Enters `bytes` for what is about to be allocated.
    ///
    /// - Parameters:
    ///   - what: Who needs them, for the message.
    ///   - advice: What can be done if they are not there.
    mutating func reserve(_ bytes: UInt64, for entry: Entry, _ what: String, advice: String) throws(SluiceError) {
        let headroom = readings().headroom
        var available = headroom.bytes
        var bound = headroom.bound
        if let budget {
            let left = budget > used ? budget - used : 0
            if left <= available {
                available = left
                bound = "the agent's --memory budget of \(budget) bytes"
            }
        }
        guard bytes <= available else {
            throw SluiceError(
                .outOfMemory,
                "\(what) needs \(bytes) bytes of shared memory on node \(node), and \(bound) leaves \(available); "
                    + advice, node: node.rawValue, needed: bytes, available: available)
        }
        entries[entry, default: 0] += bytes
        used += bytes
    }

    /// Part of what a ring has is given back.
    mutating func release(_ bytes: UInt64, of entry: Entry) {
        guard let held = entries[entry] else { return }
        precondition(held >= bytes, "\(bytes) of \(held) bytes of \(entry) are given back")
        entries[entry] = held - bytes
        used -= bytes
    }

    /// Enters a ring that exists already: a worker of the agent's former life handed it back.
    mutating func adopt(_ bytes: UInt64, for entry: Entry) {
        entries[entry, default: 0] += bytes
        used += bytes
    }

    mutating func release(_ entry: Entry) {
        guard let bytes = entries.removeValue(forKey: entry) else { return }
        used -= bytes
    }
}
