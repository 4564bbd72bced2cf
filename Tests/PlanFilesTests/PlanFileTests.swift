import PlanFiles
import Planning
import SluiceModel
import Testing

/// What a good file says.
struct PlanFileTests {
    static let complete = """
        plan: two-functions
        interval: 2ms            # optional
        budgets: {a: 64MiB, b: 1024}
        inputs:
          x: {dtype: float32, shape: [3, 3]}
          y: {dtype: float32, shape: [3, 3], dynamic: true, slots: 2, node: a}
          words: {bytes: 1KiB, shape: [], device: cuda:1}
        actors:
          matmul:
            node: a
            duration: 1.5ms
            firings: 7
            kernels:
              - kernel: matmul
                in: {a: x, b: y}
                out: {out: {blob: z, dtype: float32, shape: [3, 3]}}
          add_n:
            nodes: [b, c]
            kernels:
              - kernel: add_n
                in: {in: [x, y, z], other/2: words}
                out:
                  out: {blob: a, dtype: float32, shape: [3, 3], in-place: in/0, slots: 4}
                  more: [{blob: b, dtype: bool, shape: [0]}, {blob: c, dtype: int8, shape: [1]}]
                attributes: {alpha: 1.0, count: 3, name: "5", flag: true, list: [1, two, [-2.5e3, 0x10]], yes: yes}
                scratch: 4KiB
                variables: {sum: {dtype: float32, shape: [3]}}
          third: {parallel: 2, kernels: []}
        control: [{before: matmul, after: add_n}]
        outputs: {z: z, a: {blob: a, node: b, index: 1}}
        functions: {matmul: {inputs: [x, y], outputs: [z]}, nothing: {}}
        """

    static let spec = PlanSpec(
        "two-functions",
        inputs: [
            PlanInput("x", BlobType(.float32, [3, 3])),
            PlanInput("y", BlobType(.float32, [3, 3], isDynamic: true), node: "a", slots: 2),
            PlanInput("words", BlobType(.bytes(capacity: 1024), [], device: TensorDevice(.cuda, 1))),
        ],
        actors: [
            PlanActor(
                "matmul", nodes: ["a"],
                kernels: [
                    KernelCall(
                        "matmul",
                        inputs: [.init(ArgumentName("a"), blob: "x"), .init(ArgumentName("b"), blob: "y")],
                        outputs: [.init(ArgumentName("out"), blob: "z", BlobType(.float32, [3, 3]))])
                ], duration: 1_500_000, firings: 7),
            PlanActor(
                "add_n", nodes: ["b", "c"], parallel: 2,
                kernels: [
                    KernelCall(
                        "add_n",
                        inputs: [
                            .init(ArgumentName("in", 0), blob: "x"), .init(ArgumentName("in", 1), blob: "y"),
                            .init(ArgumentName("in", 2), blob: "z"), .init(ArgumentName("other", 2), blob: "words"),
                        ],
                        outputs: [
                            .init(
                                ArgumentName("out"), blob: "a", BlobType(.float32, [3, 3]), slots: 4,
                                inPlaceOf: ArgumentName("in")),
                            .init(ArgumentName("more", 0), blob: "b", BlobType(.bool, [0])),
                            .init(ArgumentName("more", 1), blob: "c", BlobType(.int8, [1])),
                        ],
                        scratch: 4096, variables: [.init(ArgumentName("sum"), BlobType(.float32, [3]))],
                        attributes: [
                            "alpha": .number(1), "count": .integer(3), "name": .text("5"), "flag": .bool(true),
                            "list": .list([.integer(1), .text("two"), .list([.number(-2500), .integer(16)])]),
                            "yes": .text("yes"),
                        ])
                ]),
            PlanActor("third", parallel: 2, kernels: []),
        ],
        outputs: [PlanOutput("z", blob: "z"), PlanOutput("a", blob: "a", index: 1, node: "b")],
        controls: [ControlEdge(before: "matmul", after: "add_n")],
        functions: [
            PlanFunction("matmul", inputs: ["x", "y"], outputs: ["z"]),
            PlanFunction("nothing", inputs: [], outputs: []),
        ],
        interval: 2_000_000, budgets: ["a": 64 << 20, "b": 1024])

    @Test func everyKeyIsRead() throws {
        let file = try PlanFile.read(text: Self.complete, named: "complete.yaml")
        #expect(file.spec == Self.spec)
        #expect(file.name == "complete.yaml")
        #expect(file.text == Self.complete)
    }

    @Test(arguments: ["\n", "\r\n", "\r"]) func everyLineEndIsRead(_ end: String) throws {
        let text = Self.complete.replacing("\n", with: end)
        #expect(try PlanFile.read(text: text, named: "").spec == Self.spec)
        #expect(try PlanFile.read(bytes: Array(("\u{feff}" + text).utf8), named: "").spec == Self.spec)
    }

    @Test func aFileCanBeJSON() throws {
        let text = """
            {"plan": "p", "interval": "10us", "inputs": {"x": {"dtype": "int64", "shape": [2], "dynamic": false}},
             "actors": {"a\\u00e9": {"kernels": [{"kernel": "k", "in": {"in": ["x"]}, "attributes": {"n": 1e2, "t": "1e2"}}]}}}
            """
        let expected = PlanSpec(
            "p", inputs: [PlanInput("x", BlobType(.int64, [2]))],
            actors: [
                PlanActor(
                    "aé",
                    kernels: [
                        KernelCall(
                            "k", inputs: [.init(ArgumentName("in"), blob: "x")],
                            attributes: ["n": .number(100), "t": .text("1e2")])
                    ])
            ], interval: 10_000)
        #expect(try PlanFile.read(text: text, named: "").spec == expected)
    }

    @Test(
        arguments: [
            ("0", 0), ("0ns", 0), ("1ns", 1), ("1.5ms", 1_500_000), ("0.000001ms", 1), ("2us", 2000), ("3µs", 3000),
            ("1s", 1_000_000_000), ("1.5min", 90_000_000_000), ("1h", 3_600_000_000_000), ("\"7ms\"", 7_000_000),
            ("18446744073709551615ns", .max), ("1.50000000000000000000000000ms", 1_500_000),
        ] as [(String, UInt64)])
    func durationsAreRead(_ text: String, _ nanoseconds: UInt64) throws {
        #expect(
            try PlanFile.read(text: "plan: p\ninterval: \(text)\nactors: {}", named: "").spec.interval == nanoseconds)
    }

    @Test(
        arguments: [
            ("0", 0), ("1", 1), ("4096", 4096), ("64B", 64), ("4KiB", 4096), ("1.5KiB", 1536), ("1k", 1024),
            ("2M", 2 << 20),
            ("3GiB", 3 << 30), ("16777215TiB", 16_777_215 << 40), ("18446744073709551615", .max),
        ] as [(String, UInt64)])
    func sizesAreRead(_ text: String, _ bytes: UInt64) throws {
        let file = try PlanFile.read(text: "plan: p\nbudgets: {a: \(text)}\nactors: {}", named: "")
        #expect(file.spec.budgets == ["a": bytes])
    }

    @Test(
        arguments: [
            ("1", .integer(1)), ("-1", .integer(-1)), ("+7", .integer(7)), ("0x1F", .integer(31)), ("1.", .number(1)),
            (".5", .number(0.5)), ("-.5", .number(-0.5)), ("1e3", .number(1000)), ("1.5E-2", .number(0.015)),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)), ("True", .bool(true)),
            ("FALSE", .bool(false)), ("on", .text("on")), ("1.2.3", .text("1.2.3")), ("1e", .text("1e")),
            ("-", .text("-")),
            (".", .text(".")), ("0x", .text("0x")), ("0xg", .text("0xg")), ("nan", .text("nan")), ("'1'", .text("1")),
            ("\"null\"", .text("null")), ("''", .text("")), ("!!str 5", .text("5")), ("[]", .list([])),
            ("1 2", .text("1 2")),
        ] as [(String, PlanAttribute)])
    func attributesAreRead(_ text: String, _ value: PlanAttribute) throws {
        let text = text == "-" ? "\"-\"" : text
        let spec = try PlanFile.read(text: kernel("attributes:\n          v: \(text)"), named: "").spec
        #expect(spec.actors[0].kernels[0].attributes == ["v": value])
    }

    @Test func textsMayHaveAmpersandsAndStars() throws {
        let spec = try PlanFile.read(
            text: kernel("attributes: {a: R&D, b: 2*D, c: '&x', d: '*y', e: x & y}"), named: ""
        ).spec
        #expect(
            spec.actors[0].kernels[0].attributes == [
                "a": .text("R&D"), "b": .text("2*D"), "c": .text("&x"), "d": .text("*y"), "e": .text("x & y"),
            ])
    }

    @Test(
        arguments: [
            ("cpu", .cpu), ("cpu:1", TensorDevice(.cpu, 1)), ("cuda-host", TensorDevice(.cudaHost)),
            ("device99:3", TensorDevice(.init(rawValue: 99), 3)),
            ("trainium:2147483647", TensorDevice(.trainium, .max)),
        ] as [(String, TensorDevice)])
    func devicesAreRead(_ text: String, _ device: TensorDevice) throws {
        let text = "plan: p\nactors: {}\ninputs: {x: {dtype: int8, shape: [1], device: \(text)}}"
        #expect(try PlanFile.read(text: text, named: "").spec.inputs[0].type.device == device)
    }
}
