import PlanFiles
import Planning
import Testing

/// What is wrong with a file, and where.
struct PlanFileErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var text: String
        var line: Int
        var column: Int
        var key: String
        var message: String
        var testDescription: String { "\(line):\(column): \(key): \(message)" }

        init(_ text: String, _ line: Int, _ column: Int, _ key: String, _ message: String) {
            self.text = text
            self.line = line
            self.column = column
            self.key = key
            self.message = message
        }
    }

    func expectOnly(_ wanted: Case, sourceLocation: SourceLocation = #_sourceLocation) {
        let found = problems(wanted.text)
        #expect(found.count == 1, sourceLocation: sourceLocation)
        guard let problem = found.first else { return }
        #expect(problem.line == wanted.line, sourceLocation: sourceLocation)
        #expect(problem.column == wanted.column, sourceLocation: sourceLocation)
        #expect(problem.key == wanted.key, sourceLocation: sourceLocation)
        #expect(problem.message.contains(wanted.message), "\(problem.message)", sourceLocation: sourceLocation)
    }

    @Test(arguments: [
        Case("", 1, 1, "", "the file is empty"), Case("# nothing\n", 1, 1, "", "the file is empty"),
        Case("---\n", 1, 1, "", "the file is empty"), Case("~", 1, 1, "", "the file is empty"),
        Case("[]", 1, 1, "", "expected a plan, a mapping with the keys plan, interval, budgets"),
        Case("hello", 1, 1, "", "not \"hello\""),
        Case("plan: p\nactors: {}\n---\nplan: q\n", 3, 1, "", "a second document begins here"),
        Case("plan: p\n\tactors: {}\n", 2, 1, "", "a tab cannot indent in YAML; use spaces"),
        Case("plan: p\nactors: {\n", 3, 1, "", "this is not YAML"),
        Case("plan: p\nactors: {}\ninputs: \"a", 3, 11, "", "this is not YAML"),
        Case("plan: p\u{0}\nactors: {}", 1, 8, "", "the character U+0000 cannot stand in YAML"),
        Case("plan: p\r\nactors: {} # \u{1b}", 2, 14, "", "the character U+001B cannot"),
        Case("plan: p\nactors: {} # \u{fffe}", 2, 14, "", "the character U+FFFE cannot"),
        Case("plan: &a p\nactors: {}", 1, 7, "plan", "no anchors"),
        Case("plan: &a p\nactors: {}\ninputs: *a", 3, 9, "", "no aliases"),
        Case("plan: *a\nactors: {}", 1, 7, "", "no aliases"),
        Case("plan: p\nactors: !mine {}", 2, 9, "actors", "no tags"),
        Case("plan: !!int 5\nactors: {}", 1, 7, "plan", "no tags"),
        Case("plan: p\nactors: {}\n? [a]\n: 1\n", 3, 3, "", "a key is a word, not a list"),
    ]) func whatIsNoDocument(_ wanted: Case) { expectOnly(wanted) }

    @Test(arguments: [
        Case("actors: {}", 1, 1, "", "\"plan\" is missing: the plan's name"),
        Case("plan: p", 1, 1, "", "\"actors\" is missing: who computes"),
        Case("plan:\nactors: {}", 1, 6, "plan", "expected a name, not nothing"),
        Case("plan: [p]\nactors: {}", 1, 1, "plan", "expected a name, not a list"),
        Case("plan: {p: 1}\nactors: {}", 1, 1, "plan", "expected a name, not a mapping"),
        Case("plan: p\nactor: {}\nactors: {}", 2, 1, "actor", "a plan has no key \"actor\"; did you mean \"actors\"?"),
        Case("plan: p\nxyzzy: {}\nactors: {}", 2, 1, "xyzzy", "no key \"xyzzy\"; possible are plan, interval"),
        Case("plan: p\nactors: []", 2, 1, "actors", "expected actors by name: a mapping, not a list"),
        Case("plan: p\nactors: {}\ncontrol: {}", 3, 1, "control", "expected a list of {before: ACTOR, after: ACTOR}"),
        Case("plan: p\nactors: {}\ncontrol: [a]", 3, 11, "control[0]", "expected an order, a mapping"),
        Case("plan: p\nactors: {}\ncontrol: [{before: a}]", 3, 11, "control[0]", "\"after\" is missing"),
        Case(
            "plan: p\nactors: {}\noutputs: {a: [z]}", 3, 11, "outputs.a", "expected an output (or the name of its blob)"
        ),
        Case("plan: p\nactors: {}\noutputs: {a: {node: z}}", 3, 11, "outputs.a", "\"blob\" is missing"),
        Case(
            "plan: p\nactors: {}\noutputs: {a: {blob: z, index: -1}}", 3, 31, "outputs.a.index",
            "expected a whole number"),
        Case(
            "plan: p\nactors: {}\nfunctions: {f: {input: []}}", 3, 17, "functions.f.input", "did you mean \"inputs\"?"),
        Case(
            "plan: p\nactors: {}\nfunctions: {f: {inputs: x}}", 3, 25, "functions.f.inputs",
            "expected a list of inputs'"),
        Case("plan: p\nactors: {}\nfunctions: {f: {inputs: [x, ]}, g: }", 3, 36, "functions.g", "expected a function"),
        Case("plan: p\nplan: q\nactors: {}", 2, 1, "plan", "this key stands in line 1, column 1 already; keep one"),
        Case("{plan: p, \"plan\": q, actors: {}}", 1, 11, "plan", "stands in line 1, column 2 already"),
        Case(
            "plan: p\nactors:\n  a: {kernels: []}\n  'a': {kernels: []}", 4, 3, "actors.a", "line 3, column 3 already"),
    ]) func whatIsNoPlan(_ wanted: Case) { expectOnly(wanted) }

    @Test(arguments: [
        ("5", "\"5\" has no unit; expected a duration such as 1.5ms; units are ns, us, ms, s, min and h"),
        ("5sec", "unknown unit, \"sec\""), ("5mss", "unknown unit, \"mss\" (did you mean ms?)"),
        ("-1ms", "expected a duration such as 1.5ms"), ("ms", "expected a duration"), ("1..5ms", "expected a duration"),
        (".5ms", "expected a duration"), ("1.5ns", "\"1.5ns\" is no whole number of ns"),
        ("18446744073709551616ns", "expected a duration"),
        ("18446744073709551615s", "more than fits into 64 bits of ns"),
        ("[1ms]", "not a list"), ("~", "not nothing"), ("1 ms", "unknown unit, \" ms\" (did you mean ms?)"),
    ]) func badDurations(_ text: String, _ message: String) {
        let column = text == "[1ms]" ? 1 : 11
        expectOnly(Case("plan: p\nactors: {}\ninterval: \(text)", 3, column, "interval", message))
    }

    @Test(arguments: [
        ("5MB", "unknown unit, \"MB\" (did you mean MiB?); expected a size such as 64MiB"),
        ("-1", "expected a size"), ("0.3KiB", "\"0.3KiB\" is no whole number of B"), ("x", "expected a size"),
        ("16777216TiB", "more than fits into 64 bits of B"), ("", "not nothing"),
    ]) func badSizes(_ text: String, _ message: String) {
        expectOnly(Case("plan: p\nactors: {}\nbudgets: {a: \(text)}", 3, 14, "budgets.a", message))
    }

    @Test(
        arguments: [
            ("{shape: [1]}", 3, "", "\"dtype\" is missing: bool, int8"),
            ("{dtype: float32}", 3, "", "\"shape\" is missing: elements along each axis"),
            (
                "{dtype: float23, shape: [1]}", 14, ".dtype",
                "no type of elements (did you mean float32?); expected bool, int8"
            ),
            ("{dtype: float32, bytes: 1, shape: [1]}", 30, ".bytes", "\"dtype\" stands here, too"),
            ("{bytes: 8EiB, shape: [1]}", 14, ".bytes", "unknown unit"),
            ("{bytes: 9223372036854775808, shape: [1]}", 14, ".bytes", "too much; at most 9223372036854775807 bytes"),
            ("{dtype: int8, shape: 3}", 27, ".shape", "expected a list of sizes, such as [3, 3], not \"3\""),
            ("{dtype: int8, shape: [-3]}", 28, ".shape[0]", "expected a whole number from 0"),
            ("{dtype: int8, shape: [3, x]}", 31, ".shape[1]", "expected a whole number from 0"),
            ("{dtype: int8, shape: [3, '3']}", 31, ".shape[1]", "expected a whole number from 0"),
            ("{dtype: int8, shape: [9223372036854775808]}", 28, ".shape[0]", "expected a whole number from 0"),
            ("{dtype: int8, shape: [1], device: cudda}", 40, ".device", "\"cudda\" is no device (did you mean cuda?)"),
            ("{dtype: int8, shape: [1], device: 'cuda:'}", 40, ".device", "is no device"),
            ("{dtype: int8, shape: [1], device: cuda:2147483648}", 40, ".device", "is no device"),
            ("{dtype: int8, shape: [1], dynamic: yes}", 41, ".dynamic", "expected true or false, not \"yes\""),
            ("{dtype: int8, shape: [1], slots: 0}", 39, ".slots", "expected a whole number from 1"),
            ("{dtype: int8, shape: [1], slot: 1}", 32, ".slot", "did you mean \"slots\"?"),
            ("{dtype: int8, shape: [1], in-place: a}", 32, ".in-place", "an input has no key \"in-place\""),
            (
                "float32", 6, "",
                "expected an input, a mapping with the keys dtype, bytes, shape, device, dynamic, slots, node and example"
            ),
        ] as [(String, Int, String, String)])
    func badTypes(_ type: String, _ column: Int, _ key: String, _ message: String) {
        expectOnly(Case("plan: p\nactors: {}\ninputs:\n  x: \(type)", 4, column, "inputs.x" + key, message))
    }

    @Test(
        arguments: [
            ("{}", 3, "", "\"kernels\" is missing"),
            ("{kernels: k}", 16, ".kernels", "expected a list of kernels, run in order"),
            ("{kernels: [k]}", 17, ".kernels[0]", "expected a kernel, a mapping with the keys kernel, in, out"),
            ("{kernels: [{}]}", 17, ".kernels[0]", "\"kernel\" is missing: the name that workers know it by"),
            ("{node: a, nodes: [b], kernels: []}", 16, ".nodes", "\"node\" stands here, too; keep one of the two"),
            ("{nodes: b, kernels: []}", 14, ".nodes", "expected a list of nodes"),
            ("{nodes: [a, [b]], kernels: []}", 18, ".nodes[1]", "expected a name, not a list"),
            ("{parallel: 0, kernels: []}", 17, ".parallel", "expected a whole number from 1"),
            ("{parallel: 1.5, kernels: []}", 17, ".parallel", "expected a whole number from 1"),
            ("{firings: x, kernels: []}", 16, ".firings", "expected a whole number from 0, not \"x\""),
            ("{duration: 1, kernels: []}", 17, ".duration", "\"1\" has no unit"),
            ("{kernel: k, kernels: []}", 7, ".kernel", "did you mean \"kernels\"?"),
        ] as [(String, Int, String, String)])
    func badActors(_ actor: String, _ column: Int, _ key: String, _ message: String) {
        expectOnly(Case("plan: p\nactors:\n  a: \(actor)", 3, column, "actors.a" + key, message))
    }

    @Test(
        arguments: [
            ("input: {a: x}", 9, ".input", "did you mean"),
            ("in: [x]", 9, ".in", "expected blobs by argument, such as"),
            ("in: {a: {b: x}}", 14, ".in.a", "expected a name, not a mapping"),
            ("in: {a/b: x}", 14, ".in.a/b", "an argument is NAME or NAME/INDEX, such as in/0, not \"a/b\""),
            ("in: {a/99999999999999999999: x}", 14, ".in.a/99999999999999999999", "an argument is NAME or NAME/INDEX"),
            ("in: {a/1: [x]}", 14, ".in.a/1", "a list has the indices 0, 1 … itself; write \"a\" without one"),
            ("in: {a: [x, ~]}", 21, ".in.a[1]", "expected a name, not nothing"),
            ("out: {o: z}", 18, ".out.o", "expected what it makes, a mapping with the keys blob, dtype"),
            ("out: {o: {dtype: int8, shape: [1]}}", 15, ".out.o", "\"blob\" is missing"),
            (
                "out: {o: {blob: z, dtype: int8, shape: [1], in-place: in/}}", 63, ".out.o.in-place",
                "an argument is NAME"
            ),
            (
                "variables: {v: {dtype: int8, shape: [1], blob: z}}", 50, ".variables.v.blob",
                "a variable has no key \"blob\""
            ),
            ("scratch: 9223372036854775808", 18, ".scratch", "too much"),
            ("scratch: -1", 18, ".scratch", "expected a size"),
            ("attributes: [1]", 9, ".attributes", "expected attributes by name, not a list"),
            ("attributes: {a: {b: 1}}", 22, ".attributes.a", "an attribute is a number, a text"),
            ("attributes: {a: }", 25, ".attributes.a", "an attribute has a value"),
            ("attributes: {a: [1, .inf]}", 29, ".attributes.a[1]", "\".inf\" is no finite number"),
            ("attributes: {a: 1e999}", 25, ".attributes.a", "is no finite number"),
            ("attributes: {a: 9223372036854775808}", 25, ".attributes.a", "does not fit into 64 bits"),
            ("attributes: {a: 0x8000000000000000}", 25, ".attributes.a", "does not fit into 64 bits"),
        ] as [(String, Int, String, String)])
    func badKernels(_ keys: String, _ column: Int, _ key: String, _ message: String) {
        expectOnly(Case(kernel(keys), 6, column, "actors.one.kernels[0]" + key, message))
    }
}
