import Foundation
import SluiceModel
import SluiceTesting
import Testing

/// `sluice plan …` in a cluster, as a person uses it.
extension MultiProcess {
    @Suite struct PlanCommands {
        private static let matrices = """
            z =
               42  45  48
              150 162 174
              258 279 300
            a =
               51  56  61
              165 179 193
              279 302 325

            """

        /// The repository's own file, found from this one.
        private func plan(_ name: String) -> String {
            var folder = URL(fileURLWithPath: #filePath)
            for _ in 0..<3 { folder.deleteLastPathComponent() }
            return folder.appendingPathComponent("deploy/plans/\(name).yaml").path
        }

        @Test func theTwoFunctionsPrintTheirMatricesOnOneNode() async throws {
            try await withCleanCluster(nodes: 1) { cluster in
                let command = try await cluster.nodes[0].sluice("plan", "run", plan("two-functions"))
                try await command.waitForSuccess(within: .seconds(60))
                #expect(command.output == Self.matrices)
                // One process for each actor, and one for the interfaces.
                #expect(
                    command.errors.split(separator: "\n").count { $0.contains("started") } == 3, "\(command.errors)")
            }
        }

        @Test func theTwoFunctionsPrintTheirMatricesOnTwoNodes() async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let command = try await cluster.nodes[0].sluice(
                    "plan", "run", plan("two-functions"), "--address", cluster.nodes[0].address, "--address",
                    cluster.nodes[1].address, "--place", "matmul=node1", "--place", "add_n=node2", "--format", "text")
                try await command.waitForSuccess(within: .seconds(60))
                #expect(command.output == Self.matrices)
                #expect(command.errors.contains("started add_n on node node2"))
                let list = try await cluster.nodes[1].sluice("plan", "list")
                try await list.waitForSuccess()
                #expect(list.output.contains("plan two-functions: ended"))
                #expect(list.output.contains("add_n   ended  node2"))
            }
        }

        @Test func aPlanIsAppliedServedShownAndStopped() async throws {
            try await withCleanCluster(nodes: 1) { cluster in
                let node = cluster.nodes[0]
                let apply = try await node.sluice("plan", "apply", plan("two-functions"))
                try await apply.waitForSuccess()
                #expect(apply.output.contains("of plan two-functions, hash "))
                let worker = try await node.sluice("plan", "worker", "two-functions")
                try await waitUntil("the plan to run", within: .seconds(30)) {
                    let list = try await node.sluice("plan", "list", "two-functions", "--format", "json")
                    try await list.waitForSuccess()
                    return list.output.contains("\"phase\" : \"running\"")
                }
                let show = try await node.sluice("plan", "show", "two-functions", "--interval", "100ms")
                try await show.waitForSuccess()
                #expect(show.output.contains("NOW"))
                #expect(show.output.contains("matmul/z"))
                let stop = try await node.sluice("plan", "stop", "two-functions")
                try await stop.waitForSuccess()
                #expect(stop.errors.contains("has ended"))
                try await worker.waitForSuccess()
                // And once more, at once.
                try await (try await node.sluice("plan", "apply", plan("two-functions"))).waitForSuccess()
                let other = try await node.sluice("plan", "worker", "two-functions")
                let now = try await node.sluice("plan", "stop", "two-functions", "--now")
                try await now.waitForSuccess()
                #expect(try await other.wait() == .code(1))
                #expect(other.errors.contains("stopped"))
            }
        }

        @Test func aProfileGivesTheFileItsDurations() async throws {
            try await withCleanCluster(nodes: 1) { cluster in
                let command = try await cluster.nodes[0].sluice(
                    "plan", "profile", plan("two-functions"), "--jobs", "20")
                try await command.waitForSuccess(within: .seconds(60))
                let durations = command.output.split(separator: "\n").count {
                    $0.trimmingCharacters(in: .whitespaces).hasPrefix("duration: ")
                }
                #expect(durations == 2, "\(command.output)")
                #expect(command.output.contains("# Two functions over"))
                #expect(command.errors.contains("matmul: "))
            }
        }

        @Test func whatIsWrongIsSaid() async throws {
            try await withCleanCluster(nodes: 1) { cluster in
                let node = cluster.nodes[0]
                let missing = try await node.sluice("plan", "stop", "no such plan")
                #expect(try await missing.wait() == .code(3))
                #expect(missing.errors.contains("no run of plan no such plan"))
                let place = try await node.sluice("plan", "run", plan("two-functions"), "--place", "matmul=nowhere")
                #expect(try await place.wait() != .code(0))
                #expect(place.errors.contains("nowhere"))
                let push = try await node.sluice("plan", "run", plan("two-functions"), "--push", "x=[[1]]")
                #expect(try await push.wait() != .code(0))
                #expect(push.errors.contains("3"), "\(push.errors)")
            }
        }
    }
}
