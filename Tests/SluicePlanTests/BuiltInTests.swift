import Planning
import Sluice
import SluiceModel
import SluicePlan
import Testing

@Suite("Kernels that come with the library") struct BuiltInTests {
    private static let x = Tensor((0..<9).map(Float.init)).reshaped(3, 3)
    private static let y = Tensor((9..<18).map(Float.init)).reshaped(3, 3)

    @Test func theTwoFunctionsOfTheScriptGiveItsNumbers() throws {
        let matrix = BlobType(.float32, [3, 3])
        let matmul = try Rig(
            "matmul", inputs: [.init("a", matrix), .init("b", matrix)], outputs: [.init("out", matrix)])
        let z = try matmul.run(Self.x, Self.y)
        #expect(z.shape == [3, 3])
        #expect(try z.array(of: Float.self) == [42, 45, 48, 150, 162, 174, 258, 279, 300])

        let add = try Rig(
            "add_n", inputs: (0..<3).map { .init("in", $0, matrix) }, outputs: [.init("out", matrix)])
        let a = try add.run(Self.x, Self.y, z)
        #expect(try a.array(of: Float.self) == [51, 56, 61, 165, 179, 193, 279, 302, 325])
    }

    // MARK: matmul

    @Test func matricesThatAreNotSquareAreMultipliedInBothTypesAndEitherWayRound() throws {
        let a: [Double] = [1, 2, 3, 4, 5, 6]
        let b: [Double] = [1, 0, 2, -1, 3, 1, 0, 1, 0, 2, 1, 1]
        var expected = [Double](repeating: 0, count: 8)
        for i in 0..<2 {
            for j in 0..<4 { expected[i * 4 + j] = (0..<3).reduce(0) { $0 + a[i * 3 + $1] * b[$1 * 4 + j] } }
        }
        for (transposesA, transposesB) in [(false, false), (true, false), (false, true), (true, true)] {
            let rig = try Rig(
                "matmul",
                inputs: [
                    .init("a", .float64, transposesA ? [3, 2] : [2, 3]),
                    .init("b", .float64, transposesB ? [4, 3] : [3, 4]),
                ], outputs: [.init("out", .float64, [2, 4])],
                attributes: ["transpose_a": .bool(transposesA), "transpose_b": .bool(transposesB)])
            let (left, right) = (try Tensor(a, shape: [2, 3]), try Tensor(b, shape: [3, 4]))
            let z = try rig.run(transposesA ? left.transposed() : left, transposesB ? right.transposed() : right)
            #expect(try z.array(of: Double.self) == expected)
        }
    }

    @Test func dynamicMatricesAreMultipliedAsTheyCome() throws {
        let rig = try Rig(
            "matmul",
            inputs: [.init("a", .float32, [4, 4], isDynamic: true), .init("b", .float32, [4, 4], isDynamic: true)],
            outputs: [.init("out", .float32, [4, 4], isDynamic: true)])
        let z = try rig.run(
            try Tensor([1, 2] as [Float], shape: [1, 2]), try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3]))
        #expect(z.shape == [1, 3])
        #expect(try z.array(of: Float.self) == [9, 12, 15])
        // Without anything to add up there are zeros; without rows there is nothing.
        let zeros = try rig.run(try Tensor([Float](), shape: [2, 0]), try Tensor([Float](), shape: [0, 2]))
        #expect(try zeros.array(of: Float.self) == [0, 0, 0, 0])
        #expect(try rig.run(try Tensor([Float](), shape: [0, 2]), Tensor(ones: 2, 2)).shape == [0, 2])
        let error = try failure { _ = try rig.run(Tensor(ones: 2, 3), Tensor(ones: 2, 3)) }
        #expect(error.code == .invalidArgument)
        #expect(error.message.contains("[2, 3]") && error.message.contains("matmul") && error.message.contains("a0"))
        // The product has more elements than the output was planned for.
        let large = try failure { _ = try rig.run(try Tensor(ones: 8, 1), try Tensor(ones: 1, 8)) }
        #expect(large.code == .valueTooLarge)
        #expect((large.needed, large.available) == (256, 64))
        #expect((large.actor, large.node) == ("doer", "here"))
    }

    @Test func matmulRefusesWhatCannotBeMultiplied() throws {
        func error(_ a: BlobType, _ b: BlobType, _ out: BlobType) throws -> SluiceError {
            try failure {
                _ = try Rig("matmul", inputs: [.init("a", a), .init("b", b)], outputs: [.init("out", out)])
            }
        }
        let square = BlobType(.float32, [3, 3])
        let refusals = [
            try error(BlobType(.float32, [3, 2]), square, square),
            try error(square, square, BlobType(.float32, [3, 4])),
            try error(BlobType(.float64, [3, 3]), square, square), try error(BlobType(.float32, [9]), square, square),
            try error(
                BlobType(.int32, [3, 3]), BlobType(.int32, [3, 3]), BlobType(.int32, [3, 3])),
            try error(BlobType(.bytes(capacity: 9), [3, 3]), square, square),
            try error(BlobType(.float32, [3, 3], device: TensorDevice(.cuda)), square, square),
        ]
        for error in refusals {
            #expect(error.code == .invalidArgument)
            #expect(error.actor == "doer" && error.node == "here")
            #expect(error.message.contains("kernel matmul of actor doer"))
        }
        let missing = try failure {
            _ = try Rig("matmul", inputs: [.init("a", square)], outputs: [.init("out", square)])
        }
        #expect(missing.message.contains("b/0"))
        let inPlace = try Rig(
            "matmul", inputs: [.init("a", square), .init("b", square)], outputs: [.init("out", square)], inPlace: true)
        #expect(try failure { _ = try inPlace.run(Self.x, Self.y) }.message.contains("take over"))
    }

    // MARK: add_n

    @Test func sumsAreMadeInTheirOrder() throws {
        let single = BlobType(.float32, [1])
        let rig = try Rig("add_n", inputs: (0..<4).map { .init("in", $0, single) }, outputs: [.init("out", single)])
        // Only from left to right: (1e8 + 1) loses the 1, (−1e8) brings back 0, then 1 is left.
        let sum = try rig.run(
            Tensor([1e8] as [Float]), Tensor([1] as [Float]), Tensor([-1e8] as [Float]), Tensor([1] as [Float]))
        #expect(try sum.array(of: Float.self) == [1])
    }

    @Test func everyNumberIsAdded() throws {
        func sum<E: TensorScalar>(_ a: [E], _ b: [E]) throws -> [E] {
            let type = BlobType(E.scalarType, [a.count])
            let rig = try Rig(
                "add_n", inputs: [.init("in", 0, type), .init("in", 1, type)], outputs: [.init("out", type)])
            return try rig.run(Tensor(a), Tensor(b)).array(of: E.self)
        }
        #expect(try sum([Int8.max, -1], [1, 1]) == [Int8.min, 0])
        #expect(try sum([Int16.max], [1]) == [Int16.min])
        #expect(try sum([Int32.max], [1]) == [Int32.min])
        #expect(try sum([Int64.max], [1]) == [Int64.min])
        #expect(try sum([UInt8.max], [2]) == [1])
        #expect(try sum([UInt16.max], [2]) == [1])
        #expect(try sum([UInt32.max], [2]) == [1])
        #expect(try sum([UInt64.max], [2]) == [1])
        #expect(try sum([1.5] as [Float16], [2]) == [3.5])
        #expect(try sum([BFloat16(1.5)], [BFloat16(2)]) == [BFloat16(3.5)])
        #expect(try sum([0.1] as [Double], [0.2]) == [0.1 + 0.2])
        let error = try failure {
            _ = try Rig("add_n", inputs: [.init("in", .bool, [1])], outputs: [.init("out", .bool, [1])])
        }
        #expect(error.message.contains("in/0") || error.message.contains("out/0"))
    }

    @Test func halfNumbersAreRoundedOnce() throws {
        // 2048 + 1 is not there in 16 bits; 2048 + 1 + 1 is.
        let single = BlobType(.float16, [1])
        let rig = try Rig("add_n", inputs: (0..<3).map { .init("in", $0, single) }, outputs: [.init("out", single)])
        let sum = try rig.run(Tensor([2048] as [Float16]), Tensor([1] as [Float16]), Tensor([1] as [Float16]))
        #expect(try sum.array(of: Float16.self) == [2050])
    }

    @Test(arguments: [0, 1, 1023, 1024, 1025, 4097], [false, true])
    func aSumMayTakeOverItsFirstInput(count: Int, inPlace: Bool) throws {
        let type = BlobType(.int64, [count])
        let rig = try Rig(
            "add_n", inputs: (0..<3).map { .init("in", $0, type) }, outputs: [.init("out", type)], inPlace: inPlace)
        let numbers = (0..<count).map(Int64.init)
        let sum = try rig.run(Tensor(numbers), Tensor(numbers.map { 10 * $0 }), Tensor(numbers.map { 100 * $0 }))
        #expect(try sum.array(of: Int64.self) == numbers.map { 111 * $0 })
    }

    @Test func dynamicSumsNeedTheSameShapes() throws {
        let type = BlobType(.int32, [6], isDynamic: true)
        let rig = try Rig("add_n", inputs: [.init("in", 0, type), .init("in", 1, type)], outputs: [.init("out", type)])
        #expect(try rig.run(Tensor([1, 2] as [Int32]), Tensor([3, 4] as [Int32])).array(of: Int32.self) == [4, 6])
        let error = try failure { _ = try rig.run(Tensor([1, 2] as [Int32]), Tensor([3] as [Int32])) }
        #expect(error.message.contains("in/1") && error.message.contains("[2]") && error.message.contains("[1]"))
    }

    // MARK: copy, map, sources, state

    @Test func copiesAreTheSameBitForBitStringsToo() throws {
        let rig = try Rig("copy", inputs: [.init("in", .float32, [2, 2])], outputs: [.init("out", .float32, [2, 2])])
        let tensor = try Tensor([.nan, -0.0, .infinity, 1] as [Float], shape: [2, 2])
        #expect(try rig.run(tensor).hasSameElements(as: tensor))

        let strings = BlobType(.bytes(capacity: 20), [3], isDynamic: true)
        for inPlace in [false, true] {
            let copy = try Rig(
                "identity", inputs: [.init("in", strings)], outputs: [.init("out", strings)], inPlace: inPlace)
            for words in [["a", "", "long enough to fill"], [], ["x"]] {
                try copy.put(0) { try $0.write(0) { try $0.copy(words.map { Array($0.utf8) }) } }
                try copy.fire()
                #expect(try copy.value().strings(0) == words)
            }
        }
    }

    @Test func functionsAreAppliedToEachElement() throws {
        func mapped<E: TensorScalar>(_ elements: [E], _ attributes: [String: PlanAttribute], inPlace: Bool = false)
            throws -> [E]
        {
            let type = BlobType(E.scalarType, [elements.count])
            let rig = try Rig(
                "map", inputs: [.init("in", type)], outputs: [.init("out", type)], attributes: attributes,
                inPlace: inPlace)
            return try rig.run(Tensor(elements)).array(of: E.self)
        }
        let floats: [Float] = [-2, 0, 3]
        for inPlace in [false, true] {
            #expect(try mapped(floats, ["function": .text("relu")], inPlace: inPlace) == [0, 0, 3])
            #expect(try mapped(floats, ["function": .text("negate")], inPlace: inPlace) == [2, 0, -3])
        }
        #expect(try mapped(floats, ["function": .text("abs")]) == [2, 0, 3])
        #expect(try mapped(floats, ["function": .text("square")]) == [4, 0, 9])
        #expect(try mapped(floats, ["function": .text("scale"), "factor": .number(0.5)]) == [-1, 0, 1.5])
        #expect(try mapped(floats, ["function": .text("add"), "constant": .integer(1)]) == [-1, 1, 4])
        #expect(try mapped([-0.0] as [Double], ["function": .text("abs")]).map(\.sign) == [.plus])
        #expect(try mapped([Int8.min, -5], ["function": .text("abs")]) == [Int8.min, 5])
        #expect(try mapped([UInt8(3), 0], ["function": .text("negate")]) == [253, 0])
        #expect(try mapped([UInt16(300)], ["function": .text("square")]) == [24464])
        #expect(try mapped([Int32(7)], ["function": .text("scale"), "factor": .integer(-3)]) == [-21])
        #expect(try mapped([BFloat16(3)], ["function": .text("add"), "constant": .number(0.5)]) == [BFloat16(3.5)])
        for attributes: [String: PlanAttribute] in [
            [:], ["function": .text("sine")], ["function": .integer(1)], ["function": .text("scale")],
            ["function": .text("scale"), "factor": .number(0.5)],
        ] {
            let error = try failure { _ = try mapped([Int32(1)], attributes) }
            #expect(error.code == .invalidArgument && error.message.contains("kernel map of actor doer"))
        }
    }

    @Test func sourcesCountAndEnd() throws {
        let rig = try Rig(
            "iota", outputs: [.init("out", .int32, [3])],
            attributes: ["start": .integer(5), "step": .integer(2), "advance": .integer(100), "ends": .integer(2)])
        #expect(try rig.run().array(of: Int32.self) == [5, 7, 9])
        #expect(try rig.run().array(of: Int32.self) == [105, 107, 109])
        #expect(try rig.fire() == .finished)
        let fill = try Rig("fill", outputs: [.init("out", .float64, [2])], attributes: ["value": .number(1.5)])
        #expect(try fill.run().array(of: Double.self) == [1.5, 1.5])
        #expect(try fill.fire() == .made)
    }

    @Test func anAccumulatorKeepsItsSum() throws {
        let type = BlobType(.float32, [2])
        let rig = try Rig(
            "accumulate", inputs: [.init("in", type)], outputs: [.init("out", type, slots: 2)],
            variables: [.init("sum", type)])
        #expect(try rig.run(Tensor([1, 2] as [Float])).array(of: Float.self) == [1, 2])
        #expect(try rig.run(Tensor([1, 2] as [Float])).array(of: Float.self) == [2, 4])
        #expect(try rig.run(Tensor([0, -4] as [Float])).array(of: Float.self) == [2, 0])
    }

    @Test func aSimulatedDeviceTakesItsTime() throws {
        let type = BlobType(.uint8, [2])
        let rig = try Rig(
            "simulated_device", inputs: [.init("in", type)], outputs: [.init("out", type)],
            attributes: ["microseconds": .integer(30_000)])
        let clock = ContinuousClock()
        var tensor: Tensor?
        let duration = try clock.measure { tensor = try rig.run(Tensor([1, 2] as [UInt8])) }
        #expect(try tensor?.array(of: UInt8.self) == [1, 2])
        #expect(duration >= .milliseconds(30))
        for wrong in [PlanAttribute.integer(-1), .text("long"), .integer(.max)] {
            let error = try failure {
                _ = try Rig(
                    "simulated_device", inputs: [.init("in", type)], outputs: [.init("out", type)],
                    attributes: ["microseconds": wrong])
            }
            #expect(error.message.contains("microseconds"))
        }
    }
}

extension Tensor {
    /// The same elements in another shape.
    func reshaped(_ shape: Int...) -> Tensor {
        guard let tensor = try? view(shape: shape) else { preconditionFailure("as many elements") }
        return tensor
    }

    init(ones shape: Int...) throws {
        self = try Tensor([Float](repeating: 1, count: shape.reduce(1, *)), shape: shape)
    }
}
