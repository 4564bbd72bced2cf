import Planning
import Sluice
import SluiceModel
import SluicePlan
import Testing

/// The examples of the page about plans, word for word, each with what must come of it.
extension PlanRuns {
    @Suite struct PlanExamples {
        /// Counts how many elements are above a limit, in all values so far.
        struct Alarms: Kernel {
            let limit: Float
            let input: InputHandle
            let output: OutputHandle
            let total: VariableHandle

            init(_ setup: KernelSetup) throws {
                guard let limit = try setup.number("limit") else { throw setup.refusal("it needs a limit") }
                self.limit = Float(limit)
                input = try setup.requireInput("in")
                output = try setup.requireOutput("out")
                total = try setup.requireVariable("total")
            }

            mutating func compute(_ context: borrowing KernelContext) throws {
                let view = try context.require(input)
                let elements = try view.elements(of: Float.self)
                var kept = try context.require(total)
                var totals = try kept.elements(of: Int64.self)
                for index in elements.indices where elements[index] > limit { totals[0] += 1 }
                var target = try context.require(output)
                var counts = try target.elements(of: Int64.self)
                counts[0] = totals[0]
            }
        }

        @Test func declaring() throws {
            var plan = PlanBuilder("two-functions")
            let x = plan.input("x", Float.self, [3, 3])
            let y = plan.input("y", Float.self, [3, 3])
            let z = plan.matmul("z", x, y, on: "matmul")
            let a = plan.addN("a", [x, y, z], on: "add_n")
            plan.output("z", z)
            plan.output("a", a)
            let spec = plan.spec
            #expect(spec == twoFunctions())
        }

        @Test func running() async throws {
            let stage = try await Stage(nodes: 1)
            let (worker, spec) = (stage.workers[0], twoFunctions())
            let x = try Tensor(Seed.x, shape: [3, 3])
            let y = try Tensor(Seed.y, shape: [3, 3])
            let run = try await PlanRun.apply(spec, by: worker)
            let actors = Task { try await PlanWorker(worker).run(run) }  // all that are on this worker's node
            try await run.started()
            let client = try await PlanClient.connect(to: "two-functions", by: worker)
            let outputs = try await client.call(nil, ["x": .tensor(x), "y": .tensor(y)])
            #expect(try outputs["a"].floats == Seed.a)
            #expect(try outputs["z"].floats == Seed.z)
            client.close()
            try await run.finish()
            try await run.ended()
            try await actors.value
            try await stage.end()
        }

        @Test func kernels() async throws {
            var kernels = KernelRegistry()
            try kernels.register("halve") { context in
                guard let input = context.input("in"), var output = context.output("out") else { return }
                let source = try input.elements(of: Float.self)
                var target = try output.elements(of: Float.self)
                for index in source.indices { target[index] = source[index] / 2 }
            }
            try kernels.registerKernel("alarms", making: { setup in try Alarms(setup) })
            var plan = PlanBuilder("alarms")
            let readings = plan.input("readings", Float.self, [4])
            let halves = plan.call(
                "halve", on: "watch", ["in": readings], makes: Making("halves", Float.self, [4]))
            let alarms = plan.call(
                "alarms", on: "watch", ["in": halves], makes: Making("alarms", Int64.self, [1]),
                variables: [PlanVariable("total", Int64.self, [1])], attributes: ["limit": .number(10)])
            plan.output("alarms", alarms)
            let stage = try await Stage(nodes: 1)
            try await stage.run(plan.spec, kernels: kernels) { _ in
                let client = try await PlanClient.connect(to: "alarms", by: stage.workers[0])
                for total: Int64 in [2, 4, 6] {
                    let outputs = try await client.call(
                        nil, ["readings": .tensor(Tensor([1, 20, 21, 100] as [Float]))], timeout: .seconds(30))
                    #expect(try outputs["alarms"]?.tensor().array(of: Int64.self) == [total])
                }
                client.close()
            }
            try await stage.end()
        }

        @Test func jobs() async throws {
            let stage = try await Stage(nodes: 1)
            try await stage.run(twoFunctions()) { _ in
                let client = try await PlanClient.connect(to: "two-functions", by: stage.workers[0])
                let matrices = try (0..<50).map { try Tensor([Float](repeating: Float($0), count: 9), shape: [3, 3]) }
                let job = try await client.launch(count: 50)
                let pushing = Task {
                    for matrix in matrices {
                        try await job.push("x", matrix)
                        try await job.push("y", matrix)
                    }
                }
                for number in 0..<50 {
                    let a = try await job.pull("a").tensor()
                    #expect(try a[0, 0, as: Float.self] == Float(2 * number + 3 * number * number))
                    _ = try await job.pull("z")
                }
                try await pushing.value
                try await job.finished()
                client.close()
            }
            try await stage.end()
        }
    }
}
