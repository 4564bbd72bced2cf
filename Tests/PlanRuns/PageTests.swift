import Foundation
import PlanFiles
import SluiceModel
import SluiceTesting
import Testing

/// A page about plans.
struct Page {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

    let text: String

    init(_ name: String = "Plans.md") throws {
        let path = Self.root.appending(path: "Sources/SluicePlan/SluicePlan.docc/\(name)")
        text = try String(contentsOf: path, encoding: .utf8)
    }

    /// What its code blocks of one language contain.
    func blocks(_ language: String) throws -> [String] {
        try text.components(separatedBy: "\n```\(language)\n").dropFirst().map { rest in
            String(try #require(rest.components(separatedBy: "\n```").first))
        }
    }
}

/// Whoever changes what a command prints, or how something is written, changes the page, too.
extension PlanRuns {
    @Suite struct PageTests {
        /// Their Swift code, block by block, stands in the file of examples, line by line; without indentation.
        @Test(arguments: ["Plans.md", "SluicePlan.md"]) func everyExampleOfThePagesIsRun(_ page: String) throws {
            func lines(_ text: String) -> [String] {
                text.split(separator: "\n", omittingEmptySubsequences: false).map {
                    $0.trimmingCharacters(in: .whitespaces)
                }
            }
            let file = Page.root.appending(path: "Tests/PlanRuns/PlanExamples.swift")
            let examples = lines(try String(contentsOf: file, encoding: .utf8))
            let blocks = try Page(page).blocks("swift")
            #expect(!blocks.isEmpty)
            for block in blocks {
                let code = lines(block)
                #expect(examples.indices.contains { examples[$0...].starts(with: code) }, "\(block)")
            }
        }

        /// Its plan file declares what its Swift code does.
        @Test func thePlanFileOfThePageIsItsExample() throws {
            let blocks = try Page().blocks("yaml")
            #expect(try blocks.map { try PlanFile.read(text: $0, named: "page").spec } == [twoFunctions()])
        }

        /// Each block is a command and what it prints.
        @Test func everyCommandOfThePagePrintsWhatItSays() async throws {
            let blocks = try Page().blocks("console")
            #expect(blocks.count == 3)
            let cluster = try await Cluster.start(ClusterOptions(nodes: 1, mode: .inProcess))
            for block in blocks {
                let lines = block.split(separator: "\n", maxSplits: 1)
                try #require(lines.count == 2 && lines[0].hasPrefix("$ "))
                let printed = try await Self.shell(lines[0].dropFirst(2), on: cluster.nodes[0])
                #expect(printed == lines[1] + "\n", "\(lines[0])")
            }
            try await cluster.stop()
        }

        @Test func theGraphOfThePageIsWhatIsDrawn() async throws {
            let cluster = try await Cluster.start(ClusterOptions(nodes: 1, mode: .inProcess))
            let drawn = try await Self.shell(
                "sluice plan show deploy/plans/pipeline.yaml --format mermaid", on: cluster.nodes[0])
            #expect(try Page().blocks("mermaid").map { $0 + "\n" } == [drawn])
            try await cluster.stop()
        }

        /// Runs a command in the folder that the page speaks of.
        private static func shell(_ command: some StringProtocol, on node: Node) async throws -> String {
            let sluice = URL(filePath: try Executables.sluice()).deletingLastPathComponent().path
            let process = try await node.run(
                "/bin/sh", ["-c", "cd \"$1\" && \(command)", "sh", Page.root.path],
                environment: ["PATH": "\(sluice):/usr/bin:/bin"])
            try await process.waitForSuccess(within: .seconds(60))
            return process.output
        }
    }
}
