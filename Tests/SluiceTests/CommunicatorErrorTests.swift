import SharedMemory
import Sluice
import SluiceModel
import Testing

@Suite("Communicator errors", .timeLimit(.minutes(2))) struct CommunicatorErrorTests {
    /// What one rank of three does differently from the others.
    enum Mismatch: String, CaseIterable, Sendable {
        case count, type, reduction, kind, root, number

        func call(_ one: ChannelCommunicator, isOdd: Bool) throws(SluiceError) {
            var values = [Float](repeating: 1, count: 50)
            switch self {
            case .count:
                var others = [Float](repeating: 1, count: isOdd ? 49 : 50)
                try one.allReduce(&others)
            case .type:
                var others = [Int32](repeating: 1, count: 50)
                if isOdd { try one.allReduce(&others) } else { try one.allReduce(&values) }
            case .reduction: try one.allReduce(&values, isOdd ? .product : .sum)
            case .kind: if isOdd { try one.barrier() } else { try one.allReduce(&values) }
            case .root: try one.broadcast(&values, root: isOdd ? 1 : 0)
            case .number:
                if isOdd { try one.barrier() }
                try one.broadcast(&values, root: 0)
            }
        }
    }

    @Test(arguments: Mismatch.allCases, [2, 3, 4])
    func c16RanksThatDoNotAgreeAllFail(mismatch: Mismatch, ranks: Int) throws {
        let rig = try CommunicatorRig(ranks: ranks)
        let all = try rig.join()
        defer { for one in all { one.destroy() } }
        let errors = try CommunicatorRig.onEach(all) { one -> SluiceError? in
            do throws(SluiceError) {
                try mismatch.call(one, isOdd: one.rank == 1)
                // One whose part was done before anybody could know learns of it in its next call.
                try one.barrier()
                return nil
            } catch { return error }
        }
        for error in errors {
            #expect(error?.code == .invalidArgument)
            #expect(error?.message.contains("do not call the same operation") == true, "\(error as Any)")
            #expect(error?.message.contains("rank 1 (actor rank1 on node n1") == true, "\(error as Any)")
        }
        // It stays so.
        for one in all { #expect(throws: SluiceError.self) { try one.barrier(timeout: .seconds(5)) } }
    }

    @Test func c16AMessageOfAnotherSizeIsAnErrorOnBoth() throws {
        let rig = try CommunicatorRig(ranks: 2)
        let all = try rig.join()
        defer { for one in all { one.destroy() } }
        try all[0].send([1, 2, 3] as [Int32], to: 1)
        var room: [Int32] = [0, 0]
        let error = #expect(throws: SluiceError.self) { try all[1].receive(into: &room, from: 0) }
        #expect(error?.code == .invalidArgument)
        #expect(room == [0, 0])
        let other = #expect(throws: SluiceError.self) { try all[0].barrier() }
        #expect(other?.code == .invalidArgument)
    }

    @Test func c16WhatDoesNotFitIsRefusedAndChangesNothing() throws {
        let rig = try CommunicatorRig(ranks: 2)
        let all = try rig.join()
        defer { for one in all { one.destroy() } }
        var (two, three) = ([Int32](repeating: 1, count: 2), [Int32](repeating: 1, count: 3))
        let calls: [() throws -> Void] = [
            { try all[0].allGather([1, 2] as [Int32], into: &three) },
            { try all[0].reduceScatter([1, 2, 3] as [Int32], into: &two) },
            { try all[0].broadcast(&two, root: 2) },
            { try all[0].broadcast(&two, root: -1) },
            { try all[0].send(two, to: 0) },
            { try all[0].send(two, to: 2) },
            { try all[0].receive(into: &two, from: -1) },
            {
                try all[0].perform(
                    unsafe CommunicatorOperation(
                        .barrier, of: .uint8, count: 0, device: TensorDevice(.cuda)), timeout: .zero)
            },
            { try all[0].perform(unsafe CommunicatorOperation(.allGather, of: .int64, count: .max), timeout: .zero) },
            { try all[0].perform(unsafe CommunicatorOperation(.allGather, of: .int64, count: -1), timeout: .zero) },
        ]
        for call in calls {
            let error = #expect(throws: SluiceError.self) { try call() }
            #expect(error?.code == .invalidArgument)
        }
        _ = try CommunicatorRig.onEach(all) { try $0.barrier() }
    }

    @Test(arguments: [2, 3]) func c16ATimeoutChangesNothingAndTheSameCallGoesOn(ranks: Int) throws {
        let rig = try CommunicatorRig(ranks: ranks)
        let all = try rig.join()
        defer { for one in all { one.destroy() } }
        // Several rounds, so that the ranks that are there do a part before they wait for the last.
        let count = 16 * ranks * 9
        let tried = Collector<Int>()
        let early = try all.dropLast().map { one in
            try Job { () -> [Int32] in
                var values = (0..<count).map { Int32($0 + one.rank) }
                for timeout in [Timeout.zero, .milliseconds(20), .zero, .milliseconds(1)] {
                    let error = #expect(throws: SluiceError.self) { try one.allReduce(&values, timeout: timeout) }
                    try #require(error?.code == .timedOut)
                    try #require(error?.actor != nil && error?.message.contains("all-reduce (sum)") == true)
                }
                let other = #expect(throws: SluiceError.self) { try one.barrier(timeout: .milliseconds(1)) }
                try #require(other?.code == .invalidArgument)
                var fewer = [Int32](repeating: 0, count: count - 1)
                let another = #expect(throws: SluiceError.self) { try one.allReduce(&fewer, timeout: .zero) }
                try #require(another?.code == .invalidArgument)
                tried.add(one.rank)
                while true {
                    do throws(SluiceError) {
                        try one.allReduce(&values, timeout: .microseconds(300))
                        return values
                    } catch { try #require(error.code == .timedOut, "\(error)") }
                }
            }
        }
        eventually { tried.all.count == ranks - 1 }
        let last = try #require(all.last)
        var values = (0..<count).map { Int32($0 + last.rank) }
        try last.allReduce(&values)
        let expected = (0..<count).map { Int32($0 * ranks + ranks * (ranks - 1) / 2) }
        #expect(values == expected)
        for job in early { #expect(try job.value() == expected) }
    }

    @Test func c16AMessageThatTimedOutGoesOn() throws {
        let rig = try CommunicatorRig(ranks: 2)
        let all = try rig.join()
        defer { for one in all { one.destroy() } }
        let payload = pattern(3, count: 1000)
        let error = #expect(throws: SluiceError.self) { try all[0].send(payload, to: 1, timeout: .milliseconds(200)) }
        #expect(error?.code == .timedOut)
        #expect(error?.actor == "rank1")
        let other = #expect(throws: SluiceError.self) { try all[0].send(Array(payload.dropLast()), to: 1) }
        #expect(other?.code == .invalidArgument)
        let job = try Job { try all[0].send(payload, to: 1) }
        var received = [UInt8](repeating: 0, count: 1000)
        try all[1].receive(into: &received, from: 0)
        #expect(received == payload)
        try job.value()
        #expect(all[0].statistics.payloadBytesSent == 1000)
    }

    /// A call that waits for other ranks.
    enum Blocked: String, CaseIterable, Sendable {
        case send, receive, allReduce, allGather, reduceScatter, broadcast, barrier

        func call(_ one: ChannelCommunicator) throws(SluiceError) {
            var (values, large) = ([Int32](repeating: 1, count: 400), [Int32](repeating: 1, count: 1200))
            switch self {
            case .send: try one.send(large, to: 2)
            case .receive: try one.receive(into: &values, from: 2)
            case .allReduce: try one.allReduce(&large)
            case .allGather: try one.allGather(values, into: &large)
            case .reduceScatter: try one.reduceScatter(large, into: &values)
            case .broadcast: try one.broadcast(&values, root: 2)
            case .barrier: try one.barrier()
            }
        }
    }

    /// Rank 2 never calls; ranks 0 and 1 wait for each other or for it.
    @Test(arguments: Blocked.allCases, [0, 2])
    func c16DestroyUnblocksEveryPeer(blocked: Blocked, destroyer: Int) throws {
        let rig = try CommunicatorRig(ranks: 3)
        let all = try rig.join()
        let jobs = try [all[0], all[1]].map { one in
            try Job { () -> SluiceError? in
                do throws(SluiceError) { try blocked.call(one) } catch { return error }
                return nil
            }
        }
        eventually { blocked == .receive || blocked == .send || all[0].statistics.segmentsSent > 0 }
        all[destroyer].destroy()
        for job in jobs {
            let error = try job.value()
            #expect(error?.code == .destroyed, "\(error as Any)")
            #expect(error?.actor == "rank\(destroyer)")
            #expect(error?.node == "n1")
            #expect(error?.pid == ProcessIdentity.current().pid)
            #expect(error?.message.contains("rank \(destroyer) (actor rank\(destroyer)") == true)
        }
        // Every later call, of every kind, on every rank.
        for one in all {
            one.destroy()
            for call in Blocked.allCases where one.rank != 2 || (call != .send && call != .receive) {
                let error = #expect(throws: SluiceError.self) { try call.call(one) }
                #expect(error?.code == .destroyed)
            }
        }
    }

    /// Whoever leaves a collective first may go at once: the others still complete it.
    @Test func c16ALastCollectiveIsCompletedByAll() throws {
        let rig = try CommunicatorRig(ranks: 4)
        for round in 0..<30 {
            let all = try rig.join("round\(round)")
            let results = try CommunicatorRig.onEach(all) { one -> [Int32] in
                var values = [Int32](repeating: 1, count: 500)
                try one.allReduce(&values)
                one.destroy()
                return values
            }
            for result in results { #expect(result == [Int32](repeating: 4, count: 500), "\(round)") }
        }
    }

    @Test func c16WhatWasSentBeforeTheEndCanBeReceived() throws {
        let rig = try CommunicatorRig(ranks: 2)
        let all = try rig.join()
        try all[0].send([1] as [Int32], to: 1)
        var value: [Int32] = [0]
        try all[1].receive(into: &value, from: 0)
        try all[0].send([2] as [Int32], to: 1)
        // In another direction, and over by the time that rank 1 has acted on the end.
        let waiting = try Job { try all[1].send([Int32](repeating: 1, count: 1000), to: 0) }
        eventually { all[1].statistics.segmentsSent == 3 }
        all[0].destroy()
        let late = #expect(throws: SluiceError.self) { try waiting.value() }
        #expect(late?.code == .destroyed)
        for _ in 0..<100 { #expect(throws: SluiceError.self) { try all[1].barrier() } }
        try all[1].receive(into: &value, from: 0)
        #expect(value == [2])
        let error = #expect(throws: SluiceError.self) { try all[1].receive(into: &value, from: 0) }
        #expect(error?.code == .destroyed)
        #expect(error?.actor == "rank0")
    }

    @Test func c16ARankThatNeverComesIsNamed() throws {
        let rig = try CommunicatorRig(ranks: 3)
        let errors = try CommunicatorRig.onEach([0, 1]) { rank -> SluiceError? in
            do throws(SluiceError) {
                _ = try ChannelCommunicator.join(
                    "g", as: rig.actor(rank), members: rig.members, timeout: .milliseconds(300))
                return nil
            } catch { return error }
        }
        for error in errors {
            #expect(error?.code == .timedOut)
            #expect(error?.actor == "rank2")
            #expect(error?.message.contains("rank 2 (actor rank2)") == true, "\(error as Any)")
        }
    }

    @Test func c16AGroupThatMakesNoSenseIsRefused() throws {
        let rig = try CommunicatorRig(ranks: 2)
        let actor = rig.actor(0)
        let long = String(repeating: "g", count: 129)
        for (name, members, options) in [
            ("g", [], CommunicatorOptions()), ("g", ["rank1"], .init()), ("g", ["rank0", "rank0"], .init()),
            ("", ["rank0"], .init()), (long, ["rank0"], .init()),
            ("g", (0..<129).map { "rank\($0)" }, .init()),
            ("g", ["rank0", "rank1"], .init(slotSize: 127)), ("g", ["rank0", "rank1"], .init(slots: 1)),
        ] {
            let error = #expect(throws: SluiceError.self) {
                try ChannelCommunicator.join(name, as: actor, members: members, options: options, timeout: .zero)
            }
            #expect(error?.code == .invalidArgument || error?.code == .invalidName, "\(error as Any)")
        }
        let errors = try CommunicatorRig.onEach([0, 1]) { rank -> SluiceError? in
            do throws(SluiceError) {
                _ = try ChannelCommunicator.join(
                    "h", as: rig.actor(rank), members: rig.members, options: .init(slots: 2 + rank),
                    timeout: .seconds(2))
                return nil
            } catch { return error }
        }
        let found = try #require(errors.first { $0?.code == .invalidArgument } ?? nil)
        #expect(found.message.contains("other members or options"))
        #expect(errors.allSatisfy { $0 != nil })
    }
}
