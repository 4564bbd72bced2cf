import Sluice
import SluiceModel

// What is waited for.
extension Stage {
    func timeouts() async throws {
        try await with { ends in
            for timeout in [.zero, Ends<K>.soon, .zero] {
                for reader in ends.readers {
                    try sluiceError(.timedOut, "a read") { _ = try reader.read(timeout: timeout) }
                }
            }
            try ends.fill()
            for timeout in [.zero, Ends<K>.soon, .zero] {
                try sluiceError(.timedOut, "a write") { try ends.write(99, 99, timeout: timeout) }
            }
            for number in 0..<ends.capacity { try ends.expect(number, number) }
            try ends.expectNothing()
            try ends.write(99, 99)
            try ends.expect(99, 99)
        }
    }

    func holder() async throws {
        try await with { ends in
            let last = ends.readers.count - 1
            // Between nodes the reader reference has slots besides, which the others are to leave alone.
            let capacity = ends.names[last] == "far" ? Route.twoNodes.capacity(kind.slots) : ends.capacity
            for number in 0..<capacity {
                try ends.write(number, 5)
                for index in 0..<last { try ends.expect(number, 5, by: index) }
            }
            let error = try sluiceError(.timedOut, "a write") { try ends.write(99, 5, timeout: Ends<K>.soon) }
            try check(error.actor == ends.names[last], "\(error) names \(error.actor ?? "nobody")")
            try check(error.channel == ends.writer.channel, "channel of \(error)")
            for number in 0..<capacity { try ends.expect(number, 5, by: last) }
            try ends.write(99, 5)
            try ends.expect(99, 5)
        }
    }

    func two() async throws {
        try await with(readers: route == .sameNode ? ["near", "near2"] : ["far", "far2"]) { ends in
            try ends.fill()
            let inReach = kind.slots
            for number in 0..<inReach { try ends.expect(number, number, by: 0) }
            let error = try sluiceError(.timedOut, "a write") { try ends.write(99, 9, timeout: Ends<K>.soon) }
            // Of those on another node the first is named: what is late there is late for the node.
            if route == .sameNode { try check(error.actor == "near2", "\(error)") }
            for number in 0..<ends.capacity { try ends.expect(number, number, by: 1) }
            for number in inReach..<ends.capacity { try ends.expect(number, number, by: 0) }
            try ends.write(99, 9)
            try ends.expect(99, 9)
        }
    }

    func rollBack() async throws {
        try await with { ends in
            for number in 0..<2 * kind.slots + 1 {
                try ends.writer.stage(.value(kind.value(number, 50)), timeout: Ends<K>.patience)
                try ends.expectNothing()
                ends.writer.rollBack()
                try ends.expectNothing()
            }
            try ends.writer.stage(.value(kind.value(1, 20)), timeout: Ends<K>.patience)
            try ends.expectNothing()
            ends.writer.commit()
            try ends.expect(1, 20)
            try ends.expectNothing()
        }
    }

    func close() async throws {
        try await with { ends in
            let count = min(kind.slots, 3)
            for number in 0..<count { try ends.write(number, 30) }
            ends.writer.close()
            ends.writer.close()
            try sluiceError(.closed, "a write") { try ends.write(9, 9) }
            for number in 0..<count { try ends.expect(number, 30) }
            try ends.expectEnd()
            try ends.expectEnd()
            for _ in 0..<2 { for reader in ends.readers { reader.close() } }
        }
        // Before the end a closed reader says what it is, and holds nobody up.
        try await with(", early") { ends in
            try ends.write(0, 30)
            for _ in 0..<2 { for reader in ends.readers { reader.close() } }
            for reader in ends.readers {
                try sluiceError(.closed, "a read") { _ = try reader.read(timeout: .zero) }
            }
            ends.writer.close()
        }
    }

    func wakes() async throws {
        // Readers, by their writer.
        try await with { ends in
            let calls = ends.readers.map { reader in
                BlockedCall { try reader.read(timeout: Ends<K>.patience) == nil }
            }
            for call in calls { try await call.untilAsleep() }
            ends.writer.close()
            for call in calls { try check(try await call.value(), "a blocked reader got something") }
        }
        // Readers, by themselves.
        try await with(", own") { ends in
            for reader in ends.readers {
                let call = BlockedCall {
                    try sluiceError(.closed, "a read") { _ = try reader.read(timeout: Ends<K>.patience) }
                }
                try await call.untilAsleep()
                reader.close()
                _ = try await call.value()
            }
        }
        // The writer.
        try await with(", writer") { ends in
            try ends.fill()
            let call = BlockedCall { try sluiceError(.closed, "a write") { try ends.write(99, 9) } }
            try await call.untilAsleep()
            ends.writer.close()
            _ = try await call.value()
            for number in 0..<ends.capacity { try ends.expect(number, number) }
            try ends.expectEnd()
        }
    }

    func reopens() async throws {
        var ends = try await ends()
        defer { ends.close() }
        for round in 0..<3 {
            for number in 3 * round..<3 * round + 3 {
                try ends.write(number, 40)
                try ends.expect(number, 40)
            }
            for index in ends.readers.indices {
                ends.readers[index].close()
                ends.readers[index] = try await kind.reader(actors[ends.names[index]], ends.writer.channel)
            }
            try ends.expectNothing()
        }
    }

    func async() async throws {
        try await with { ends in
            // A suspended read of each gets what is written later; a cancelled one leaves it for the next.
            for number in 0..<3 {
                let reads = ends.readers.map { reader in Task { try await reader.read(timeout: Ends<K>.patience) } }
                let isGivenUp = number == 1
                if isGivenUp {
                    for read in reads {
                        read.cancel()
                        let error = await failure(of: read)
                        try check(error?.code == .cancelled, "a cancelled read: \(String(describing: error))")
                    }
                }
                try await ends.writer.write(kind.value(number, 70), timeout: Ends<K>.patience)
                for (reader, read) in zip(ends.readers, reads) {
                    let value = isGivenUp ? try await reader.read(timeout: Ends<K>.patience) : try await read.value
                    guard let value else { throw Mismatch("no value") }
                    try check(kind.isSame(value, kind.value(number, 70)), "another value than \(number)")
                }
            }
            // A cancelled write leaves nothing; a suspended one goes on when there is room.
            try ends.fill()
            let kind = kind
            for isGivenUp in [true, false] {
                let write = Task { try await ends.writer.write(kind.value(99, 9), timeout: Ends<K>.patience) }
                if isGivenUp {
                    write.cancel()
                    let error = await failure(of: write)
                    try check(error?.code == .cancelled, "a cancelled write: \(String(describing: error))")
                } else {
                    for number in 0..<ends.capacity { try ends.expect(number, number) }
                    try await write.value
                    try ends.expect(99, 9)
                    try ends.expectNothing()
                }
            }
        }
    }

    private func failure<Success>(of task: Task<Success, any Error>) async -> SluiceError? {
        if case .failure(let error) = await task.result { return error as? SluiceError }
        return nil
    }
}
