import Planning
import SluiceModel
import Testing

/// Plans as tables, as Mermaid and as DOT.
@Suite struct DrawingTests {
    private func plan(_ name: String = "a") throws -> CompiledPlan {
        let actors = [
            Sample.actor(name, [], ["x"], nodes: ["n0"], duration: 10),
            Sample.actor("b", ["x"], ["y"], nodes: ["n0"], duration: 10),
            Sample.actor("c", ["y"], ["z"], nodes: ["n0"], duration: 10),
            Sample.actor("d", ["z"], nodes: ["n1"], duration: 10),
        ]
        return try Compiler.compile(
            PlanSpec("p", actors: actors, controls: [ControlEdge(before: name, after: "d")], interval: 100),
            sites: Sample.twoNodes)
    }

    @Test func text() throws {
        let plan = try plan()
        let text = plan.text()
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines[0] == "plan p  \(plan.hash)")
        #expect(lines[1] == "interval 100 ns")
        #expect(lines[2] == "NODE  BYTES  UNSHARED")
        #expect(lines[3] == "n0    320    448")
        #expect(lines[4] == "n1    192    192")
        #expect(lines[5] == "ACTOR  NODE  KERNELS  DURATION")
        #expect(lines[6] == "a      n0    work     10 ns")
        #expect(lines[11].hasPrefix("a/x       channel  x uint8 [64]  1      128     n0:0 "))
        #expect(lines[11].hasSuffix("n0:c/z       -            same node"))
        #expect(lines[12].hasPrefix("a/then/d  control  -             1      64 "))
        #expect(lines[12].hasSuffix("n0 → n1"))
        #expect(lines[14].hasPrefix("c/z "))
        #expect(lines[14].hasSuffix("n0:a/x       -            n0 → n1"))
    }

    @Test func textOfWhatIsNotKnown() throws {
        let text = try Compiler.compile(PlanSpec("p", inputs: [PlanInput("x", Sample.f9)]), sites: Sample.oneNode)
            .text()
        #expect(text.contains("interval not known\n"))
        #expect(text.contains("\nin.x   n0    -        -\n"))
        #expect(text.contains("\nFUNCTION  INPUTS  OUTPUTS\np         x       -\n"))
        #expect(text.hasSuffix("\nNOTES\ninput 'x' is read by nobody\n"))
    }

    @Test func mermaid() throws {
        #expect(
            try plan().mermaid() == """
                flowchart LR
                  subgraph n0["n0"]
                    a0["a<br/>work"]
                    a1["b<br/>work"]
                    a2["c<br/>work"]
                  end
                  subgraph n1["n1"]
                    a3["d<br/>work"]
                  end
                  a0 -->|"x: 1 × 128 B"| a1
                  a0 -.->|"1 slots"| a3
                  a1 -->|"y: 1 × 128 B"| a2
                  a2 -->|"z: 1 × 128 B"| a3
                  a3 -.->|"a/x after c/z"| a0

                """)
    }

    @Test func dot() throws {
        #expect(
            try plan().dot() == """
                digraph "p" {
                  rankdir=LR;
                  node [shape=box];
                  subgraph cluster_0 {
                    label="n0";
                    a0 [label="a\\nwork"];
                    a1 [label="b\\nwork"];
                    a2 [label="c\\nwork"];
                  }
                  subgraph cluster_1 {
                    label="n1";
                    a3 [label="d\\nwork"];
                  }
                  a0 -> a1 [label="x: 1 × 128 B"];
                  a0 -> a3 [label="1 slots", style=dotted];
                  a1 -> a2 [label="y: 1 × 128 B"];
                  a2 -> a3 [label="z: 1 × 128 B"];
                  a3 -> a0 [label="a/x after c/z", style=dotted];
                }

                """)
    }

    @Test func namesAreEscaped() throws {
        let plan = try plan(#"q"\<b>&`;#]"#)
        #expect(plan.mermaid().contains(#"a0["q#34;#92;#60;b#62;#38;#96;#59;#35;#93;<br/>work"]"#))
        #expect(plan.dot().contains(#"a0 [label="q\"\\<b>&amp;`;#]\nwork"];"#))
    }

    @Test func whatHappensNow() throws {
        let plan = try plan()
        let live = ["a/x": EdgeLoad(rate: 12.34, depth: ["b": 2]), "c/z": EdgeLoad(rate: .infinity)]
        #expect(plan.mermaid(live: live).contains("x: 1 × 128 B (12.3/s, 2 waiting)"))
        #expect(plan.dot(live: live).contains("z: 1 × 128 B (inf/s)"))
        let lines = plan.text(live: live).split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("REGISTER") && $0.hasSuffix("ROUTE      NOW") })
        #expect(lines.contains { $0.hasPrefix("a/x") && $0.hasSuffix("same node  12.3/s, b 2") })
        #expect(lines.contains { $0.hasPrefix("b/y") && $0.hasSuffix("same node  -") })
    }

    @Test func parallelBlobsShowTheirIndex() throws {
        let spec = PlanSpec("p", actors: [Sample.actor("a", [], ["x"], parallel: 2), Sample.actor("b", ["x"])])
        let plan = try Compiler.compile(spec, sites: Sample.oneNode)
        #expect(plan.mermaid().contains(#"a0 -->|"x/0: "#))
        #expect(plan.mermaid().contains(#"a1 -->|"x/1: "#))
    }
}
