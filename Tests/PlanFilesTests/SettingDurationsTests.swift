import PlanFiles
import Planning
import Testing

/// New durations in an author's own file.
struct SettingDurationsTests {
    func set(_ text: String, _ durations: [String: UInt64]) throws -> String {
        try PlanFile.read(text: text, named: "f.yaml").setting(durations: durations)
    }

    static let file = """
        # My plan.
        plan: p   # its name
        actors:
          slow:   # the slow one
            duration: 1.5ms     # measured in May
            kernels: [{kernel: k}]

          fast:
            node: "a"
            # what it runs
            kernels:
              - {kernel: k}
          flow: {node: a, kernels: [{kernel: k, attributes: {duration: 5}}]}
          quoted: {"duration": "1s", "kernels": []}
          last: {"kernels": []}
        # The end.
        """

    @Test func onlyDurationsChange() throws {
        let changed = try set(
            Self.file,
            ["slow": 2_000_000, "fast": 1500, "flow": 7, "quoted": 250_000_000, "last": 1_000_000_000])
        let expected = Self.file
            .replacing("duration: 1.5ms ", with: "duration: 2ms ")
            .replacing("    kernels:\n      - {k", with: "    duration: 1.5us\n    kernels:\n      - {k")
            .replacing("{node: a, kernels", with: "{node: a, duration: 7ns, kernels")
            .replacing("\"duration\": \"1s\"", with: "\"duration\": \"250ms\"")
            .replacing("{\"kernels\"", with: "{\"duration\": \"1s\", \"kernels\"")
        #expect(changed == expected)
    }

    @Test func nothingToSetChangesNothing() throws { #expect(try set(Self.file, [:]) == Self.file) }

    @Test(arguments: ["", "\u{feff}"], ["\n", "\r\n"])
    func markAndLineEndsStay(_ mark: String, _ end: String) throws {
        let text = mark + Self.file.replacing("\n", with: end)
        let changed = try set(text, ["fast": 5, "slow": 6])
        #expect(
            changed
                == mark
                + Self.file.replacing("1.5ms ", with: "6ns ")
                .replacing("    kernels:\n", with: "    duration: 5ns\n    kernels:\n").replacing("\n", with: end))
    }

    @Test func anActorThatIsNotThereIsNamed() {
        #expect {
            try set(Self.file, ["slwo": 1])
        } throws: {
            "\($0)"
                == "f.yaml:2:1: actors: there is no actor \"slwo\"; there are \"slow\", \"fast\", \"flow\", \"quoted\", \"last\""
        }
    }

    @Test(arguments: [
        ("plan: p\nactors:\n  a:\n    ? kernels\n    : []", "f.yaml:3:3: actors.a: this actor is written in a way"),
        (
            "plan: p\nactors:\n  a: {duration: \"1\\x6ds\", kernels: []}",
            "f.yaml:3:17: actors.a.duration: this duration"
        ),
        ("plan: p\nactors:\n  a: {duration: !!str 1ms, kernels: []}", "f.yaml:3:17: actors.a.duration: this duration"),
        ("plan: p\nactors:\n  a: {duration: >-\n   1ms, kernels: []}", ""),
    ]) func whatCannotBeChangedIsLeft(_ text: String, _ message: String) {
        if message.isEmpty {
            #expect(!problems(text).isEmpty)
        } else {
            #expect { try set(text, ["a": 5]) } throws: { "\($0)".hasPrefix(message) }
        }
    }

    /// What the writer makes can be changed, whatever the names.
    @Test func writtenPlansCanBeChanged() throws {
        for seed in 0..<150 {
            var random = RandomSpec(seed: UInt64(seed) + 5000)
            let spec = random.make()
            var expected = spec
            var durations: [String: UInt64] = [:]
            for index in spec.actors.indices where index % 3 < 2 {
                expected.actors[index].duration = UInt64(index) * 1_234_567
                durations[spec.actors[index].name] = UInt64(index) * 1_234_567
            }
            let changed = try set(PlanFile.text(of: spec), durations)
            #expect(changed == PlanFile.text(of: expected))
        }
    }
}
