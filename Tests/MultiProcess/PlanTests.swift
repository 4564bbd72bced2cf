import Planning
import Sluice
import SluiceModel
import SluicePlan
import SluiceTesting
import Testing

/// Plans whose actors are processes of their own, on nodes that fail.
extension MultiProcess {
    @Suite struct Plans {
        private static let type = BlobType(.float32, [64])

        /// y = x + x, through three actors; the middle one on the second node.
        private func spec(_ name: String, slots: Int? = nil) -> PlanSpec {
            func stage(_ name: String, _ kernel: String, _ from: [String], _ to: String, _ node: String) -> PlanActor {
                PlanActor(
                    name, nodes: [node],
                    kernels: [
                        KernelCall(
                            kernel,
                            inputs: from.enumerated().map { InputArgument(ArgumentName("in", $0), blob: $1) },
                            outputs: [OutputArgument(ArgumentName("out"), blob: to, Self.type, slots: slots)])
                    ])
            }
            return PlanSpec(
                name, inputs: [PlanInput("x", Self.type, node: "node1", slots: slots)],
                actors: [
                    stage("first", "copy", ["x"], "a", "node1"), stage("middle", "add_n", ["a", "a"], "b", "node2"),
                    stage("last", "copy", ["b"], "y", "node1"),
                ], outputs: [PlanOutput("y", blob: "y", node: "node1")])
        }

        /// A plan, applied, its actors in a process each, and a client.
        private struct Running {
            let worker: Worker
            let run: PlanRun
            let client: PlanClient
            let processes: [String: ChildProcess]

            init(_ spec: PlanSpec, on cluster: Cluster) async throws {
                worker = try await Worker.connect(to: cluster.nodes[0].address)
                run = try await PlanRun.apply(spec, by: worker)
                var processes: [String: ChildProcess] = [:]
                for actor in run.plan.actors {
                    let node = try #require(cluster.nodes.first { $0.name == actor.node })
                    processes[actor.name] = try await node.sluice(
                        "plan", "worker", run.id.description, "--actor", actor.name)
                }
                self.processes = processes
                try await run.started(timeout: .seconds(60))
                client = try await PlanClient.connect(to: spec.name, by: worker)
            }

            /// Values of one job, many under way at once, each told apart by its number.
            func stream(_ numbers: Range<Int>, during harm: () async throws -> Void = {}) async throws {
                let job = try await client.launch(count: UInt64(numbers.count), timeout: .seconds(60))
                let pushing = Task {
                    for number in numbers {
                        let elements = (0..<64).map { Float(number * 64 + $0) }
                        try await job.push("x", Tensor(elements), timeout: .seconds(60))
                    }
                }
                var isHarmed = false
                for number in numbers {
                    if number - numbers.lowerBound > numbers.count / 4, !isHarmed {
                        isHarmed = true
                        try await harm()
                    }
                    let value = try await job.pull("y", timeout: .seconds(60)).tensor()
                    #expect(try value.array(of: Float.self) == (0..<64).map { Float(2 * (number * 64 + $0)) })
                }
                try await pushing.value
                try await job.finished(timeout: .seconds(60))
            }

            func finish() async throws {
                client.close()
                try await run.finish()
                try await run.ended(timeout: .seconds(60))
                for process in processes.values { try await process.waitForSuccess() }
                worker.close()
            }
        }

        private func memoryIsFree(_ cluster: Cluster) async throws {
            try await waitUntil("all memory to be free", within: .seconds(30)) {
                try await cluster.status().nodes.allSatisfy { $0.agent.map { $0.memoryUsed == 0 } ?? true }
            }
        }

        @Test func actorsAreProcessesOnTwoNodes() async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let running = try await Running(spec("two nodes"), on: cluster)
                try await running.stream(0..<500)
                try await running.finish()
                try await memoryIsFree(cluster)
            }
        }

        /// Between nodes each value comes once and in order, whatever happens to the link.
        @Test(.needsNamespaces) func r12ACutLinkNeitherLosesNorRepeats() async throws {
            try await withCleanCluster(nodes: 2, .namespaces) { cluster in
                let running = try await Running(spec("cut", slots: 4), on: cluster)
                for round in 0..<3 {
                    try await running.stream(round * 200..<(round + 1) * 200) {
                        try await cluster.cut(cluster.nodes[0], cluster.nodes[1])
                        try await cluster.heal(cluster.nodes[0], cluster.nodes[1])
                    }
                }
                try await running.finish()
                try await memoryIsFree(cluster)
            }
        }

        /// An agent that dies and comes back finds the plan's block again.
        @Test(arguments: [0, 1]) func r12AnAgentsRestartDoesNotEndAPlan(_ victim: Int) async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let running = try await Running(spec("restart", slots: 4), on: cluster)
                try await running.stream(0..<400) {
                    try await cluster.nodes[victim].kill()
                    try await cluster.nodes[victim].start()
                }
                try await running.stream(400..<600)
                try await running.finish()
                try await memoryIsFree(cluster)
            }
        }

        /// A worker that dies ends its run with an error that names it; the same plan can run again at once.
        @Test(arguments: ["first", "middle", "last", "in.x", "out.y"])
        func r19AKilledWorkerEndsItsRun(_ victim: String) async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                for _ in 0..<2 {
                    let running = try await Running(spec("mortal"), on: cluster)
                    try await running.stream(0..<20)
                    let process = try #require(running.processes[victim])
                    let actor = try #require(running.run.plan.actors.first { $0.name == victim })
                    let calling = Task { try await running.stream(20..<100_000) }
                    try await process.kill()
                    let error = await #expect(throws: SluiceError.self) {
                        try await running.run.ended(timeout: .seconds(30))
                    }
                    #expect(error?.actor?.hasSuffix(victim) == true)
                    #expect(error?.node == actor.node)
                    #expect(error?.pid == process.pid)
                    // Who calls hears the same.
                    let met = await #expect(throws: SluiceError.self) { try await calling.value }
                    #expect(met?.node == actor.node)
                    running.client.close()
                    for (name, other) in running.processes where name != victim {
                        #expect(try await other.wait() == .code(1))
                        #expect(other.errors.contains(victim))
                    }
                    running.worker.close()
                    try await memoryIsFree(cluster)
                }
            }
        }

        /// So does a node; the others go on.
        @Test func r19ALostNodeEndsItsRuns() async throws {
            var options = ClusterOptions(nodes: 2)
            options.lease = .seconds(2)
            try await withCleanCluster(options) { cluster in
                let running = try await Running(spec("lost"), on: cluster)
                try await running.stream(0..<20)
                var local = spec("local")
                for index in local.actors.indices { local.actors[index].nodes = ["node1"] }
                let other = try await Running(local, on: cluster)
                for process in running.processes.values
                where process.label.hasSuffix("node2") { try await process.kill() }
                try await cluster.nodes[1].kill()
                let error = await #expect(throws: SluiceError.self) {
                    try await running.run.ended(timeout: .seconds(60))
                }
                #expect(error?.node == "node2")
                try await other.stream(0..<200)
                try await other.finish()
                running.client.close()
                for process in running.processes.values { try await process.wait() }
                running.worker.close()
                try await memoryIsFree(cluster)
            }
        }

        /// A coordinator that comes back does not know the run; what runs goes on.
        @Test func aCoordinatorsRestartDoesNotDisturbAPlan() async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let running = try await Running(spec("undisturbed", slots: 4), on: cluster)
                let job = try await running.client.launch(count: 300, timeout: .seconds(60))
                let pushing = Task {
                    for number in 0..<300 {
                        try await job.push(
                            "x", Tensor([Float](repeating: Float(number), count: 64)), timeout: .seconds(60))
                    }
                }
                for number in 0..<300 {
                    if number == 100 { try await cluster.coordinator.restart() }
                    let value = try await job.pull("y", timeout: .seconds(60)).tensor()
                    #expect(try value.array(of: Float.self)[63] == Float(2 * number))
                }
                try await pushing.value
                running.client.close()
                // There is nobody who could give it more to do: it comes to its end by itself.
                for process in running.processes.values { try await process.waitForSuccess(within: .seconds(60)) }
                running.worker.close()
                try await memoryIsFree(cluster)
            }
        }
    }
}
