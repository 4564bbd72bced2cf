import Sluice
import SluiceModel
import Testing

@Suite("Declarations") struct ValueDeclarationTests {
    @Test(
        arguments: [
            .auto, .sharedMemory, .tensor([]),
            .tensor([TensorShape(.bfloat16, []), TensorShape(.float32, [0, 3]), TensorShape(.bool, [.max, 0])]),
        ] as [ValueHint])
    func c17ADeclarationSaysHowValuesTravel(_ hint: ValueHint) throws {
        let declaration = try Declaration([String: Tensor].self, hint: hint)
        let bytes = try declaration.encoded()
        let read = try Declaration(decoding: bytes, channel: "c")
        #expect(read == declaration)
        #expect(read.valueType == "Dictionary<String, Tensor>")
        #expect(read.hint == hint)
        #expect(try read.encoded() == bytes)
    }

    @Test func c17TheDeclarationReachesEveryEndInTheChannelsSpec() throws {
        let declaration = try Declaration(Tensor.self, hint: .tensor([TensorShape(.float32, [4])]))
        let spec = try ChannelSpec(
            id: .random(), name: ChannelName("c"), writer: ActorName("w"), readers: [ActorName("r")], slots: 1,
            slotSize: 16, declaration: declaration.encoded())
        #expect(try Declaration(decoding: spec.declaration, channel: "c") == declaration)
    }

    @Test(arguments: [
        "", "{", "null", "[]", "{}", "\u{0}", #"{"version":1}"#,
        #"{"version":"1","valueType":"T","hint":{"kind":"auto"}}"#,
        #"{"version":1,"valueType":"T","hint":{}}"#, #"{"version":1,"valueType":"T","hint":{"kind":"teleport"}}"#,
        #"{"version":1,"valueType":"T","hint":{"kind":"tensor"}}"#,
        #"{"version":1,"valueType":"T","hint":{"kind":"tensor","shapes":[{"dtype":99,"shape":[],"device":{"kind":1,"index":0}}]}}"#,
        #"{"version":1,"valueType":"T","hint":{"kind":"tensor","shapes":[{"dtype":1,"shape":[-1],"device":{"kind":1,"index":0}}]}}"#,
        #"{"version":1,"valueType":"T","hint":{"kind":"tensor","shapes":[{"dtype":1,"shape":[1],"device":{"kind":2,"index":0}}]}}"#,
        #"{"version":1,"valueType":"T","hint":{"kind":"tensor","shapes":[{"dtype":1,"shape":[9223372036854775807,9],"device":{"kind":1,"index":0}}]}}"#,
    ]) func garbageIsATypedError(_ text: String) {
        let error = #expect(throws: SluiceError.self) { try Declaration(decoding: Array(text.utf8), channel: "c") }
        #expect(error?.code == .cannotDecode)
        #expect(error?.channel == "c")
    }

    @Test func anotherVersionIsNamed() {
        let error = #expect(throws: SluiceError.self) {
            try Declaration(decoding: Array(#"{"version":2,"news":true}"#.utf8), channel: "c")
        }
        #expect(error?.code == .incompatibleVersion)
        #expect(error?.message.contains("version 2") == true)
    }

    @Test func deepOrRandomBytesAreTypedErrors() {
        var generator = SeededGenerator(state: 17)
        for opening in ["[", "{\"version\":"] {
            let bytes = Array(String(repeating: opening, count: 16384 / opening.utf8.count).utf8)
            #expect(throws: SluiceError.self) { try Declaration(decoding: bytes, channel: "c") }
        }
        for _ in 0..<1000 {
            let bytes = (0..<Int.random(in: 0..<64, using: &generator)).map { _ in
                UInt8.random(in: 0 ... .max, using: &generator)
            }
            #expect(throws: SluiceError.self) { try Declaration(decoding: bytes, channel: "c") }
        }
    }

    @Test func whatNoSlotCanHoldCannotBeDeclared() {
        for shapes in [
            [TensorShape(.float64, [.max])], [TensorShape(.uint8, [Limits.mostSlotSize + 1])],
            [TensorShape(.int8, [-1])],
            [TensorShape(.int8, [1], device: TensorDevice(.cuda))],
            [TensorShape(.uint8, [Limits.mostSlotSize]), TensorShape(.uint8, [1])],
        ] {
            let error = #expect(throws: SluiceError.self) { try Declaration(Int.self, hint: .tensor(shapes)) }
            #expect(error?.code == .invalidArgument)
        }
        #expect(throws: Never.self) {
            try Declaration(Int.self, hint: .tensor([TensorShape(.uint8, [Limits.mostSlotSize])]))
        }
        let many = [TensorShape](repeating: TensorShape(.int8, [1]), count: 1000)
        #expect(throws: SluiceError.self) { try Declaration(Int.self, hint: .tensor(many)).encoded() }
    }

    @Test func aChannelOfBytesHasNoTypedEnds() throws {
        let fixture = try Fixture()
        let (worker, writer, readers) = try fixture.channel()
        defer { worker.close() }
        let error = #expect(throws: SluiceError.self) { _ = try ValueWriter<Int>(writer) }
        #expect(error?.code == .cannotDecode)
        #expect(error?.message.contains("declares no type") == true)
        #expect(throws: SluiceError.self) { _ = try ValueReader<Int>(readers[0]) }
    }
}
