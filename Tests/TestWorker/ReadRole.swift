internal import ArgumentParser
internal import Foundation
internal import Sluice
internal import SluiceModel

struct ReadRole: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "read")

    @Argument var channel: String
    @Option(name: .customLong("as")) var actor: String
    @Option var slotSize = 4096
    @Option var lengths = Lengths.mixed
    @Option var timeout = 60.0
    /// Say how far it is once in so many values.
    @Option var every: UInt64 = 1000
    /// Keep a lease on this value and read no further.
    @Option var holdAt: UInt64?

    func run() throws {
        let worker = try Worker.connect(to: nil)
        let actor = try worker.register(actor: actor)
        say("registered")
        let reader = try actor.openReader(channel, timeout: .seconds(timeout))
        say("opened")
        let values = Values(lengths, slotSize: slotSize)
        var report = Report()
        do throws(SluiceError) {
            while let lease = try reader.lease(timeout: .seconds(timeout)) {
                report.see(monotonicNanoseconds())
                let complaint = unsafe lease.withUnsafeBytes { unsafe values.complaint(report.count, $0) }
                if let complaint { throw SluiceError(.corrupted, complaint, sequence: lease.sequence) }
                if report.count == holdAt {
                    say("holding \(report.count)")
                    // It never is; but a loop without an end would let the lease go before it.
                    while pause() != 0 {}
                }
                lease.release()
                report.count += 1
                if report.count % every == 0 { say("at \(report.count)") }
            }
            report.end = "closed"
        } catch {
            report.end = error.code.rawValue
            report.sequence = error.sequence
            report.message = "\(error)"
        }
        say(String(decoding: try JSONEncoder().encode(report), as: UTF8.self))
        worker.close()
    }
}

/// What a reader prints last, as JSON.
struct Report: Codable {
    var count: UInt64 = 0
    /// `closed`, or the code of the error.
    var end = ""
    /// Of the error.
    var sequence: UInt64?
    var message: String?
    /// The longest time between two values, nanoseconds, and when the last one came (CLOCK_MONOTONIC).
    var longestGap: UInt64 = 0
    var last: UInt64 = 0

    mutating func see(_ now: UInt64) {
        if last != 0 { longestGap = max(longestGap, now - last) }
        last = now
    }
}
