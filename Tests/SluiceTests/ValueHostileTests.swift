import Sluice
import SluiceModel
import Testing

/// A writer that is not ours puts anything into its slots.
@Suite("Hostile slots", .timeLimit(.minutes(2))) struct ValueHostileTests {
    /// What a reader makes of it: everything that it can reach is read.
    private func digest(_ scene: Scene) throws -> Int {
        var tensors = scene.frames.flatMap { [$0.pixels] + ($0.mask.map { [$0] } ?? []) }
        tensors += scene.named.values + scene.numbered.values.flatMap { $0 }
        return try tensors.reduce(0) { try $0 + $1.contiguousBytes().reduce(0) { $0 &+ Int($1) } }
    }

    /// Reads what was published; only typed errors that consume it may come of it.
    private func take<Value: Sendable>(_ channel: ValueChannel<Value>, _ use: (Value) throws -> Void) throws -> Bool {
        do throws(SluiceError) {
            guard let value = try channel.reader.read(timeout: .zero) else { throw SluiceError(.closed, "no value") }
            try? use(value)
            return true
        } catch {
            guard error.code == .cannotDecode else { throw error }
            return false
        }
    }

    @Test func c15MutatedValuesAreTypedErrorsOrValues() throws {
        let channel = try Fixture().values(of: Scene.self, slotSize: 16384)
        defer { channel.worker.close() }
        try channel.writer.write(ValueRoundTripTests.scene)
        let good = try #require(try channel.reader.readEncoded(timeout: .zero)).bytes
        var generator = SeededGenerator(state: 1)
        var (whole, broken) = (0, 0)
        for _ in 0..<4000 {
            let bytes = mutated(good, &generator)
            try channel.writer.write(encoded: EncodedValue(kind: ValueKind.typed, bytes: bytes), timeout: .zero)
            if try take(channel, { _ = try digest($0) }) { whole += 1 } else { broken += 1 }
        }
        // Both happen, or nothing was tested.
        #expect(whole > 50)
        #expect(broken > 1000)
    }

    @Test func c15MutatedMetadataAreTypedErrorsOrTensors() throws {
        let channel = try Fixture().values(of: Tensor.self)
        defer { channel.worker.close() }
        try channel.writer.write(ValueRoundTripTests.tensor(1, [3, 4, 5]).transposed())
        let good = try #require(try channel.reader.readEncoded(timeout: .zero)).bytes
        var generator = SeededGenerator(state: 2)
        var broken = 0
        for _ in 0..<6000 {
            var bytes = good
            // Header and metadata alone.
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let index = Int.random(in: 0..<104, using: &generator)
                bytes[index] =
                    [0, 1, 0x7f, 0x80, 0xff, .random(in: 0 ... .max, using: &generator)]
                    .randomElement(using: &generator) ?? 0
            }
            try channel.writer.write(encoded: EncodedValue(kind: ValueKind.typed, bytes: bytes), timeout: .zero)
            let isWhole = try take(channel) { tensor in
                #expect(tensor.byteCount <= bytes.count)
                _ = try tensor.contiguousBytes()
                _ = try tensor.copy()
            }
            if !isWhole { broken += 1 }
        }
        #expect(broken > 1000)
    }

    @Test func c15RandomBytesAreTypedErrorsOrValues() throws {
        let fixture = try Fixture()
        let typed = try fixture.values(of: [Tensor].self)
        defer { typed.worker.close() }
        let declared = try Fixture().values(of: [Tensor].self, hint: .tensor([TensorShape(.float32, [7])]))
        defer { declared.worker.close() }
        var generator = SeededGenerator(state: 3)
        for _ in 0..<5000 {
            let count = Int.random(in: 0..<200, using: &generator)
            var bytes = (0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }
            // Half of them pass for the right version.
            if count > 4, Bool.random(using: &generator) { bytes.replaceSubrange(0..<4, with: [1, 0, 0, 0]) }
            let kind = UInt32.random(in: 0..<6, using: &generator)
            guard kind != ValueKind.failure else { continue }
            for channel in [typed, declared] {
                try channel.writer.write(encoded: EncodedValue(kind: kind, bytes: bytes), timeout: .zero)
                _ = try take(channel) { for tensor in $0 { _ = try tensor.contiguousBytes() } }
            }
        }
        try typed.writer.write([ValueRoundTripTests.tensor(1)])
        try expectSame(try typed.reader.read(timeout: .zero)?[0], ValueRoundTripTests.tensor(1))
    }

    /// Header words: tensors, body, metadata.
    @Test(
        arguments: [
            (UInt32.max, 0, 0), (1, 0, 0), (0, .max, 0), (0, 0, .max), (0, .max, 1), (0, UInt64(Int.max), 1), (0, 1, 0),
            (65537, 0, 0), (1, 0, 24), (0, 1 << 63, 1 << 63),
        ] as [(UInt32, UInt64, UInt64)])
    func countsThatAreTooLargeAreRefused(_ tensors: UInt32, _ body: UInt64, _ metadata: UInt64) throws {
        let channel = try Fixture().values(of: [Tensor].self)
        defer { channel.worker.close() }
        var bytes: [UInt8] = [1, 0, 0, 0]
        unsafe withUnsafeBytes(of: tensors.littleEndian) { unsafe bytes += $0 }
        for word in [body, metadata, 0] { unsafe withUnsafeBytes(of: word.littleEndian) { unsafe bytes += $0 } }
        for length in [bytes.count, bytes.count - 1, 0] {
            try channel.writer.write(encoded: EncodedValue(kind: ValueKind.typed, bytes: Array(bytes[..<length])))
            let error = #expect(throws: SluiceError.self) { _ = try channel.reader.read(timeout: .zero) }
            #expect(error?.code == .cannotDecode)
        }
    }

    /// Which byte of a good tensor's slot becomes what: its metadata begin at 32, its two axes, [2, 3], at 56.
    @Test(
        arguments: [
            (0, 2, "version 2"), (24, 1, "header"), (32, 0, "number 0"), (32, 14, "number 14"), (32, 13, "48 bytes"),
            (33, 65, "cut short"), (33, 1, "bytes"), (34, 1, "broken"), (36, 2, "cuda:0"), (40, 1, "cpu:1"),
            (44, 1, "broken"),
            (48, 25, "not 25"), (56, 3, "36 bytes"), (63, 0x80, "-92233"), (63, 0x7f, "more elements"),
            (64, 0, "do not fill"),
            (64, 2, "do not fill"), (64, 4, "do not fill"), (71, 0x80, "further than"), (71, 0x7f, "further than"),
            (80, 2, "do not fill"), (56, 1, "12 bytes"), (4, 0, "more bytes"), (4, 2, "cut short"),
        ] as [(Int, UInt8, String)])
    func c15EveryWordOfTheMetadataIsChecked(_ index: Int, _ byte: UInt8, _ said: String) throws {
        let channel = try Fixture().values(of: Tensor.self)
        defer { channel.worker.close() }
        try channel.writer.write(ValueRoundTripTests.tensor(1))
        var bytes = try #require(try channel.reader.readEncoded(timeout: .zero)).bytes
        bytes[index] = byte
        try channel.writer.write(encoded: EncodedValue(kind: ValueKind.typed, bytes: bytes))
        let error = #expect(throws: SluiceError.self) { _ = try channel.reader.read(timeout: .zero) }
        #expect(error?.code == .cannotDecode)
        #expect(error?.message.contains(said) == true, "\(error?.message ?? "")")
    }

    private func mutated(_ good: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = good
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 1: bytes[index] = .random(in: 0 ... .max, using: &generator)
            case 2: bytes.removeSubrange(index..<min(bytes.count, index + 8))
            case 3: bytes.insert(contentsOf: Array("[{\"0123,}]".utf8).shuffled(using: &generator).prefix(3), at: index)
            case 4: bytes.removeLast(min(bytes.count, Int.random(in: 1..<64, using: &generator)))
            default: bytes[index] = Array("0123456789-\"[]{},:.eE\\".utf8).randomElement(using: &generator) ?? 0
            }
        }
        return bytes
    }
}
