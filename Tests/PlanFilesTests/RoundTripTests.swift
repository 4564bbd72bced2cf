import PlanFiles
import Planning
import Testing

/// What is written reads as what it was.
struct RoundTripTests {
    @Test(arguments: 0..<8) func whatIsWrittenIsRead(_ part: UInt64) throws {
        for seed in part * 100..<(part + 1) * 100 {
            var random = RandomSpec(seed: seed + 1)
            let spec = random.make()
            let text = PlanFile.text(of: spec)
            do throws(PlanFileError) {
                let file = try PlanFile.read(text: text, named: "seed-\(seed)")
                #expect(file.spec == spec, "\(text)")
                #expect(PlanFile.text(of: file.spec) == text)
            } catch { Issue.record("\(error)\n\(text)") }
        }
    }

    @Test func aPlanIsWrittenForPeople() throws {
        let spec = try PlanFile.read(text: PlanFileTests.complete, named: "").spec
        let expected = """
            plan: two-functions
            interval: 2ms
            budgets:
              a: 64MiB
              b: 1KiB
            inputs:
              x: {dtype: float32, shape: [3, 3]}
              y: {dtype: float32, shape: [3, 3], dynamic: true, slots: 2, node: a}
              words: {bytes: 1KiB, shape: [], device: cuda:1}
            actors:
              matmul:
                node: a
                firings: 7
                duration: 1.5ms
                kernels:
                  - kernel: matmul
                    in: {a: x, b: y}
                    out:
                      out: {blob: z, dtype: float32, shape: [3, 3]}
              add_n:
                nodes: [b, c]
                kernels:
                  - kernel: add_n
                    in: {in: [x, y, z], other/2: words}
                    out:
                      out: {blob: a, dtype: float32, shape: [3, 3], slots: 4, in-place: in/0}
                      more: [{blob: b, dtype: bool, shape: [0]}, {blob: c, dtype: int8, shape: [1]}]
                    variables:
                      sum: {dtype: float32, shape: [3]}
                    scratch: 4KiB
                    attributes: {alpha: 1.0, count: 3, flag: true, list: [1, two, [-2500.0, 16]], name: "5", "yes": "yes"}
              third:
                parallel: 2
                kernels: []
            control:
              - {before: matmul, after: add_n}
            outputs:
              z: z
              a: {blob: a, index: 1, node: b}
            functions:
              matmul: {inputs: [x, y], outputs: [z]}
              nothing: {inputs: [], outputs: []}

            """
        #expect(PlanFile.text(of: spec) == expected)
    }

    @Test(
        arguments: [
            (0, "0ns"), (1, "1ns"), (999, "999ns"), (1000, "1us"), (1500, "1.5us"), (1_234_567, "1.234567ms"),
            (1_000_000_001, "1.000000001s"), (90_000_000_000, "90s"), (120_000_000_000, "2min"),
            (.max, "18446744073.709551615s"),
        ] as [(UInt64, String)])
    func durationsAreWrittenExactly(_ nanoseconds: UInt64, _ text: String) throws {
        let written = PlanFile.text(of: PlanSpec("p", interval: nanoseconds))
        #expect(written == "plan: p\ninterval: \(text)\nactors: {}\n")
        #expect(try PlanFile.read(text: written, named: "").spec.interval == nanoseconds)
    }
}
