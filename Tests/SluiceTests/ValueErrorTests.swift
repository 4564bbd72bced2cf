import Sluice
import SluiceModel
import Testing

/// Encodes unless it is told not to.
private struct Moody: Codable, Sendable {
    var isWilling = true
    var tensor = ValueRoundTripTests.tensor(1)

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(tensor, forKey: .tensor)
        guard isWilling else {
            throw EncodingError.invalidValue(
                self, .init(codingPath: encoder.codingPath + [CodingKeys.isWilling], debugDescription: "not today"))
        }
        try container.encode(isWilling, forKey: .isWilling)
    }
}

/// Any number of objects within one another.
private indirect enum Nest: Codable, Sendable {
    case end
    case inner(Nest)

    static func of(_ depth: Int) -> Nest { (0..<depth).reduce(.end) { nest, _ in .inner(nest) } }
}

private struct Failing: Codable, Sendable {
    func encode(to encoder: any Encoder) throws { throw MissingValue() }
}

@Suite("Values that do not cross", .timeLimit(.minutes(1))) struct ValueErrorTests {
    @Test func c3AValueThatCannotBeEncodedLeavesNothingBehind() throws {
        let fixture = try Fixture()
        let channel = try fixture.values(of: [String: [Moody]].self, slots: 1)
        defer { channel.worker.close() }
        for _ in 0..<3 {
            let error = #expect(throws: SluiceError.self) {
                try channel.writer.write(["a": [Moody(), Moody(isWilling: false)]], timeout: .zero)
            }
            #expect(error?.code == .cannotEncode)
            #expect(error?.path == "a[1].isWilling")
            #expect(error?.channel == "c")
            #expect(error?.actor == "w")
            #expect(error?.sequence == 0)
            #expect(error?.message.contains("not today") == true)
        }
        #expect(channel.writer.published == 0)
        // The only slot is free, and its tensors are numbered from 0 again: none is left over.
        try channel.writer.write(["a": [Moody()]], timeout: .zero)
        let read = try channel.reader.read(timeout: .zero)
        try expectSame(read?["a"]?[0].tensor, ValueRoundTripTests.tensor(1))
    }

    @Test func c3ATensorElsewhereIsNamedByItsPath() throws {
        let fixture = try Fixture()
        let channel = try fixture.values(of: Scene.self)
        defer { channel.worker.close() }
        let memory = unsafe TensorMemory(
            unsafe: .init(start: .init(bitPattern: 0x1000), count: 64), device: TensorDevice(.cuda)
        ) { _ in }
        var scene = ValueRoundTripTests.scene
        scene.frames[1].mask = try Tensor(memory, .float32, shape: [4])
        var error = #expect(throws: SluiceError.self) { try channel.writer.write(scene) }
        #expect(error?.code == .cannotEncode)
        #expect(error?.path == "frames[1].mask")
        #expect(error?.message.contains("cuda:0") == true)
        scene.frames[1].mask = nil
        scene.named["a b"] = try Tensor(memory, .float32, shape: [4])
        error = #expect(throws: SluiceError.self) { try channel.writer.write(scene) }
        #expect(error?.path == "named[\"a b\"]")
        #expect(channel.writer.published == 0)
    }

    @Test func c3AnErrorOfTheTypesOwnCodeIsPassedOn() throws {
        let fixture = try Fixture()
        let channel = try fixture.values(of: [Failing].self)
        defer { channel.worker.close() }
        let error = #expect(throws: SluiceError.self) { try channel.writer.write([Failing()]) }
        #expect(error?.code == .cannotEncode)
        #expect(error?.cause?.contains("MissingValue") == true)
        #expect(error?.path == "[0]")
    }

    /// Shapes of two tensors where the channel declares two of [2, 3].
    @Test(
        arguments: [
            ([[2, 3], [3, 2]], "[1]", "float32 [3, 2]"), ([[6], [2, 3]], "[0]", "float32 [6]"),
            ([[2, 3]], "", "1 tensors"), ([[2, 3], [2, 3], [2, 3]], "[2]", "3 tensors"), ([], "", "0 tensors"),
        ] as [([[Int]], String, String)])
    func c15WhatDoesNotFitTheDeclarationIsNamed(_ shapes: [[Int]], _ path: String, _ said: String) throws {
        let fixture = try Fixture()
        let shape = TensorShape(.float32, [2, 3])
        let channel = try fixture.values(of: [Tensor].self, hint: .tensor([shape, shape]), slots: 1)
        defer { channel.worker.close() }
        let error = #expect(throws: SluiceError.self) {
            try channel.writer.write(shapes.map { ValueRoundTripTests.tensor(0, $0) })
        }
        #expect(error?.code == .cannotEncode)
        #expect(error?.path == path)
        #expect(error?.message.contains(said) == true)
        #expect(channel.writer.published == 0)
        let good = [ValueRoundTripTests.tensor(1), ValueRoundTripTests.tensor(2)]
        try channel.writer.write(good, timeout: .zero)
        try expectSame(try channel.reader.read(timeout: .zero)?[1], good[1])
    }

    @Test func anotherTypeThanDeclaredIsRefusedToo() throws {
        let fixture = try Fixture()
        let channel = try fixture.values(of: Tensor.self, hint: .tensor([TensorShape(.int32, [2])]))
        defer { channel.worker.close() }
        let error = #expect(throws: SluiceError.self) { try channel.writer.write(Tensor([1, 2] as [Float])) }
        #expect(error?.code == .cannotEncode)
        #expect(error?.message.contains("int32 [2]") == true)
    }

    /// What each body, with as many tensors, is refused for, by a reader of frames.
    @Test(arguments: [
        (#"{"number":1,"pixels":0}"#, 2, "", "no field stands for tensor 1"),
        (#"{"number":1,"pixels":0,"mask":0}"#, 1, "mask", "which pixels has had already"),
        (#"{"number":1,"pixels":1}"#, 1, "pixels", "tensor 1, and the value has 1"),
        (#"{"number":1,"pixels":-1}"#, 1, "pixels", "tensor -1"),
        (#"{"number":1,"pixels":"0"}"#, 1, "pixels", ""), (#"{"number":true,"pixels":0}"#, 1, "number", ""),
        (#"{"number":1,"pixels":0.5}"#, 1, "", ""), (#"{"number":1}"#, 0, "pixels", ""),
        (#"{"number":1,"pixels":null}"#, 1, "pixels", ""), (#"[]"#, 0, "", ""), (#"{"number":1"#, 0, "", ""),
        ("", 0, "", ""),
    ]) func c15EachPlaceholderIsFilledOnceAndNoTensorIsLeft(
        _ body: String, _ tensors: Int, _ path: String, _ said: String
    ) throws {
        let fixture = try Fixture()
        let channel = try fixture.values(of: Frame.self)
        defer { channel.worker.close() }
        let bytes = typed(body: body, tensors: tensors)
        try channel.writer.write(encoded: EncodedValue(kind: ValueKind.typed, bytes: bytes))
        let error = #expect(throws: SluiceError.self) { _ = try channel.reader.read(timeout: .zero) }
        #expect(error?.code == .cannotDecode)
        #expect(error?.path ?? "" == path)
        #expect(error?.message.contains(said) == true, "\(error?.message ?? "")")
        #expect(error?.channel == "c")
        #expect(error?.actor == "w")
        #expect(error?.sequence == 0)
        // It is consumed, its slot is free, and the channel goes on.
        let frame = Frame(number: 1, pixels: ValueRoundTripTests.tensor(1), mask: nil)
        for _ in 0..<8 {
            try channel.writer.write(frame, timeout: .zero)
            try expectSame(try channel.reader.read(timeout: .zero)?.pixels, frame.pixels)
        }
    }

    @Test func aFieldThatTriesSeveralTypesGetsItsTensor() throws {
        struct Either: Codable, Sendable {
            var tensor: Tensor
            init(_ tensor: Tensor) { self.tensor = tensor }
            func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                try container.encode(tensor)
            }
            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                _ = try? container.decode(Tensor.self)
                _ = try? container.decode([String].self)
                tensor = try container.decode(Tensor.self)
            }
        }
        let read = try crossed([Either(ValueRoundTripTests.tensor(1)), Either(ValueRoundTripTests.tensor(2))])
        try expectSame(read[1].tensor, ValueRoundTripTests.tensor(2))
    }

    @Test func fieldsTooDeepWithinOneAnotherAreRefusedAtBothEnds() throws {
        let fixture = try Fixture()
        let channel = try fixture.values(of: Nest.self, slotSize: 1 << 20)
        defer { channel.worker.close() }
        // Each makes an object of its name, and one of its value.
        try channel.writer.write(.of(100))
        _ = try channel.reader.read(timeout: .zero)
        let error = #expect(throws: SluiceError.self) { try channel.writer.write(.of(129)) }
        #expect(error?.code == .cannotEncode)
        for depth in [257, 100_000] {
            for opening in ["[", #"{"inner":"#] {
                let body = String(repeating: opening, count: depth)
                try channel.writer.write(
                    encoded: EncodedValue(kind: ValueKind.typed, bytes: typed(body: body, tensors: 0)))
                let error = #expect(throws: SluiceError.self) { _ = try channel.reader.read(timeout: .zero) }
                #expect(error?.code == .cannotDecode)
            }
        }
    }

    @Test func tensorsAreForChannelsOnly() throws {
        let fixture = try Fixture()
        let channel = try fixture.values(of: [String: Int].self)
        defer { channel.worker.close() }
        try channel.plainWriter.write([1, 2, 3])
        let error = #expect(throws: SluiceError.self) { _ = try channel.reader.read(timeout: .zero) }
        #expect(error?.code == .cannotDecode)
        #expect(error?.message.contains("kind 0") == true)
    }
}

/// A slot with a body, and as many tensors of one `UInt8` each.
func typed(body: String, tensors: Int) -> [UInt8] {
    func little(_ number: some FixedWidthInteger) -> [UInt8] {
        unsafe withUnsafeBytes(of: number.littleEndian) { unsafe Array($0) }
    }
    let metadata: [UInt8] = [6, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
    var bytes = little(UInt32(1)) + little(UInt32(tensors)) + little(UInt64(body.utf8.count))
    bytes += little(UInt64(metadata.count * tensors)) + little(UInt64(0)) + body.utf8
    for _ in 0..<tensors { bytes += metadata }
    for number in 0..<tensors {
        bytes += [UInt8](repeating: 0, count: (64 - bytes.count % 64) % 64)
        bytes.append(UInt8(number))
    }
    return bytes
}
