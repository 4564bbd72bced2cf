import Sluice
import SluiceModel
import SluiceTesting
import Testing

extension RowTests {
    @Test func c6AnActorHandsValuesToItselfByReference() async throws {
        try await Lab.run(nodes: 1) { lab in
            let me = try await lab.actor("me", on: 0)
            let writer = try await me.createIntraProcessChannel("c", of: Parcel.self, slots: 2)
            let reader = try await me.openIntraProcessReader("c", of: Parcel.self)
            let parcels = [Parcel([1]), Parcel([2])]
            for parcel in parcels { try await writer.write(parcel) }
            // Bounded as every other channel, and a timeout loses nothing.
            for timeout in [Timeout.zero, .milliseconds(2)] {
                let error = await #expect(throws: SluiceError.self) {
                    try await writer.write(Parcel([3]), timeout: timeout)
                }
                #expect(error?.code == .timedOut)
                #expect(error?.actor == "me")
            }
            for parcel in parcels { #expect(try await reader.read(timeout: .seconds(20)) === parcel) }
            let error = await #expect(throws: SluiceError.self) { try await reader.read(timeout: .milliseconds(2)) }
            #expect(error?.code == .timedOut)
            let call = BlockedCall { try reader.read() }
            try await call.untilAsleep()
            let last = Parcel([4])
            try await writer.write(last)
            #expect(try await call.value() === last)
            #expect(try await lab.status().channels.first?.form == .intraProcess)
        }
    }

    @Test func c7OneReadServesEveryConsumer() async throws {
        try await Lab.run(nodes: 2) { lab in
            let actors = try await lab.actors(["w": 0, "far": 1])
            let writer = try await actors[0].createChannel("c", readers: ["far"], slots: 2)
            let inner = try await actors[1].openReader("c")
            let cached = try CachedReader(inner, consumers: 3)
            for number in 0..<4 as Range<UInt8> {
                try await writer.write([number])
                for (place, consumer) in cached.consumers.enumerated() {
                    #expect(try await consumer.read(timeout: .seconds(20)) == [number])
                    // The inner channel was read once, by the first who asked, and nobody gets a value twice.
                    #expect(inner.next == UInt64(number) + 1)
                    guard place < 2 else { continue }
                    let error = await #expect(throws: SluiceError.self) { try await consumer.read(timeout: .zero) }
                    #expect(error?.code == .timedOut)
                }
            }
            writer.close()
            for consumer in cached.consumers { #expect(try await consumer.read(timeout: .seconds(20)) == nil) }
        }
        let slot = try CachedSlot<Parcel>(reads: 2)
        #expect(throws: SluiceError.self) { try slot.read() }
        let parcel = Parcel([1])
        try slot.put(parcel)
        for _ in 0..<2 { #expect(try slot.read() === parcel) }
        let error = #expect(throws: SluiceError.self) { try slot.read() }
        #expect(error?.code == .empty)
    }

    @Test func c8EveryReaderOfANodeReadsTheSameMemory() async throws {
        try await Lab.run(nodes: 2) { lab in
            let actors = try await lab.actors(["w": 0, "near": 0, "near2": 0, "far": 1, "far2": 1])
            let readersOf = actors.dropFirst()
            let writer = try await actors[0].createChannel(
                "c", readers: readersOf.map(\.name), slots: 1, slotSize: 4096)
            var readers: [Reader] = []
            for actor in readersOf { readers.append(try await actor.openReader("c")) }
            for round in 0..<3 as Range<UInt8> {
                var loan = try await writer.loan(4096, timeout: .seconds(20))
                let filled = unsafe loan.withUnsafeMutableBytes { slot in
                    unsafe slot.initializeMemory(as: UInt8.self, repeating: round)
                    return unsafe MemoryPlace(of: slot.baseAddress)
                }
                try loan.publish()
                // All at a time, so that nobody has a slot to itself.
                let near = try await readers[0].lease(timeout: .seconds(20))
                let near2 = try await readers[1].lease(timeout: .seconds(20))
                let far = try await readers[2].lease(timeout: .seconds(20))
                let far2 = try await readers[3].lease(timeout: .seconds(20))
                let found = [place(near, round), place(near2, round), place(far, round), place(far2, round)]
                #expect(filled?.file.hasPrefix("/memfd:sluice") == true, "\(String(describing: filled))")
                #expect(found[0] == filled && found[1] == filled, "\(found) of \(String(describing: filled))")
                // Another node has the value in another ring, once for all who read it there.
                #expect(found[2] != nil && found[2] == found[3] && found[2] != filled, "\(found)")
            }
            #expect(try await lab.status().channels.first?.form == .sharedMemory)
        }
    }

    /// Where a leased value lies, which is a page of that byte.
    private func place(_ lease: borrowing ReadLease?, _ byte: UInt8) -> MemoryPlace? {
        switch lease {
        case nil: return nil
        case .some(let lease):
            return unsafe lease.withUnsafeBytes { bytes in
                let isWhole = unsafe bytes.count == 4096 && bytes.allSatisfy { $0 == byte }
                #expect(isWhole)
                return unsafe MemoryPlace(of: bytes.baseAddress)
            }
        }
    }

    @Test func c9AWriteReturnsWhileASlotIsFreeAndBlocksWhenAllAreUnread() async throws {
        try await Lab.run(ClusterOptions(nodes: 2)) { lab in
            let actors = try await lab.actors(["w": 0, "near": 0, "far": 1])
            for (name, place, room) in [("near", 1, 5), ("far", 2, 10)] {
                let writer = try await actors[0].createChannel(name, readers: [name], slots: 5, slotSize: 64)
                let reader = try await actors[place].openReader(name)
                // At once where there is no way between.
                for number in 0..<room {
                    try await writer.write([UInt8(number)], timeout: number < 5 ? .zero : .seconds(20))
                }
                let error = await #expect(throws: SluiceError.self) { try await writer.write([99], timeout: .zero) }
                #expect(error?.code == .timedOut)
                #expect(error?.actor == name)
                let call = BlockedCall { try writer.write([UInt8(room)]) }
                try await call.untilAsleep()
                #expect(writer.published == UInt64(room))
                for number in 0...room { #expect(try await reader.read(timeout: .seconds(20)) == [UInt8(number)]) }
                try await call.value()
                #expect(try await lab.status().channels.first { $0.name == name }?.form == .bufferedSharedMemory)
            }
        }
    }

    @Test func c10OneWriteTakesTheShortestWayToEachReader() async throws {
        try await Lab.run(nodes: 3) { lab in
            let me = try await lab.actor("me", on: 0)
            let others = [
                try await lab.actor("near", on: 0), try await lab.actor("far", on: 1),
                try await lab.actor("farther", on: 2),
            ]
            let writer = try await me.createCompositeChannel(
                "c", readers: ["me", "near", "far", "farther"], by: Parcel.transcoder, slots: 3, slotSize: 1024)
            let own = try await me.openCompositeReader("c", by: Parcel.transcoder)
            var readers: [any ChannelReader<Parcel>] = []
            for actor in others { readers.append(try await actor.openCompositeReader("c", by: Parcel.transcoder)) }
            for number in 0..<10 {
                if number % 4 == 3 {
                    try await writer.write(failure: ApplicationFailure(kind: "k", message: "\(number)"))
                    for reader in [own] + readers {
                        let error = await #expect(throws: SluiceError.self) {
                            try await reader.read(timeout: .seconds(20))
                        }
                        #expect(error?.message == "\(number)")
                    }
                    continue
                }
                let parcel = Parcel([UInt8(number)])
                try await writer.write(parcel, timeout: .seconds(20))
                // To itself as it is; to others what was encoded.
                #expect(try await own.read(timeout: .seconds(20)) === parcel)
                for reader in readers {
                    let copy = try #require(try await reader.read(timeout: .seconds(20)))
                    #expect(copy.bytes == parcel.bytes && copy !== parcel)
                }
            }
            let channel = try #require(try await lab.status().channels.first)
            #expect(channel.form == .composite)
            #expect(channel.readers.map(\.route) == [.sameActor, .sameNode, .otherNode, .otherNode])
            #expect(channel.references.map(\.node) == ["node2", "node3"])
            writer.close()
            for reader in [own] + readers { #expect(try await reader.read(timeout: .seconds(20)) == nil) }
        }
    }
}
