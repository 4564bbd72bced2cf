import Glibc
import Planning
import Sluice
import SluiceModel
import SluicePlan
import SluiceTesting
import Synchronization
import Testing

/// Functions of plans, called from anywhere.
extension PlanRuns {
    @Suite struct Jobs {
        private func doubling(
            _ name: String = "doubling", type: BlobType = BlobType(.float32, [2, 3]), node: String? = nil
        )
            -> PlanSpec
        {
            PlanSpec(
                name, inputs: [PlanInput("x", type)],
                actors: [
                    PlanActor(
                        "double", nodes: node.map { [$0] } ?? [],
                        kernels: [
                            KernelCall(
                                "add_n",
                                inputs: [Numbers.input("x", 0), Numbers.input("x", 1)],
                                outputs: [OutputArgument(ArgumentName("out"), blob: "y", type)])
                        ])
                ], outputs: [PlanOutput("y", blob: "y")])
        }

        /// Arrays are taken as they are at the call, also those that do not lie in a row, and results come to whoever asked.
        @Test func r14ArraysArePushedAndPulledByName() async throws {
            let stage = try await Stage(nodes: 2)
            try await stage.run(doubling(node: "node1")) { run in
                for worker in stage.workers {
                    let client = try await PlanClient.connect(to: "doubling", by: worker)
                    let square = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2]).transposed()
                    #expect(!square.isContiguous)
                    let outputs = try await client.call(nil, ["x": .tensor(square)], timeout: .seconds(30))
                    #expect(try outputs["y"].floats == [2, 6, 10, 4, 8, 12])
                    client.close()
                }
            }
            try await stage.end()
        }

        /// What is wrong is said at the call, and nothing has been sent: the next job is served as if nothing had been.
        @Test func r14WhatIsWrongIsRefusedAtTheCall() async throws {
            let stage = try await Stage(nodes: 1)
            var spec = doubling(type: BlobType(.float32, [2, 3], isDynamic: true))
            spec.functions = [PlanFunction("twice", inputs: ["x"], outputs: ["y"])]
            try await stage.run(spec) { run in
                let client = try await PlanClient.connect(to: "doubling", by: stage.workers[0])
                let good = PlanValue.tensor(try Tensor([1, 2] as [Float], shape: [1, 2]))
                let wrong: [([String: PlanValue], SluiceError.Code)] = [
                    ([:], .invalidArgument), (["x": good, "z": good], .invalidArgument),
                    (["x": .tensor(try Tensor([1, 2] as [Double], shape: [1, 2]))], .invalidArgument),
                    (["x": .tensor(Tensor([1, 2] as [Float]))], .invalidArgument),
                    (["x": .strings([[1]])], .invalidArgument),
                    (["x": .tensor(try Tensor([Float](repeating: 1, count: 8), shape: [2, 4]))], .valueTooLarge),
                ]
                for (inputs, code) in wrong {
                    let error = await #expect(throws: SluiceError.self) {
                        _ = try await client.call(nil, inputs, timeout: .seconds(10))
                    }
                    #expect(error?.code == code)
                }
                let error = await #expect(throws: SluiceError.self) {
                    _ = try await client.call("thrice", ["x": good], timeout: .seconds(10))
                }
                #expect(error?.message.contains("twice") == true)
                let outputs = try await client.call("twice", ["x": good], timeout: .seconds(10))
                #expect(try outputs["y"].floats == [2, 4])
                client.close()
            }
            try await stage.end()
        }

        /// Many values of one job are in the plan at once; a pull that does not wait says which of three things is so.
        @Test func r14AJobMayHaveManyValues() async throws {
            let stage = try await Stage(nodes: 1)
            try await stage.run(doubling()) { run in
                let client = try await PlanClient.connect(to: "doubling", by: stage.workers[0])
                let job = try await client.launch(count: 20, timeout: .seconds(10))
                if case .empty = try await job.tryPull("y") {} else { Issue.record("there is nothing yet") }
                let pushing = Task {
                    for number in 0..<20 {
                        try await job.push(
                            "x", try Tensor([Float](repeating: Float(number), count: 6), shape: [2, 3]),
                            timeout: .seconds(10))
                    }
                }
                for number in 0..<20 {
                    let value = try await job.pull("y", timeout: .seconds(10))
                    #expect(try value.tensor().array(of: Float.self) == [Float](repeating: Float(2 * number), count: 6))
                }
                try await pushing.value
                if case .closed = try await job.tryPull("y") {} else { Issue.record("all of it has been pulled") }
                await #expect(throws: SluiceError.self) {
                    try await job.push("x", try Tensor([Float](repeating: 0, count: 6), shape: [2, 3]))
                }
                try await job.finished(timeout: .seconds(10))
                client.close()
            }
            try await stage.end()
        }

        /// Variables stay from job to job, of whichever client.
        @Test func r14VariablesStayFromJobToJob() async throws {
            let stage = try await Stage(nodes: 2)
            let type = BlobType(.float32, [2])
            let spec = PlanSpec(
                "sums", inputs: [PlanInput("x", type)],
                actors: [
                    PlanActor(
                        "sum",
                        kernels: [
                            KernelCall(
                                "accumulate", inputs: [InputArgument(ArgumentName("in"), blob: "x")],
                                outputs: [OutputArgument(ArgumentName("out"), blob: "y", type)],
                                variables: [PlanVariable(ArgumentName("sum"), type)])
                        ])
                ], outputs: [PlanOutput("y", blob: "y")])
            try await stage.run(spec) { run in
                for (number, worker) in (stage.workers + stage.workers).enumerated() {
                    let client = try await PlanClient.connect(to: "sums", by: worker)
                    let outputs = try await client.call(
                        nil, ["x": .tensor(Tensor([1, 10] as [Float]))], timeout: .seconds(10))
                    #expect(try outputs["y"].floats == [Float(number + 1), Float(10 * (number + 1))])
                    client.close()
                }
            }
            try await stage.end()
        }

        /// Jobs that share an input do not overlap, first come first served; disjoint ones run together.
        @Test func r15JobsThatShareAnInterfaceTakeTurns() async throws {
            let stage = try await Stage(nodes: 1)
            let trace = Trace()
            var kernels = KernelRegistry()
            try kernels.register("slow") { context in
                guard let input = context.input("in") else { return }
                let number = Int64(try input.elements(of: Float.self)[0])
                trace.add(number, to: "\(context.setup.actor) begins")
                try trace.pass("\(context.setup.actor) \(number)", 0)
                guard var out = context.output("out") else { return }
                try out.copy(input)
                trace.add(number, to: "\(context.setup.actor) ends")
            }
            let type = BlobType(.float32, [1])
            func function(_ name: String) -> PlanActor {
                PlanActor(
                    name,
                    kernels: [
                        KernelCall(
                            "slow", inputs: [InputArgument(ArgumentName("in"), blob: "x.\(name)")],
                            outputs: [OutputArgument(ArgumentName("out"), blob: "y.\(name)", type)])
                    ])
            }
            let spec = PlanSpec(
                "queue", inputs: [PlanInput("x.f", type), PlanInput("x.g", type)],
                actors: [function("f"), function("g")],
                outputs: [PlanOutput("y.f", blob: "y.f"), PlanOutput("y.g", blob: "y.g")],
                functions: [
                    PlanFunction("f", inputs: ["x.f"], outputs: ["y.f"]),
                    PlanFunction("g", inputs: ["x.g"], outputs: ["y.g"]),
                ])
            for number in 0..<3 { trace.allow("f \(number)", 0) }
            try await stage.run(spec, kernels: kernels) { run in
                let client = try await PlanClient.connect(to: "queue", by: stage.workers[0])
                @Sendable func call(_ function: String, _ number: Float) async throws -> [Float] {
                    let outputs = try await client.call(
                        function, ["x.\(function)": .tensor(Tensor([number]))], timeout: .seconds(60))
                    return try outputs["y.\(function)"].floats
                }
                var calls: [Task<[Float], any Error>] = []
                for number in 0..<3 {
                    calls.append(Task { try await call("f", Float(number)) })
                    // In this order.
                    try await waitUntil("job \(number) is there", within: .seconds(30)) {
                        let status = try await run.status()
                        return status.queuedJobs + status.grantedJobs == number + 1
                    }
                }
                try await waitUntil("the first one is under way", within: .seconds(30)) {
                    trace.values("f begins") == [0]
                }
                // The other function is not in its way.
                #expect(try await call("g", 7) == [7])
                try await staysSo { trace.values("f begins") == [0] }
                for number in 0..<3 {
                    trace.allow("f \(number)", .max)
                    #expect(try await calls[number].value == [Float(number)])
                }
                #expect(trace.values("f begins") == [0, 1, 2])
                client.close()
            }
            try await stage.end()
        }

        /// Parallel producers of one blob, found by name and index.
        @Test func r18ABlobOfParallelProducersIsFoundByIndex() async throws {
            let stage = try await Stage(nodes: 2)
            let trace = Trace()
            var kernels = try trace.kernels()
            try kernels.register("shard") { context in
                guard var out = context.output("out") else { return }
                var elements = try out.elements(of: Int64.self)
                for index in elements.indices {
                    elements[index] = Int64(context.setup.index * 100) + Int64(context.firing)
                }
            }
            try kernels.register("gather") { context in
                for index in 0..<3 {
                    guard let named = context.input("in", index), let blob = context.input(blob: "a", index) else {
                        throw Trace.Stuck(actor: "gather")
                    }
                    let value = try named.elements(of: Int64.self)[0]
                    let same = try blob.elements(of: Int64.self)[0] == value
                    trace.add(same ? value : -1, to: "shard \(index)")
                }
                if context.input("in", 3) != nil { throw Trace.Stuck(actor: "gather") }
            }
            let spec = PlanSpec(
                "shards",
                actors: [
                    PlanActor(
                        "shard", nodes: ["node1", "node2", "node1"], parallel: 3,
                        kernels: [KernelCall("shard", outputs: [Numbers.output("a")])], firings: 10),
                    Numbers.stage("gather", "gather", from: ["a"], to: nil, node: "node2"),
                ])
            try await stage.run(spec, kernels: kernels, finishes: false) { _ in }
            for index in 0..<3 { #expect(trace.values("shard \(index)") == (0..<10).map { Int64(index * 100) + $0 }) }
            try await stage.end()
        }

        /// Only the bytes that are there travel.
        @Test func r11OnlyActualBytesTravel() async throws {
            let stage = try await Stage(nodes: 2)
            let trace = Trace()
            var kernels = KernelRegistry()
            try kernels.register("grow") { context in
                guard var out = context.output("out") else { return }
                let count = Int(context.firing) * 10
                try out.setShape([count])
                var elements = try out.elements(of: UInt8.self)
                for index in elements.indices {
                    elements[index] = UInt8(truncatingIfNeeded: index &+ Int(context.firing))
                }
            }
            try kernels.register("check") { context in
                guard let input = context.input("in") else { return }
                let elements = try input.elements(of: UInt8.self)
                for index in elements.indices
                where elements[index] != UInt8(truncatingIfNeeded: index &+ Int(context.firing)) {
                    throw Trace.Torn(actor: "check", firing: context.firing)
                }
                trace.add(Int64(input.count), to: "sizes")
            }
            let type = BlobType(.uint8, [1 << 20], isDynamic: true)
            let spec = PlanSpec(
                "dynamic",
                actors: [
                    PlanActor(
                        "grow", nodes: ["node1"],
                        kernels: [KernelCall("grow", outputs: [Numbers.output("a", slots: 2, type)])], firings: 50),
                    Numbers.stage("check", "check", from: ["a"], to: nil, node: "node2"),
                ])
            try await stage.run(spec, kernels: kernels, finishes: false) { _ in }
            #expect(trace.values("sizes") == (0..<50).map { $0 * 10 })
            let status = try await stage.workers[0].status()
            let sent = status.nodes.compactMap { $0.agent?.bytesSent }.reduce(0, +)
            // 50 values of a MiB would be 50 MiB; what there is of them is about 16 kB.
            #expect(sent < 1 << 20)
            try await stage.end()
        }
    }
}
