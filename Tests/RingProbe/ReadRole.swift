internal import Ring
internal import RingTestKit
internal import SharedMemory
internal import SluiceModel

/// `read CHANNEL MOST-BYTES READERS`: that many readers of one ring, each on a thread of its own.
///
/// Says `life N` with its segment; is told `ring GATE:FIRST …` with control and payload, then `end FINAL REASON`; says
/// `read COUNT …` or `fault …`.
struct ReadRole {
    let channel: ChannelID
    let pattern: Pattern
    let readers: Int

    init(_ arguments: [String]) {
        channel = ChannelID(rawValue: UInt64(arguments[0]) ?? 0)
        pattern = Pattern(mostBytes: Int(arguments[1]) ?? 0)
        readers = Int(arguments[2]) ?? 1
    }

    func run() throws {
        let connection = Probe.inherited()
        let process = try ProcessSegment(life: .random(), cursorCount: readers)
        guard let segment = process.segment else { throw Fault.missing }
        try Probe.send(connection, "life \(process.life.rawValue)", [segment.reopenReadOnly().descriptor])

        let (words, descriptors) = try Probe.receive(connection)
        guard descriptors.count == 2 else { throw Fault.missing }
        let memory = try RingMemory.attach(
            control: descriptors[0], payload: descriptors[1], writable: false, channel: channel)
        let all = words.dropFirst().enumerated().map { line, word in
            let numbers = word.split(separator: ":").compactMap { UInt64($0) }
            let reader = RingReader(
                memory, process: process, line: UInt32(line), gate: UInt32(numbers[0]), first: numbers[1])
            return RigReader(process: process, gate: UInt32(numbers[0]), first: numbers[1], reader: reader)
        }
        let results = Lock<[Int: String]>([:])
        let pattern = pattern
        let threads = try all.enumerated().map { index, reader in
            try NamedThread("read-\(index)") {
                let result = Result { try reader.drain(pattern) }
                results.withLock { results in
                    switch result {
                    case .success(let count): results[index] = "\(count)"
                    case .failure(let error): results[index] = "fault:\(error)"
                    }
                }
            }
        }
        let end = try Probe.receive(connection).words
        guard end.count == 3, let final = UInt64(end[1]), let number = UInt32(end[2]),
            let reason = EndReason(rawValue: number)
        else { throw Fault.missing }
        for reader in all { reader.reader.recordEnd(final: final, reason: reason) }
        for thread in threads { thread.join() }
        let counts = results.withLock { results in results.sorted { $0.key < $1.key }.map(\.value) }
        try Probe.send(connection, "read " + counts.joined(separator: " "))
    }
}
