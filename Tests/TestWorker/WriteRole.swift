internal import ArgumentParser
internal import Foundation
internal import Sluice
internal import SluiceModel
internal import Synchronization

struct WriteRole: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "write")

    @Argument var channel: String
    @Option(name: .customLong("as")) var actor: String
    @Option(transform: { $0.split(separator: ",").map(String.init) }) var readers: [String]
    /// Values to write; without it, until SIGUSR1 tells it to come to an end.
    @Option var count: UInt64?
    @Option var slots = 16
    @Option var slotSize = 4096
    @Option var lengths = Lengths.mixed
    @Option var timeout = 60.0
    /// Say whom a write that times out has waited for, and make it again.
    @Flag var again = false
    /// At most so many values a second.
    @Option var rate: Double?

    func run() throws {
        let worker = try Worker.connect(to: nil)
        let actor = try worker.register(actor: actor)
        let writer = try actor.createChannel(
            channel, readers: readers, slots: slots, slotSize: slotSize, timeout: .seconds(timeout))
        let values = Values(lengths, slotSize: slotSize)
        var pace = Pace(rate)
        var number = UInt64(0)
        signal(SIGUSR1) { _ in isTold.store(true, ordering: .relaxed) }
        while number < count ?? .max, !isTold.load(ordering: .relaxed) {
            pace.wait()
            let growth = values.length(number) > writer.slotSize ? number : nil
            if let growth { say("grows at \(growth)") }
            do throws(SluiceError) {
                try write(number, values, to: writer)
            } catch {
                guard again, error.code == .timedOut else { throw error }
                say(String(decoding: try JSONEncoder().encode(Complaint(error)), as: UTF8.self))
                continue
            }
            if let growth { say("grown at \(growth)") }
            number += 1
        }
        writer.close()
        say("wrote \(number)")
        worker.close()
    }
}

extension WriteRole {
    private func write(_ number: UInt64, _ values: Values, to writer: Writer) throws(SluiceError) {
        let size = lengths == .growing ? values.length(number) : nil
        var loan = try writer.loan(size, timeout: .seconds(timeout))
        let length = unsafe loan.withUnsafeMutableBytes { unsafe values.write(number, to: $0) }
        try loan.publish(count: length)
    }
}

/// Whom a write has waited for, as JSON.
struct Complaint: Codable {
    var code: String
    var message: String
    var actor: String?
    var node: String?
    var pid: Int32?
    var sequence: UInt64?

    init(_ error: SluiceError) {
        code = error.code.rawValue
        message = error.message
        actor = error.actor
        node = error.node
        pid = error.pid
        sequence = error.sequence
    }
}

/// Set by SIGUSR1.
private let isTold = Atomic(false)

/// Spreads values over time; none is ever early.
struct Pace {
    private let interval: UInt64?
    private var next: UInt64

    init(_ rate: Double?) {
        interval = rate.map { UInt64(1e9 / $0) }
        next = monotonicNanoseconds()
    }

    mutating func wait() {
        guard let interval else { return }
        let now = monotonicNanoseconds()
        if now < next { usleep(UInt32((next - now) / 1000)) }
        next = max(next + interval, now)
    }
}

func monotonicNanoseconds() -> UInt64 { DispatchTime.now().uptimeNanoseconds }

/// A line for the test, out at once.
func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }
