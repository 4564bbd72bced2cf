import FoundationEssentials
import Sluice
import SluiceModel
import Testing

/// A value with tensors at every depth.
struct Scene: Codable, Sendable {
    var name: String
    var frames: [Frame]
    var named: [String: Tensor]
    var numbered: [Int: [Tensor]]
    var note: Note
    var best: Tensor?
    var worst: Tensor?
    var weights: [Double]
    var blob: Data
}

struct Frame: Codable, Sendable {
    var number: UInt64
    var pixels: Tensor
    var mask: Tensor?
}

indirect enum Note: Codable, Sendable {
    case none
    case text(String)
    case drawing(Tensor, of: Note)
}

@Suite("Values with tensors", .timeLimit(.minutes(1))) struct ValueRoundTripTests {
    static func tensor(_ number: Int, _ shape: [Int] = [2, 3]) -> Tensor {
        let elements = (0..<shape.reduce(1, *)).map { Float(number * 100 + $0) }
        guard let tensor = try? Tensor(elements, shape: shape) else { preconditionFailure("it fits") }
        return tensor
    }

    static let scene = Scene(
        name: "scène \"1\" { [",
        frames: [
            Frame(number: .max, pixels: tensor(1), mask: nil),
            Frame(number: 0, pixels: tensor(2, [4]), mask: tensor(3, [])),
        ],
        named: ["a b": tensor(4, [0, 5]), "c": tensor(5, [1, 1, 1])], numbered: [7: [tensor(6), tensor(7)], 8: []],
        note: .drawing(tensor(8, [17]), of: .drawing(tensor(9, [33]), of: .text("x"))), best: tensor(10), worst: nil,
        weights: [.infinity, -.infinity, .nan, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 0.1],
        blob: Data([0, 255, 7]))

    @Test func c15TensorsAtAnyDepthCross() throws {
        let scene = Self.scene
        let read = try crossed(scene)
        #expect(read.name == scene.name)
        #expect(read.frames.map(\.number) == [.max, 0])
        for (a, b) in zip(read.frames, scene.frames) { try expectSame(a.pixels, b.pixels) }
        #expect(read.frames[0].mask == nil)
        try expectSame(read.frames[1].mask, scene.frames[1].mask)
        #expect(read.named.count == 2)
        try expectSame(read.named["a b"], scene.named["a b"])
        try expectSame(read.named["c"], scene.named["c"])
        #expect(read.numbered[7]?.count == 2)
        #expect(read.numbered[8]?.count == 0)
        try expectSame(read.numbered[7]?[1], scene.numbered[7]?[1])
        guard case .drawing(let outer, of: .drawing(let inner, of: .text("x"))) = read.note else {
            Issue.record("\(read.note)")
            return
        }
        try expectSame(outer, Self.tensor(8, [17]))
        try expectSame(inner, Self.tensor(9, [33]))
        try expectSame(read.best, scene.best)
        #expect(read.worst == nil)
        #expect(read.weights.map(\.bitPattern).dropFirst(3) == scene.weights.map(\.bitPattern).dropFirst(3))
        #expect(read.weights[0] == .infinity && read.weights[1] == -.infinity && read.weights[2].isNaN)
        #expect(read.blob == scene.blob)
    }

    @Test(arguments: ScalarType.allCases)
    func c15EveryTypeOfElementCrossesBitByBit(_ dtype: ScalarType) throws {
        // Not numbers, infinities, negative zeros and truth values that are none among them.
        var generator = SeededGenerator(state: UInt64(dtype.rawValue))
        let special: [UInt8] = [
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x80, 0x7f, 0x80, 0xff, 0, 0x80, 0, 0x7c,
        ]
        let bytes = special + (0..<48).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }
        let tensor = try Tensor(bytes: bytes, dtype, shape: [2, 32 / dtype.byteCount])
        let read = try crossed(tensor)
        #expect(read.dtype == dtype)
        #expect(try read.contiguousBytes() == bytes)
        try expectSame(try crossed([tensor])[0], tensor)
        try expectSame(
            try crossed([tensor], hint: .tensor([TensorShape(dtype, tensor.shape)]))[0], tensor)
    }

    @Test func c15DenseTensorsKeepTheirStridesAndOthersAreCompacted() throws {
        let matrix = try Tensor((0..<12).map(Int32.init), shape: [3, 4])
        let kept = [
            matrix, matrix.transposed(), try matrix.view(shape: [3, 4], strides: [4, -1], byteOffset: 12),
            try matrix.view(shape: [2, 3, 2], strides: [-2, 4, 1], byteOffset: 8),
            try matrix.view(shape: [4], strides: [-1], byteOffset: 20),
        ]
        let compacted = [
            try matrix.view(shape: [3, 2], strides: [4, 1]), try matrix.view(shape: [5, 2], strides: [0, 1]),
            try matrix.view(shape: [2, 2], strides: [2, 2]),
        ]
        for hint in [ValueHint.auto, .tensor([])] {
            let read = try crossed(kept + compacted, hint: hint)
            for (tensor, original) in zip(read, kept) {
                #expect(tensor.strides == original.strides)
                try expectSame(tensor, original)
            }
            for (tensor, original) in zip(read[kept.count...], compacted) {
                #expect(tensor.isContiguous)
                try expectSame(tensor, original)
            }
        }
        // What is declared arrives in row-major order.
        for tensor in kept + compacted {
            let read = try crossed([tensor], hint: .tensor([tensor.declaredShape]))
            #expect(read[0].isContiguous)
            try expectSame(read[0], tensor)
        }
    }

    @Test func c15OneTensorTwiceInAValueCrossesTwice() throws {
        let tensor = Self.tensor(3)
        let read = try crossed([tensor, tensor, tensor.transposed()])
        #expect(read.count == 3)
        try expectSame(read[0], tensor)
        try expectSame(read[1], tensor)
        try expectSame(read[2], tensor.transposed())
    }

    @Test func valuesWithoutTensorsCross() throws {
        #expect(try crossed(42) == 42)
        #expect(try crossed("") == "")
        #expect(try crossed(Int?.none) == .some(nil))
        #expect(try crossed(Int?.some(3)) == 3)
        #expect(try crossed([Int]()) == [])
        #expect(try crossed([UInt64.max, 0]) == [.max, 0])
        #expect(try crossed(Float.infinity) == .infinity)
        if try crossed(Optional<Tensor>.none) != nil { Issue.record("a tensor of nothing") }
        try expectSame(try crossed(Optional(Self.tensor(1))), Self.tensor(1))
    }

    @Test(arguments: [[], [0], [1], [3, 5], [1023], [1024]] as [[Int]])
    func c15ABareTensorHasNoBody(_ shape: [Int]) throws {
        let tensor = Self.tensor(1, shape)
        let channel = try Fixture().values(of: Tensor.self, slotSize: 64 * 1024)
        defer { channel.worker.close() }
        try channel.writer.write(tensor)
        try channel.writer.write(tensor)
        let encoded = try #require(try channel.reader.readEncoded(timeout: .zero))
        #expect(encoded.kind == ValueKind.typed)
        #expect(encoded.bytes[8..<16].allSatisfy { $0 == 0 })
        let metadata = 32 + 24 + 16 * shape.count
        #expect(encoded.bytes.count == (metadata + 63) / 64 * 64 + tensor.byteCount)
        try expectSame(try channel.reader.read(timeout: .zero), tensor)
    }

    @Test func aChainOfChannelsPassesValuesOnEncodedOrNot() throws {
        let fixture = try Fixture()
        let channel = try fixture.values(of: [Tensor].self)
        defer { channel.worker.close() }
        try channel.writer.write([Self.tensor(1)])
        let encoded = try #require(try channel.reader.readEncoded(timeout: .zero))
        try channel.writer.write(encoded: encoded)
        let read = try #require(try channel.reader.read())
        // It still lies in a slot of the channel that it is written to.
        try channel.writer.write(read)
        try expectSame(try channel.reader.read()?[0], Self.tensor(1))
        try channel.writer.write(failure: ApplicationFailure(kind: "K", message: "m"))
        let error = #expect(throws: SluiceError.self) { _ = try channel.reader.read(timeout: .zero) }
        #expect(error?.code == .application)
        try channel.writer.write([])
        #expect(try channel.reader.skip(timeout: .zero))
        channel.writer.close()
        if try channel.reader.read() != nil { Issue.record("a value behind the end") }
    }

    @Test func valuesCrossWithoutBlocking() async throws {
        let fixture = try Fixture()
        let channel = try fixture.values(of: [Tensor].self)
        defer { channel.worker.close() }
        async let first = channel.reader.read(timeout: .infinite)
        try await channel.writer.write([Self.tensor(5)])
        let tensors = try await first
        try expectSame(tensors?[0], Self.tensor(5))
        channel.writer.close()
        #expect(try await channel.reader.skip(timeout: .infinite) == false)
    }
}
