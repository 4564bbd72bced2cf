import Planning
import Sluice
import SluiceModel
import SluicePlan
import Testing

@Suite("Views of slots") struct RegisterViewTests {
    /// Two matrices, the second dynamic, then strings, then a scalar.
    private static let register = PlannedRegister(
        "p/a",
        [
            TestField("a", .float32, [2, 3]), TestField("b", .int16, [10, 20], isDynamic: true),
            TestField("c", BlobType(.bytes(capacity: 100), [5], isDynamic: true)), TestField("d", .float64, []),
        ], nodes: ["here", "there"])

    private let block = Block(register.slotBytes)

    private func view(packs: Bool = false) throws -> RegisterView {
        try RegisterView(Self.register, of: "doer", on: "here", packs: packs)
    }

    /// Fills all four blobs; the second with so many rows and columns.
    private func fill(_ view: RegisterView, rows: Int = 1, columns: Int = 3) throws -> Int {
        unsafe try view.begin(block.bytes)
        try view.write(0) { try $0.copy(Tensor([1, 2, 3, 4, 5, 6] as [Float]).reshaped(2, 3)) }
        let numbers = (0..<rows * columns).map { Int16($0) }
        try view.write(1) { try $0.copy(Tensor(numbers, shape: [rows, columns])) }
        try view.write(2) { try $0.copy([Array("one".utf8), [], Array("three".utf8)]) }
        try view.write(3) { try $0.copy(Tensor(scalar: 0.5)) }
        return view.close()
    }

    /// What a reader gets of the first bytes, at another place.
    private func received(_ count: Int) throws -> (RegisterView, Block) {
        let other = Block(Self.register.slotBytes)
        unsafe other.bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: block.bytes[..<count]))
        let reader = try view()
        unsafe try reader.read(UnsafeRawBufferPointer(rebasing: other.bytes[..<count]))
        return (reader, other)
    }

    // MARK: Where blobs lie

    @Test func r2HeadersAndBodiesLieWhereTheyWerePlanned() throws {
        let count = try fill(view())
        let fields = Self.register.fields
        for field in fields {
            #expect(field.header % 64 == 0 && field.body % 64 == 0)
            #expect(block.word(field.header) == UInt64(field.type.shape.count))
            #expect(block.word(field.header + 8) == UInt64(field.body))
            #expect(block.word(field.header + 24) == 0)
        }
        #expect(block.word(fields[0].header + 16) == 24)
        #expect([block.word(fields[0].header + 32), block.word(fields[0].header + 40)] == [2, 3])
        #expect(block.word(fields[1].header + 16) == 6)
        #expect([block.word(fields[1].header + 32), block.word(fields[1].header + 40)] == [1, 3])
        // Four offsets, then the strings' bytes.
        #expect(block.word(fields[2].header + 16) == 4 * 8 + 8)
        #expect((0..<4).map { block.word(fields[2].body + 8 * $0) } == [0, 3, 3, 8])
        #expect(block.word(fields[3].header + 16) == 8)
        #expect(Double(bitPattern: block.word(fields[3].body)) == 0.5)
        #expect(count == fields[3].body + 8)
    }

    @Test func r3FieldsAreFoundByOrdinalAndByNameAndIndex() throws {
        let register = PlannedRegister(
            "p/x",
            [
                TestField("x", 0, BlobType(.uint8, [1])), TestField("x", 1, BlobType(.uint8, [1])),
                TestField("y", 0, BlobType(.uint8, [1])),
            ])
        let memory = Block(register.slotBytes)
        let view = try RegisterView(register, of: "doer", on: "here")
        unsafe try view.begin(memory.bytes)
        for ordinal in 0..<3 { try view.write(ordinal) { try $0.copy(Tensor([UInt8(ordinal)])) } }
        let count = view.close()
        unsafe try view.read(UnsafeRawBufferPointer(rebasing: memory.bytes[..<count]))
        #expect(view.count == 3)
        #expect(view.ordinal(of: "x") == 0)
        #expect(view.ordinal(of: "x", 1) == 1)
        #expect(view.ordinal(of: "y") == 2)
        #expect(try view.tensor(1).array(of: UInt8.self) == [1])
        #expect(try view.tensor(2).array(of: UInt8.self) == [2])
        // What there is not is nil.
        #expect(view.ordinal(of: "y", 1) == nil && view.ordinal(of: "z") == nil)
        for missing in [-1, 3, .max, .min] { #expect(!view.has(missing)) }
        #expect(view.has("x", 1) && !view.has("z") && !view.has("x", 2) && !view.has("x", -1))
        // A slot that is read cannot be written.
        #expect(!view.canWrite(0))
        view.clear()
        #expect(!view.has(0))
    }

    @Test func whatDoesNotFitItsSlotIsRefused() throws {
        func error(_ change: (inout PlannedField) -> Void) throws -> SluiceError {
            var register = Self.register
            change(&register.fields[1])
            return try failure { _ = try RegisterView(register, of: "doer", on: "here") }
        }
        let changes: [(inout PlannedField) -> Void] = [
            { $0.body = 1 << 40 }, { $0.body = -64 }, { $0.body = 0 }, { $0.body += 8 }, { $0.header = -64 },
            { $0.header = 1 << 40 }, { $0.header += 8 }, { $0.type.shape = [.max, .max] }, { $0.type.shape = [-1, 3] },
            { $0.type.shape = Array(repeating: 1, count: 13) },
            { $0.body = Int(Self.register.stride) - 64 },
        ]
        for change in changes { #expect(try error(change).code == .invalidArgument) }
        let view = try view()
        #expect(
            try failure { unsafe try view.begin(block.part(0, Self.register.slotBytes - 1)) }.needed
                == Self.register.stride)
        let larger = Block(Self.register.slotBytes + 64)
        #expect(
            try failure { unsafe try view.begin(larger.part(8, Self.register.slotBytes)) }.message.contains("multiple"))
    }

    @Test func nothingIsWrittenBeforeItsKernelDoes() throws {
        // An input may still lie where an output is to be.
        unsafe block.bytes.initializeMemory(as: UInt8.self, repeating: 0xab)
        let view = try view()
        unsafe try view.begin(block.bytes)
        try view.write(2) { try $0.setShape([3]) }
        #expect(unsafe block.bytes.allSatisfy { $0 == 0xab })
        _ = view.close()
    }

    // MARK: Dynamic shapes

    @Test(arguments: [[0, 0], [0, 20], [1, 1], [10, 20], [20, 10], [200, 1], [1, 199]])
    func r11AnyShapeWithinThePlannedElementsTravels(_ shape: [Int]) throws {
        for packs in [false, true] {
            let count = try fill(view(packs: packs), rows: shape[0], columns: shape[1])
            let (reader, memory) = try received(count)
            let tensor = try reader.tensor(1)
            #expect(tensor.shape == shape)
            #expect(try tensor.array(of: Int16.self) == (0..<shape[0] * shape[1]).map { Int16($0) })
            #expect(try reader.tensor(0).array(of: Float.self) == [1, 2, 3, 4, 5, 6])
            #expect(try reader.strings(2) == ["one", "", "three"])
            #expect(try reader.tensor(3).array(of: Double.self) == [0.5])
            withExtendedLifetime(memory) {}
        }
    }

    @Test func r11OnlyTheBytesThatAreUsedTravel() throws {
        let headers = 4 * 64
        // a: 24 bytes; b: 6; c: 40; d: 8; each body at a multiple of 64.
        #expect(try fill(view(packs: true)) == headers + 64 + 64 + 64 + 8)
        #expect(try fill(view(packs: true), rows: 0, columns: 7) == headers + 64 + 64 + 8)
        #expect(try fill(view(packs: true), rows: 10, columns: 20) == headers + 64 + 448 + 64 + 8)
        // Not for another node, nothing is moved.
        #expect(try fill(view()) == Self.register.fields[3].body + 8)
        // What is last and small is left out in any case.
        let single = PlannedRegister("p/b", [TestField("b", .int16, [100], isDynamic: true)])
        let view = try RegisterView(single, of: "doer", on: "here")
        let memory = Block(single.slotBytes)
        for elements in [0, 1, 31, 32, 33, 100] {
            unsafe try view.begin(memory.bytes)
            try view.write(0) { try $0.setShape([elements]) }
            #expect(view.close() == 64 + 2 * elements)
        }
    }

    @Test func r11MoreElementsThanPlannedAreAnErrorThatNamesThem() throws {
        let view = try view()
        unsafe try view.begin(block.bytes)
        for shape in [[201, 1], [10, 21], [.max, .max], [1, .max]] {
            let error = try failure { try view.write(1) { try $0.setShape(shape) } }
            #expect(error.code == .valueTooLarge)
            #expect(error.message.contains("blob b of register p/a of actor doer on node here"))
            #expect(error.actor == "doer" && error.node == "here")
            #expect(error.available == 400)
            #expect((error.needed ?? 0) > 400)
        }
        for shape in [[200], [1, 1, 1], [-1, 1], Array(repeating: 1, count: 13)] {
            #expect(try failure { try view.write(1) { try $0.setShape(shape) } }.code == .invalidArgument)
        }
        // What is not dynamic has its shape.
        #expect(try failure { try view.write(0) { try $0.setShape([3, 2]) } }.code == .invalidArgument)
        try view.write(0) { try $0.setShape([2, 3]) }
        // The blob is as it was.
        #expect(try view.write(1) { $0.count } == 200)
    }

    @Test func r11StringsHaveALayoutOfTheirOwn() throws {
        let register = PlannedRegister("p/s", [TestField("s", BlobType(.bytes(capacity: 8), [3], isDynamic: true))])
        let memory = Block(register.slotBytes)
        let view = try RegisterView(register, of: "doer", on: "here")
        func roundTrip(_ words: [String]) throws -> [String] {
            // Something else was there before.
            unsafe memory.bytes.initializeMemory(as: UInt8.self, repeating: 0xab)
            unsafe try view.begin(memory.bytes)
            try view.write(0) { try $0.copy(words.map { Array($0.utf8) }) }
            let count = view.close()
            #expect(count == 64 + (words.count + 1) * 8 + words.joined().utf8.count)
            unsafe try view.read(UnsafeRawBufferPointer(rebasing: memory.bytes[..<count]))
            return try view.strings(0)
        }
        for words in [[], [""], ["12345678"], ["1234", "", "5678"], ["", "", ""], ["é", "ü"]] {
            #expect(try roundTrip(words) == words)
        }
        let tooLong = try failure { _ = try roundTrip(["12345", "6789"]) }
        #expect(tooLong.code == .valueTooLarge && (tooLong.needed, tooLong.available) == (9, 8))
        let tooMany = try failure { _ = try roundTrip(["a", "b", "c", "d"]) }
        #expect(tooMany.code == .valueTooLarge)
        // Those that were not added are empty.
        unsafe try view.begin(memory.bytes)
        try view.write(0) { view in
            try view.append("x")
            #expect(throws: SluiceError.self) { _ = try view.elements(of: UInt8.self) }
        }
        let count = view.close()
        unsafe try view.read(UnsafeRawBufferPointer(rebasing: memory.bytes[..<count]))
        #expect(try view.strings(0) == ["x", "", ""])
        for missing in [-1, 3, .max] {
            #expect(throws: SluiceError.self) { _ = try view.blob(0)?.string(at: missing).byteCount }
        }
        #expect(throws: SluiceError.self) { _ = try view.tensor(0) }
    }

    @Test func whatWasLeftOutIsNotThere() throws {
        for packs in [false, true] {
            let writer = try view(packs: packs)
            unsafe try writer.begin(block.bytes)
            try writer.write(1) { $0.omit() }
            #expect(!writer.canWrite(1) && writer.canWrite(0))
            let (reader, memory) = try received(writer.close())
            #expect(!reader.has(1) && !reader.has("b") && reader.has(0))
            #expect(try reader.tensor(0).count == 6)
            withExtendedLifetime(memory) {}
        }
    }

    // MARK: Tensors

    @Test func tensorsThatAreNotContiguousAreCopiedInOrder() throws {
        let view = try view()
        unsafe try view.begin(block.bytes)
        let matrix = Tensor([1, 2, 3, 4, 5, 6] as [Float]).reshaped(3, 2)
        try view.write(0) { try $0.copy(matrix.transposed()) }
        let (reader, memory) = try received(view.close())
        #expect(try reader.tensor(0).array(of: Float.self) == [1, 3, 5, 2, 4, 6])
        withExtendedLifetime(memory) {}
    }

    @Test func tensorsOfAnotherTypeOrShapeAreRefused() throws {
        let view = try view()
        unsafe try view.begin(block.bytes)
        let dtype = try failure { try view.write(0) { try $0.copy(Tensor([1] as [Double])) } }
        #expect(dtype.code == .invalidArgument && dtype.message.contains("float64"))
        #expect(try failure { try view.write(0) { try $0.copy(try Tensor(ones: 3, 2)) } }.code == .invalidArgument)
        #expect(try failure { try view.write(2) { try $0.copy(try Tensor(ones: 1)) } }.code == .invalidArgument)
        let large = Tensor([Int16](repeating: 1, count: 201)).reshaped(201, 1)
        #expect(try failure { try view.write(1) { try $0.copy(large) } }.code == .valueTooLarge)
        #expect(try failure { try view.write(0) { _ = try $0.elements(of: Int32.self) } }.code == .invalidArgument)
    }

    @Test func aBlobTravelsAloneAndIntoAnotherRegister() throws {
        let type = BlobType(.int16, [10, 20], isDynamic: true)
        let sender = try RegisterView(alone: "pushed", type, of: "client", on: "there")
        let memory = Block(try #require(type.slotBytes))
        unsafe try sender.begin(memory.bytes)
        try sender.write(0) { try $0.copy(Tensor([1, 2, 3] as [Int16]).reshaped(3, 1)) }
        let count = sender.close()
        #expect(count == 64 + 6)
        let receiver = try RegisterView(alone: "pushed", type, of: "in.b", on: "here")
        unsafe try receiver.read(UnsafeRawBufferPointer(rebasing: memory.bytes[..<count]))
        let writer = try view()
        unsafe try writer.begin(block.bytes)
        guard let pushed = receiver.blob(0), var target = writer.mutableBlob("b") else { throw Missing() }
        try target.copy(pushed)
        let (reader, other) = try received(writer.close())
        #expect(try reader.tensor(1).hasSameElements(as: Tensor([1, 2, 3] as [Int16]).reshaped(3, 1)))
        withExtendedLifetime(other) {}
        let tooLarge = BlobType(.float64, [1 << 60])
        #expect(tooLarge.slotBytes == nil)
        #expect(throws: SluiceError.self) { _ = try RegisterView(alone: "x", tooLarge, of: "in.x", on: "here") }
    }

    @Test func tensorsAreCheckedBeforeTheyArePushed() throws {
        func code(_ type: BlobType, _ tensor: Tensor) -> SluiceError.Code? {
            do throws(SluiceError) { try type.check(tensor, for: "input x") } catch {
                #expect(error.message.contains("input x"))
                return error.code
            }
            return nil
        }
        let (fixed, dynamic) = (BlobType(.float32, [2, 3]), BlobType(.float32, [2, 3], isDynamic: true))
        #expect(code(fixed, try Tensor(ones: 2, 3)) == nil)
        #expect(code(fixed, try Tensor(ones: 3, 2).transposed()) == nil)
        #expect(code(fixed, try Tensor(ones: 3, 2)) == .invalidArgument)
        #expect(code(dynamic, try Tensor(ones: 3, 2)) == nil)
        #expect(code(dynamic, try Tensor(ones: 0, 7)) == nil)
        #expect(code(dynamic, try Tensor(ones: 7, 1)) == .valueTooLarge)
        #expect(code(dynamic, try Tensor(ones: 6)) == .invalidArgument)
        #expect(code(fixed, try Tensor([Double](repeating: 1, count: 6), shape: [2, 3])) == .invalidArgument)
        #expect(code(BlobType(.bytes(capacity: 9), [2, 3]), try Tensor(ones: 2, 3)) == .invalidArgument)
    }

    // MARK: What others have written

    @Test func headersThatCannotBeAreErrors() throws {
        let field = Self.register.fields[1]
        let count = try fill(view())
        let bad: [(Int, [UInt64])] = [
            (0, [0, 1, 3, 1 << 32 | 2, .max]), (8, [8, 1, UInt64(field.body) + 2, 1 << 62, .max, UInt64(count)]),
            (16, [0, 5, 7, 401, 1 << 63, .max]), (32, [2, 1 << 40, 1 << 63, .max]), (40, [4, 1 << 62, .max]),
        ]
        for (place, words) in bad {
            let good = block.word(field.header + place)
            for word in words {
                block.set(field.header + place, word)
                let error = try failure { _ = try received(count) }
                #expect(error.code == .corrupted)
                #expect(error.message.contains("blob b of register p/a"))
            }
            block.set(field.header + place, good)
        }
        _ = try received(count)
        // A static shape is that shape.
        block.set(Self.register.fields[0].header + 32, 3)
        block.set(Self.register.fields[0].header + 40, 2)
        #expect(try failure { _ = try received(count) }.code == .corrupted)
    }

    @Test func everyShorterValueIsAnError() throws {
        let count = try fill(view())
        for shorter in 0..<count { #expect(try failure { _ = try received(shorter) }.code == .corrupted) }
        _ = try received(count)
    }

    @Test func stringsThatLieOutsideAreErrors() throws {
        let field = Self.register.fields[2]
        let count = try fill(view())
        for word: UInt64 in [9, 1 << 40, 1 << 63, .max] {
            block.set(field.body + 8, word)
            let (reader, memory) = try received(count)
            #expect(try failure { _ = try reader.strings(2) }.code == .corrupted)
            withExtendedLifetime(memory) {}
        }
    }

    @Test func noNoiseIsReadOutsideOfItsValue() throws {
        var random = SeededRandom(7)
        let count = try fill(view())
        let good = unsafe Array(block.bytes)
        for _ in 0..<3000 {
            unsafe block.bytes.copyBytes(from: good)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let word = [UInt64(Int.random(in: 0...512, using: &random)), .random(in: 0 ... .max, using: &random)]
                block.set(Int.random(in: 0..<count / 8, using: &random) * 8, word.randomElement(using: &random) ?? 0)
            }
            let length = Bool.random(using: &random) ? count : Int.random(in: 0...count, using: &random)
            do {
                let (reader, memory) = try received(length)
                for ordinal in 0..<4 where reader.has(ordinal) {
                    if ordinal == 2 { _ = try reader.strings(ordinal) } else { _ = try reader.tensor(ordinal) }
                }
                withExtendedLifetime(memory) {}
            } catch let error as SluiceError { #expect(error.code == .corrupted) }
        }
    }
}

/// The same numbers for the same seed: SplitMix64.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
