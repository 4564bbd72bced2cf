internal import Ring
internal import RingTestKit
internal import SharedMemory
internal import SluiceModel

/// `write CHANNEL MOST-BYTES COUNT`: the writer of a ring that has its gates already.
///
/// Is told `ring` with control and payload, `view LIFE` with a gate's segment for each process, `go`, and at any time
/// afterwards `detach GATE`; says `detached`, and at the end `written COUNT`.
struct WriteRole {
    let channel: ChannelID
    let pattern: Pattern
    let count: UInt64

    init(_ arguments: [String]) {
        channel = ChannelID(rawValue: UInt64(arguments[0]) ?? 0)
        pattern = Pattern(mostBytes: Int(arguments[1]) ?? 0)
        count = UInt64(arguments[2]) ?? 0
    }

    func run() throws {
        let connection = Probe.inherited()
        let process = try ProcessSegment(life: .random(), cursorCount: 1)
        let descriptors = try Probe.receive(connection).descriptors
        guard descriptors.count == 2 else { throw Fault.missing }
        let memory = try RingMemory.attach(
            control: descriptors[0], payload: descriptors[1], writable: true, channel: channel)
        var views: [ProcessLife: ProcessView] = [:]
        while true {
            let (words, descriptors) = try Probe.receive(connection)
            guard words.first == "view", let number = UInt64(words[1]), let descriptor = descriptors.first else {
                break
            }
            let life = ProcessLife(rawValue: number)
            views[life] = try ProcessView(descriptor, life: life)
        }
        let writer = RingWriter(memory, process: process, resolve: { views[$0] })
        let pattern = pattern
        let count = count
        let thread = try NamedThread("write") {
            do {
                while writer.published < count {
                    let loan = try writer.loan(pattern.length(writer.published))
                    unsafe pattern.fill(loan.bytes, loan.sequence)
                    loan.publish()
                }
                writer.finish()
                try Probe.send(connection, "written \(writer.published)")
            } catch { fatalError("\(error)") }
        }
        // Until the parent hangs up.
        while let words = try? Probe.receive(connection).words, words.first == "detach", let gate = UInt32(words[1]) {
            writer.detach(gate)
            try Probe.send(connection, "detached")
        }
        thread.join()
    }
}
