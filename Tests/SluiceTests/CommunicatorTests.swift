import Sluice
import SluiceModel
import Testing

@Suite("Communicator", .timeLimit(.minutes(3))) struct CommunicatorTests {
    /// Slots of 64 bytes of elements, 3 of them: from nothing to several rounds of the ring.
    private static func counts(_ ranks: Int, _ scalarBytes: Int) -> [Int] {
        [0, 1, ranks - 1, ranks, ranks + 1, 61, 2 * 3 * 64 / scalarBytes * ranks + 3]
    }

    @Test(arguments: [1, 2, 3, 4, 8])
    func c16EveryOperationOnEveryTypeEqualsASequentialOne(ranks: Int) throws {
        let rig = try CommunicatorRig(ranks: ranks)
        let all = try rig.join()
        defer { for one in all { one.destroy() } }
        try check(Int8.self, all)
        try check(Int16.self, all)
        try check(Int32.self, all)
        try check(Int64.self, all)
        try check(UInt8.self, all)
        try check(UInt16.self, all)
        try check(UInt32.self, all)
        try check(UInt64.self, all)
        try check(Float16.self, all)
        try check(BFloat16.self, all)
        try check(Float.self, all)
        try check(Double.self, all)
    }

    private func check<Scalar: TestScalar>(_: Scalar.Type, _ all: [ChannelCommunicator]) throws {
        let n = all.count
        let counts = Self.counts(n, MemoryLayout<Scalar>.stride)
        @Sendable func input(_ rank: Int, _ count: Int) -> [Scalar] {
            (0..<count).map { Scalar.element(UInt64(rank * 1_000_003 + $0 * 7 + count)) }
        }
        // Every rank does everything in one go: nobody waits for the others between two operations.
        let results = try CommunicatorRig.onEach(all) { one -> [[UInt64]] in
            var results: [[UInt64]] = []
            for count in counts {
                for reduction in Reduction.allCases {
                    var whole = input(one.rank, count)
                    try one.allReduce(&whole, reduction)
                    results.append(whole.map(\.bits))
                    var part = [Scalar](repeating: Scalar.element(1), count: count)
                    try one.reduceScatter(input(one.rank, count * n), into: &part, reduction)
                    results.append(part.map(\.bits))
                }
                var gathered = [Scalar](repeating: Scalar.element(2), count: count * n)
                try one.allGather(input(one.rank, count), into: &gathered)
                results.append(gathered.map(\.bits))
                for root in 0..<n {
                    var values = input(one.rank, count)
                    try one.broadcast(&values, root: root)
                    results.append(values.map(\.bits))
                }
                try one.barrier()
            }
            return results
        }
        for (rank, result) in results.enumerated() {
            var found = result.makeIterator()
            for count in counts {
                let inputs = (0..<n).map { input($0, count) }
                let large = (0..<n).map { input($0, count * n) }
                for reduction in Reduction.allCases {
                    let reduced = Sequentially.allReduce(inputs) { Scalar.expected(reduction, $0, $1) }
                    #expect(found.next() == reduced.map(\.bits), "all-reduce \(reduction) \(Scalar.self) \(count)")
                    let parts = Sequentially.reduceScatter(large) { Scalar.expected(reduction, $0, $1) }
                    #expect(found.next() == parts[rank].map(\.bits), "\(reduction) \(Scalar.self) \(count)")
                }
                #expect(found.next() == inputs.flatMap { $0 }.map(\.bits), "all-gather \(Scalar.self) \(count)")
                for root in 0..<n {
                    #expect(found.next() == inputs[root].map(\.bits), "broadcast \(Scalar.self) \(count) \(root)")
                }
            }
            #expect(found.next() == nil)
        }
    }

    /// Two slots are the least with which the ring cannot block itself: all ranks send first.
    @Test(arguments: [2, 3, 8], [2, 3, 9])
    func c16ManySegmentsInFewSlots(ranks: Int, slots: Int) throws {
        let rig = try CommunicatorRig(ranks: ranks)
        let all = try rig.join(slots: slots)
        defer { for one in all { one.destroy() } }
        let count = 64 / 4 * ranks * 40 + 1
        let results = try CommunicatorRig.onEach(all) { one in
            var values = (0..<count).map { Int32($0 * (one.rank + 1)) }
            for _ in 0..<3 { try one.allReduce(&values, .maximum) }
            return values
        }
        for result in results { #expect(result == (0..<count).map { Int32($0 * ranks) }) }
    }

    @Test(arguments: [2, 4, 8]) func c16AnAllReduceSendsWhatIsLeastPossible(ranks: Int) throws {
        let rig = try CommunicatorRig(ranks: ranks)
        let all = try rig.join(slotSize: 64 << 10, slots: 4)
        defer { for one in all { one.destroy() } }
        let bytes = (1 << 20) + 52
        _ = try CommunicatorRig.onEach(all) { one in
            var values = [Float](repeating: Float(one.rank), count: bytes / 4)
            try one.allReduce(&values)
            try #require(values.allSatisfy { $0 == Float(ranks * (ranks - 1) / 2) })
        }
        let least = Double(2 * (ranks - 1)) / Double(ranks) * Double(bytes)
        var payload: UInt64 = 0
        for one in all {
            let counted = one.statistics
            #expect(Double(counted.bytesPublished) <= least * 1.01)
            #expect(counted.payloadBytesSent < counted.bytesPublished)
            #expect(counted.collectives == 1)
            payload += counted.payloadBytesSent
        }
        // Less is not possible either.
        #expect(payload == UInt64(2 * (ranks - 1) * bytes))
    }

    @Test func c16AMinimumIsThatOfTheStandard() throws {
        let rig = try CommunicatorRig(ranks: 2)
        let all = try rig.join()
        defer { for one in all { one.destroy() } }
        let rows: [[Double]] = [[0, -0.0, .nan, 1, -.infinity, 2], [-0.0, 0, 1, .nan, .nan, .infinity]]
        let results = try CommunicatorRig.onEach(all) { one -> [[Double]] in
            try [Reduction.minimum, .maximum].map { reduction in
                var values = rows[one.rank]
                try one.allReduce(&values, reduction)
                var narrow = rows[one.rank].map { BFloat16(Float($0)) }
                try one.allReduce(&narrow, reduction)
                for (a, b) in zip(values, narrow) {
                    try #require(a.isNaN ? Float(b).isNaN : Double(Float(b)).bitPattern == a.bitPattern)
                }
                return values
            }
        }
        #expect(results[0].map { $0.map(\.bitPattern) } == results[1].map { $0.map(\.bitPattern) })
        let (least, greatest) = (results[0][0], results[0][1])
        #expect(least[0].sign == .minus && least[1].sign == .minus)
        #expect(greatest[0].sign == .plus && greatest[1].sign == .plus)
        for index in 2...4 { #expect(least[index].isNaN && greatest[index].isNaN) }
        #expect(least[5] == 2 && greatest[5] == .infinity)
    }

    @Test(arguments: [0, 1, 64, 65, 1000]) func c16MessagesGoBetweenAnyTwo(bytes: Int) throws {
        let rig = try CommunicatorRig(ranks: 3)
        let all = try rig.join()
        defer { for one in all { one.destroy() } }
        let results = try CommunicatorRig.onEach(all) { one -> [[UInt8]] in
            var received: [[UInt8]] = []
            let others = (0..<3).filter { $0 != one.rank }
            // All send before anybody receives: begun, and then waited for.
            let payloads = others.map { pattern(one.rank * 10 + $0, count: bytes) }
            var completions: [CommunicatorCompletion] = []
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, 2 * bytes), alignment: 8)
            defer { unsafe memory.deallocate() }
            for (index, other) in others.enumerated() {
                let place = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[index * bytes..<(index + 1) * bytes])
                unsafe place.copyBytes(from: payloads[index])
                let operation = unsafe CommunicatorOperation(
                    .send(to: other), of: .uint8, count: bytes, input: UnsafeRawBufferPointer(place))
                completions.append(one.start(operation, timeout: .infinite))
            }
            for other in others {
                var values = [UInt8](repeating: 0, count: bytes)
                try one.receive(into: &values, from: other)
                received.append(values)
            }
            for completion in completions { try completion.wait() }
            return received
        }
        for (rank, received) in results.enumerated() {
            let others = (0..<3).filter { $0 != rank }
            #expect(received == others.map { pattern($0 * 10 + rank, count: bytes) })
        }
    }

    @Test func c16TruthValuesMoveButAreNotReduced() throws {
        let rig = try CommunicatorRig(ranks: 2)
        let all = try rig.join()
        defer { for one in all { one.destroy() } }
        _ = try CommunicatorRig.onEach(all) { one in
            var bytes: [UInt8] = one.rank == 0 ? [1, 0, 1] : [0, 0, 0]
            try unsafe bytes.withUnsafeMutableBytes { try unsafe one.broadcast($0, of: .bool, root: 0) }
            try #require(bytes == [1, 0, 1])
            let error = #expect(throws: SluiceError.self) {
                try unsafe bytes.withUnsafeMutableBytes { try unsafe one.allReduce($0, of: .bool) }
            }
            #expect(error?.code == .invalidArgument)
            try one.barrier()
        }
    }

    @Test func c16TwoGroupsOfTheSameActorsDoNotMeet() throws {
        let rig = try CommunicatorRig(ranks: 3)
        let (first, second) = (try rig.join("first"), try rig.join("second"))
        defer { for one in first + second { one.destroy() } }
        let jobs = try (first + second).map { one in
            try Job {
                for round in 0..<200 {
                    var values = [Int32(one.rank), one.group == "first" ? 1 : 100]
                    try one.allReduce(&values)
                    try #require(values == [3, one.group == "first" ? 3 : 300], "\(round)")
                }
            }
        }
        for job in jobs { try job.value() }
        first[0].destroy()
        var one = [Int32(1)]
        #expect(throws: SluiceError.self) { try first[1].allReduce(&one) }
        _ = try CommunicatorRig.onEach(second) { try $0.barrier() }
    }

    @Test func c16TheFormsForAsyncCode() async throws {
        let rig = try CommunicatorRig(ranks: 3)
        let members = rig.members
        try await withThrowingTaskGroup(of: Void.self) { group in
            for rank in 0..<3 {
                let actor = rig.actor(rank)
                group.addTask {
                    let one = try await ChannelCommunicator.join("g", as: actor, members: members)
                    var values = [Int32](repeating: Int32(rank), count: 100)
                    try await one.allReduce(&values)
                    #expect(values == [Int32](repeating: 3, count: 100))
                    var gathered = [Int32](repeating: 0, count: 3)
                    try await one.allGather([Int32(rank)], into: &gathered)
                    #expect(gathered == [0, 1, 2])
                    var part: [Int32] = [0]
                    try await one.reduceScatter([1, 2, 3], into: &part, .product)
                    #expect(part == [[1, 8, 27][rank]])
                    try await one.broadcast(&values, root: 2)
                    if rank == 0 { try await one.send([5, 6] as [Int32], to: 1) }
                    if rank == 1 {
                        var pair: [Int32] = [0, 0]
                        let early = await #expect(throws: SluiceError.self) {
                            var nothing: [Int32] = [0]
                            try await one.receive(into: &nothing, from: 2, timeout: .milliseconds(5))
                        }
                        #expect(early?.code == .timedOut)
                        try await one.receive(into: &pair, from: 0)
                        #expect(pair == [5, 6])
                    }
                    let completion = one.start(
                        unsafe CommunicatorOperation(.barrier, of: .uint8, count: 0), timeout: .infinite)
                    try await completion.value()
                    #expect(completion.isOver)
                    one.destroy()
                }
            }
            try await group.waitForAll()
        }
    }
}
