import Sluice
import SluiceModel

// What is carried.
extension Stage {
    func order() async throws {
        let count = 200
        try await with { ends in
            let writing = Task {
                try await onThread {
                    for number in 0..<count { try ends.write(number, number * 13 % 300) }
                    ends.writer.close()
                }
            }
            try await withThrowingTaskGroup { group in
                for index in ends.readers.indices {
                    group.addTask {
                        try await onThread {
                            for number in 0..<count { try ends.expect(number, number * 13 % 300, by: index) }
                            try check(
                                try ends.readers[index].read(timeout: Ends<K>.patience) == nil,
                                "\(ends.names[index]) is not at the end")
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await writing.value
        }
    }

    func sizes() async throws {
        let slot = 512
        let most = slot - (try await overhead())
        try await with(slotSize: slot, largestValue: slot) { ends in
            for (number, size) in [0, 1, most, 0, most - 1, most].enumerated() {
                try ends.write(number, size)
                try ends.expect(number, size)
            }
        }
    }

    func grows() async throws {
        try await with(slotSize: 256) { ends in
            for (number, size) in [10, 257, 1000, 3, 9000, 0].enumerated() {
                try ends.write(number, size)
                try ends.expect(number, size)
            }
        }
    }

    func chunks() async throws {
        let chunk = 128 << 10
        let overhead = try await overhead()
        try await with(slotSize: 2 * chunk + 1) { ends in
            for (number, size) in [chunk, chunk - 1, chunk + 1, 2 * chunk, 2 * chunk + 1].enumerated() {
                try ends.write(number, size - overhead)
                try ends.expect(number, size - overhead)
            }
        }
    }

    func largest() async throws {
        let slot = 512
        let most = slot - (try await overhead())
        try await with(slotSize: slot / 2, largestValue: slot) { ends in
            try ends.write(0, 5)
            try ends.expect(0, 5)
            for _ in 0..<2 {
                let error = try sluiceError(.valueTooLarge, "a write") { try ends.write(1, most + 1) }
                try check(error.needed == UInt64(slot + 1) && error.available == UInt64(slot), "\(error)")
                try check(error.channel == ends.writer.channel, "channel of \(error)")
            }
            try ends.expectNothing()
            try ends.write(1, most)
            try ends.expect(1, most)
        }
    }

    func failure() async throws {
        let pid = ProcessID.own
        try await with { ends in
            try ends.write(0, 1)
            try ends.expect(0, 1)
            try ends.writeFailure("the first")
            try ends.expectFailure("the first", sequence: 1, pid: pid)
            try ends.write(2, 2)
            try ends.expect(2, 2)
            try ends.writeFailure("")
            ends.writer.close()
            try ends.expectFailure("", sequence: 3, pid: pid)
            try ends.expectEnd()
        }
    }

    func encoded() async throws {
        let pid = ProcessID.own
        try await with { ends in
            for size in [0, 100] {
                try ends.write(7, size)
                var forms: Set<EncodedValue> = []
                for value in try readEncoded(ends) { forms.insert(value) }
                try check(forms.count == 1, "readers got \(forms.count) encodings of one value")
                for form in forms { try ends.writer.write(encoded: form, timeout: Ends<K>.patience) }
                try ends.expect(7, size)
            }
            try ends.writeFailure("again")
            let failures = try readEncoded(ends)
            try check(failures.allSatisfy { $0.kind == ValueKind.failure }, "kinds \(failures.map(\.kind))")
            try ends.writer.write(encoded: failures[0], timeout: Ends<K>.patience)
            try ends.expectFailure("again", sequence: 5, pid: pid)
        }
    }

    private func readEncoded(_ ends: Ends<K>) throws -> [EncodedValue] {
        var values: [EncodedValue] = []
        for reader in ends.readers {
            guard let value = try reader.readEncoded(timeout: Ends<K>.patience) else { throw Mismatch("no value") }
            values.append(value)
        }
        return values
    }

    func skip() async throws {
        try await with { ends in
            try ends.write(0, 10)
            try check(try skipped(ends) == ends.readers.map { _ in true }, "a value is not skipped")
            try ends.writeFailure("unseen")
            try check(try skipped(ends) == ends.readers.map { _ in true }, "a failure is not skipped")
            try ends.write(2, 30)
            try ends.expect(2, 30)
            for reader in ends.readers {
                try sluiceError(.timedOut, "a skip") { _ = try reader.skip(timeout: .zero) }
            }
            ends.writer.close()
            try check(try skipped(ends) == ends.readers.map { _ in false }, "the end is skipped")
        }
    }

    private func skipped(_ ends: Ends<K>) throws -> [Bool] {
        var found: [Bool] = []
        for reader in ends.readers { found.append(try reader.skip(timeout: Ends<K>.patience)) }
        return found
    }
}
