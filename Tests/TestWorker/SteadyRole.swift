internal import ArgumentParser
internal import Foundation
internal import Sluice
internal import SluiceModel

/// Writes a value and reads it, again and again, in one thread, and prints what that has cost.
struct SteadyRole: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "steady")

    /// Something that a value must not cost, done once for each, so that the counting can be seen to count.
    enum Plant: String, ExpressibleByArgument { case nothing, allocation, copy, call }

    @Argument var channel: String
    @Option var count = 10_000
    @Option var size = 64
    /// Made in place rather than copied in.
    @Flag var loan = false
    @Option var plant = Plant.nothing

    private static let warmUp = 1_000
    private static let rounds = 5

    func run() throws {
        let worker = try Worker.connect(to: nil)
        let reading = try worker.register(actor: "\(channel).reader")
        let writer = try worker.register(actor: "\(channel).writer").createChannel(
            channel, readers: [reading.name], slots: 8, slotSize: size)
        let reader = try reading.openReader(channel)
        let turn = Turn(writer: writer, reader: reader, payload: [UInt8](repeating: 7, count: size), isLoan: loan)
        let planted = Planted(plant)
        for _ in 0..<Self.warmUp { try turn.take() }
        let counts = try CallCounts()
        // What values cost, every round costs; what the worker's own thread does meanwhile, such as reading a message of its
        // agent's, one of them may.
        let rounds = try (0..<Self.rounds).map { _ in
            let before = counts.now
            for _ in 0..<count {
                try turn.take()
                planted.happen()
            }
            return counts.now - before
        }
        let spent = rounds.min { $0.allocations + $0.systemCalls < $1.allocations + $1.systemCalls }
        say(String(decoding: try JSONEncoder().encode(spent), as: UTF8.self))
        worker.close()
    }
}

private struct Turn {
    let writer: Writer
    let reader: Reader
    let payload: [UInt8]
    let isLoan: Bool

    func take() throws {
        if isLoan {
            var loan = try writer.loan()
            unsafe loan.withUnsafeMutableBytes { unsafe $0[0] = 7 }
            try loan.publish(count: payload.count)
        } else {
            try writer.write(payload)
        }
        guard let lease = try reader.lease() else { throw SluiceError(.closed, "the channel has ended") }
        let first = unsafe lease.withUnsafeBytes { unsafe $0[0] }
        precondition(first == 7, "another value")
    }
}

@safe private final class Planted {
    private static let bytes = 8192
    private let plant: SteadyRole.Plant
    private let memory = UnsafeMutableRawPointer.allocate(byteCount: 2 * bytes, alignment: 64)
    private var made: AnyObject?

    init(_ plant: SteadyRole.Plant) { self.plant = plant }
    deinit { unsafe memory.deallocate() }

    func happen() {
        switch plant {
        case .nothing: break
        case .allocation: made = NSObject()
        case .copy: unsafe memory.copyMemory(from: memory + Self.bytes, byteCount: Self.bytes)
        case .call: _ = getpid()
        }
    }
}

/// What the preloaded library has counted in this process.
@safe private struct CallCounts {
    struct Values: Codable {
        var allocations: UInt64
        var largeCopies: UInt64
        var systemCalls: UInt64

        static func - (a: Values, b: Values) -> Values {
            Values(
                allocations: a.allocations - b.allocations, largeCopies: a.largeCopies - b.largeCopies,
                systemCalls: a.systemCalls - b.systemCalls)
        }
    }

    private let words: UnsafePointer<UInt64>

    init() throws {
        typealias Function = @convention(c) () -> UnsafePointer<UInt64>
        guard let symbol = unsafe dlsym(nil, "call_counts") else {
            throw SluiceError(.invalidArgument, "the library that counts calls is not preloaded")
        }
        unsafe words = unsafe unsafeBitCast(symbol, to: Function.self)()
    }

    var now: Values {
        unsafe Values(allocations: words[0], largeCopies: words[1], systemCalls: words[3])
    }
}
