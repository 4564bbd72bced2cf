import SharedMemory
import Sluice
import SluiceModel
import Testing

/// Where a span lies.
private func address(_ tensor: Tensor) throws -> UInt {
    try tensor.withElements(of: Float.self) { span in
        unsafe span.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
    }
}

@Suite("Tensors in slots", .timeLimit(.minutes(1))) struct ValueSlotTests {
    @Test func c15TensorsAreReadInPlaceAndHoldTheirSlot() throws {
        let fixture = try Fixture()
        let channel = try fixture.values(of: [Tensor].self, slots: 1)
        defer { channel.worker.close() }
        // The only slot, as a plain lease shows it.
        try channel.plainWriter.write([UInt8](repeating: 0, count: 4096))
        let lease = try value(channel.plainReader.lease())
        let slot = unsafe lease.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        lease.release()

        try channel.writer.write([ValueRoundTripTests.tensor(1, [100]), ValueRoundTripTests.tensor(2, [3])])
        var read = try #require(try channel.reader.read())
        for tensor in read {
            let place = try address(tensor)
            #expect(slot + 32 <= place && place + UInt(tensor.byteCount) <= slot + 4096)
            #expect(place % 64 == 0)
            // No view of it reaches the tensors beside it.
            #expect(throws: SluiceError.self) { try tensor.view(shape: [tensor.count + 1]) }
            #expect(throws: SluiceError.self) { try tensor.view(shape: [1], byteOffset: -4) }
        }
        var copy: Tensor? = try read[0].copy()
        var view: Tensor? = try read[1].view(shape: [1], byteOffset: 8)
        read.removeAll()
        let held = #expect(throws: SluiceError.self) { try channel.writer.write([], timeout: .milliseconds(1)) }
        #expect(held?.code == .timedOut)
        #expect(held?.actor == "r")
        #expect(held?.pid == ProcessIdentity.current().pid)
        #expect(held?.message.contains("has held value 1 for") == true)
        #expect(try view?[0, as: Float.self] == 202)
        // The last view goes; what was copied holds nothing.
        view = nil
        try channel.writer.write([], timeout: .zero)
        #expect(try copy?[99, as: Float.self] == 199)
        copy = nil
    }

    @Test func tensorsOutliveTheirReader() throws {
        let fixture = try Fixture()
        let tensor: Tensor?
        do {
            let channel = try fixture.values(of: Tensor.self)
            defer { channel.worker.close() }
            try channel.writer.write(ValueRoundTripTests.tensor(4))
            tensor = try channel.reader.read()
            channel.reader.close()
        }
        try expectSame(tensor, ValueRoundTripTests.tensor(4))
    }

    @Test func aValueWithoutElementsHoldsNoSlot() throws {
        let fixture = try Fixture()
        let channel = try fixture.values(of: [Tensor].self, slots: 1)
        defer { channel.worker.close() }
        let empty = try Tensor([Float](), shape: [0, 2])
        try channel.writer.write([empty])
        let read = try channel.reader.read()
        try channel.writer.write([empty], timeout: .zero)
        #expect(read?[0].shape == [0, 2])
    }

    @Test func c15AnAllocatorGetsTheTensorsAndTheSlotIsFree() throws {
        let fixture = try Fixture()
        let asked = Collector<TensorShape>()
        let memories = Collector<UInt>()
        let allocator = TensorAllocator { shape, byteCount in
            asked.add(shape)
            let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount + 8, alignment: 64)
            memories.add(UInt(bitPattern: bytes.baseAddress))
            return unsafe TensorMemory(unsafe: bytes) { unsafe $0.deallocate() }
        }
        let channel = try fixture.values(of: [Tensor].self, allocator: allocator, slots: 1)
        defer { channel.worker.close() }
        let sent = [ValueRoundTripTests.tensor(1), ValueRoundTripTests.tensor(2).transposed()]
        try channel.writer.write(sent)
        let read = try #require(try channel.reader.read())
        try channel.writer.write([], timeout: .zero)
        #expect(asked.all == [TensorShape(.float32, [2, 3]), TensorShape(.float32, [3, 2])])
        #expect(try address(read[0]) == memories.all[0])
        for (a, b) in zip(read, sent) { try expectSame(a, b) }
        #expect(read[1].strides == [1, 3])
    }

    @Test func anAllocatorThatFailsCostsTheValueAndNoMore() throws {
        let fixture = try Fixture()
        let memory = Collector<TensorMemory>()
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 64)
        defer { unsafe bytes.deallocate() }
        let odd = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[1...])
        memory.add(TensorMemory(byteCount: 23))
        memory.add(unsafe TensorMemory(unsafe: odd) { _ in })
        memory.add(unsafe TensorMemory(unsafe: bytes, device: TensorDevice(.cuda)) { _ in })
        memory.add(TensorMemory(byteCount: 24))
        let calls = Collector<Int>()
        let allocator = TensorAllocator { _, _ in
            calls.add(0)
            guard calls.all.count > 1 else { throw MissingValue() }
            return memory.all[calls.all.count - 2]
        }
        let channel = try fixture.values(of: Tensor.self, allocator: allocator, slots: 1)
        defer { channel.worker.close() }
        for said in ["MissingValue", "23 bytes", "not aligned", "cuda:0"] {
            try channel.writer.write(ValueRoundTripTests.tensor(1), timeout: .zero)
            let error = #expect(throws: SluiceError.self) { _ = try channel.reader.read(timeout: .zero) }
            #expect(error?.code == .cannotDecode)
            #expect(error?.message.contains(said) == true)
        }
        try channel.writer.write(ValueRoundTripTests.tensor(1), timeout: .zero)
        try expectSame(try channel.reader.read(timeout: .zero), ValueRoundTripTests.tensor(1))
    }

    @Test func c15ADeclaredShapeCrossesOnce() throws {
        let fixture = try Fixture()
        let tensor = ValueRoundTripTests.tensor(1, [16, 16])
        let hint = ValueHint.tensor([tensor.declaredShape])
        // Exactly as large as the elements.
        let channel = try fixture.values(of: Tensor.self, hint: hint, slotSize: 1024)
        defer { channel.worker.close() }
        for _ in 0..<2 { try channel.writer.write(tensor, timeout: .zero) }
        let encoded = try #require(try channel.reader.readEncoded(timeout: .zero))
        #expect(encoded.kind == ValueKind.tensors)
        #expect(encoded.bytes.count == 1024)
        #expect(encoded.bytes == (try tensor.contiguousBytes()))
        try expectSame(try channel.reader.read(timeout: .zero), tensor)
    }

    @Test func c15DeclaredShapesCrossWithABodyBehindThem() throws {
        let fixture = try Fixture()
        let frame = Frame(
            number: 7, pixels: ValueRoundTripTests.tensor(1, [5]), mask: ValueRoundTripTests.tensor(2, [0]))
        let hint = ValueHint.tensor([TensorShape(.float32, [5]), TensorShape(.float32, [0])])
        let channel = try fixture.values(of: Frame.self, hint: hint)
        defer { channel.worker.close() }
        try channel.writer.write(frame)
        let encoded = try #require(try channel.reader.readEncoded(timeout: .zero))
        #expect(encoded.bytes[..<20].elementsEqual(try frame.pixels.contiguousBytes()))
        #expect(encoded.bytes[20..<64].allSatisfy { $0 == 0 })
        #expect(encoded.bytes[64] == UInt8(ascii: "{"))
        try channel.writer.write(encoded: encoded)
        let read = try #require(try channel.reader.read(timeout: .zero))
        #expect(read.number == 7)
        try expectSame(read.pixels, frame.pixels)
        try expectSame(read.mask, frame.mask)
    }

    @Test func aValueThatFitsExactlyIsWrittenAndOneThatDoesNotIsRefused() throws {
        let fixture = try Fixture()
        // 32 of header, 40 of metadata, to the next multiple of 64, and the elements.
        let tensor = ValueRoundTripTests.tensor(1, [16])
        let channel = try fixture.values(of: Tensor.self, slotSize: 192)
        defer { channel.worker.close() }
        try channel.writer.write(tensor)
        let error = #expect(throws: SluiceError.self) { try channel.writer.write(ValueRoundTripTests.tensor(1, [17])) }
        #expect(error?.code == .valueTooLarge)
        #expect(error?.needed == 196)
        #expect(channel.writer.published == 1)
        try channel.writer.write(tensor)
        for _ in 0..<2 { try expectSame(try channel.reader.read(timeout: .zero), tensor) }
    }

    @Test func whatTheSlotHeldBeforeDoesNotShowBetweenTensors() throws {
        let fixture = try Fixture()
        let channel = try fixture.values(of: [Tensor].self, slots: 1)
        defer { channel.worker.close() }
        try channel.plainWriter.write([UInt8](repeating: 0xaa, count: 4096))
        #expect(try channel.plainReader.skip(timeout: .zero))
        try channel.writer.write([Tensor([1] as [UInt8]), Tensor([2] as [UInt8])])
        let bytes = try #require(try channel.reader.readEncoded(timeout: .zero)).bytes
        #expect(!bytes.contains(0xaa))
        #expect(bytes.last == 2)
    }
}
