import Glibc
import Planning
import Sluice
import SluiceModel
import SluicePlan
import SluiceTesting
import Testing

/// What fails, fails alone, says who and where, and leaves nothing.
extension PlanRuns {
    @Suite struct Failures {
        private struct Broken: Error, CustomStringConvertible { let description = "it is broken" }

        private func endless(_ name: String, to node: String = "node2") -> PlanSpec {
            PlanSpec(
                name,
                actors: [
                    Numbers.source("source", "a", node: "node1"),
                    Numbers.stage("sink", "tell", from: ["a"], to: nil, node: node),
                ])
        }

        /// Runs a plan's actors on all nodes; each task's value is how it ended there.
        private func start(_ stage: Stage, _ run: PlanRun, _ kernels: KernelRegistry) -> [Task<SluiceError?, Never>] {
            stage.workers.map { worker in
                Task {
                    do throws(SluiceError) {
                        try await PlanWorker(worker, kernels: kernels).run(run)
                        return nil
                    } catch { return error }
                }
            }
        }

        private func usedMemory(_ stage: Stage) async throws -> UInt64 {
            try await stage.workers[0].status().nodes.compactMap { $0.agent?.memoryUsed }.reduce(0, +)
        }

        @Test func r19AFailedKernelEndsItsRunAndNoOther() async throws {
            let stage = try await Stage(nodes: 2)
            let trace = Trace()
            var kernels = try trace.kernels()
            try kernels.register("break") { context in
                if context.firing == 5 { throw Broken() }
                if let input = context.input("in") { trace.add(try input.elements(of: Int64.self)[0], to: "before") }
            }
            let before = try await usedMemory(stage)
            let other = try await PlanRun.apply(endless("other"), by: stage.workers[0])
            let others = start(stage, other, kernels)
            try await other.started(timeout: .seconds(30))
            for _ in 0..<2 {
                let spec = PlanSpec(
                    "breaking",
                    actors: [
                        Numbers.source("source", "a", node: "node1"),
                        Numbers.stage("middle", "break", from: ["a"], to: nil, node: "node2"),
                    ])
                let run = try await PlanRun.apply(spec, by: stage.workers[0])
                let actors = start(stage, run, kernels)
                for actor in actors {
                    let error = await actor.value
                    #expect(error?.code == .application)
                    #expect(error?.actor?.hasSuffix("middle") == true)
                    #expect(error?.node == "node2")
                    #expect(error?.message.contains("it is broken") == true)
                }
                let error = await #expect(throws: SluiceError.self) { try await run.ended(timeout: .seconds(30)) }
                #expect(error?.node == "node2")
            }
            // The other plan has not noticed.
            let seen = trace.values("sink").count
            try await waitUntil("the other plan goes on", within: .seconds(30)) {
                trace.values("sink").count > seen + 100
            }
            try await other.stop(reason: "the test is over")
            for actor in others { #expect(await actor.value != nil) }
            try await waitUntil("all memory is free", within: .seconds(30)) { try await usedMemory(stage) == before }
            try await stage.end()
        }

        @Test func r19ABadSizeNamesActorAndNode() async throws {
            let stage = try await Stage(nodes: 1)
            var kernels = KernelRegistry()
            try kernels.register("too large") { context in
                guard var out = context.output("out") else { return }
                try out.setShape([9])
            }
            let spec = PlanSpec(
                "large",
                actors: [
                    PlanActor(
                        "maker",
                        kernels: [
                            KernelCall(
                                "too large", outputs: [Numbers.output("a", BlobType(.int64, [8], isDynamic: true))])
                        ]), Numbers.stage("sink", "copy", from: ["a"], to: "b"),
                ])
            let run = try await PlanRun.apply(spec, by: stage.workers[0])
            let error = await start(stage, run, kernels)[0].value
            #expect(error?.code == .valueTooLarge)
            #expect(error?.actor == "maker")
            #expect(error?.node == "node1")
            #expect(error?.needed == 72)
            #expect(error?.available == 64)
            try await stage.end()
        }

        /// An error in a kernel reaches whoever has called the function.
        @Test func r14AnErrorInAKernelReachesTheCaller() async throws {
            let stage = try await Stage(nodes: 1)
            var kernels = KernelRegistry()
            try kernels.register("refuse") { _ in throw Broken() }
            let type = BlobType(.float32, [1])
            let spec = PlanSpec(
                "refusing", inputs: [PlanInput("x", type)],
                actors: [
                    PlanActor(
                        "refuser",
                        kernels: [
                            KernelCall(
                                "refuse", inputs: [InputArgument(ArgumentName("in"), blob: "x")],
                                outputs: [OutputArgument(ArgumentName("out"), blob: "y", type)])
                        ])
                ], outputs: [PlanOutput("y", blob: "y")])
            let run = try await PlanRun.apply(spec, by: stage.workers[0])
            let actors = start(stage, run, kernels)
            let client = try await PlanClient.connect(to: "refusing", by: stage.workers[0])
            let error = await #expect(throws: SluiceError.self) {
                _ = try await client.call(nil, ["x": .tensor(Tensor([1] as [Float]))], timeout: .seconds(20))
            }
            #expect(error?.code == .application)
            #expect(error?.actor == "refuser")
            #expect(error?.message.contains("it is broken") == true)
            #expect(await actors[0].value?.code == .application)
            client.close()
            try await stage.end()
        }

        /// A job that is given up before it has all of its inputs fails by itself; the next one is served.
        @Test func r14AJobThatIsGivenUpFailsAlone() async throws {
            let stage = try await Stage(nodes: 2)
            try await stage.run(twoFunctions(matmul: "node1", addN: "node2")) { run in
                let client = try await PlanClient.connect(to: "two-functions", by: stage.workers[0])
                let other = try await PlanClient.connect(to: "two-functions", by: stage.workers[1])
                do {
                    let job = try await client.launch(timeout: .seconds(10))
                    try await job.push("x", try Tensor(Seed.x, shape: [3, 3]))
                }
                let outputs = try await other.call(nil, try Seed.inputs(), timeout: .seconds(20))
                #expect(try outputs["a"].floats == Seed.a)
                // And one whose client leaves in the middle.
                do {
                    let leaving = try await PlanClient.connect(to: "two-functions", by: stage.workers[1])
                    let job = try await leaving.launch(timeout: .seconds(10))
                    try await job.push("y", try Tensor(Seed.y, shape: [3, 3]))
                    leaving.close()
                }
                let again = try await client.call(nil, try Seed.inputs(), timeout: .seconds(20))
                #expect(try again["a"].floats == Seed.a)
                client.close()
                other.close()
            }
            try await stage.end()
        }

        /// A launch that was not granted in time takes its turn all the same, and holds nobody up.
        @Test func r15ALaunchThatTimesOutHoldsNobodyUp() async throws {
            let stage = try await Stage(nodes: 1)
            try await stage.run(twoFunctions()) { run in
                let client = try await PlanClient.connect(to: "two-functions", by: stage.workers[0])
                let first = try await client.launch(timeout: .seconds(10))
                let error = await #expect(throws: SluiceError.self) {
                    _ = try await client.launch(timeout: .milliseconds(50))
                }
                #expect(error?.code == .timedOut)
                let cancelled = Task { try await client.launch(timeout: .seconds(60)) }
                try await waitUntil("it waits", within: .seconds(30)) { try await run.status().queuedJobs >= 1 }
                cancelled.cancel()
                await #expect(throws: SluiceError.self) { _ = try await cancelled.value }
                for (name, value) in try Seed.inputs() { try await first.push(name, value) }
                #expect(try await Optional(first.pull("a", timeout: .seconds(10))).floats == Seed.a)
                for _ in 0..<2 {
                    let outputs = try await client.call(nil, try Seed.inputs(), timeout: .seconds(20))
                    #expect(try outputs["z"].floats == Seed.z)
                }
                client.close()
            }
            try await stage.end()
        }

        /// An actor that waits for a value, one that waits for a slot, and a call: a stop ends all of them.
        @Test func r19AStopEndsWhateverWaits() async throws {
            let stage = try await Stage(nodes: 2)
            let trace = Trace()
            trace.allow("sink", 0)
            let run = try await PlanRun.apply(endless("waiting"), by: stage.workers[0])
            let actors = start(stage, run, try trace.kernels())
            try await run.started(timeout: .seconds(30))
            try await trace.wait("source", 2)
            try await run.stop(reason: "enough")
            trace.allow("sink", .max)
            for actor in actors {
                let error = await actor.value
                #expect(error?.message.contains("enough") == true)
            }
            try await stage.end()
        }

        /// Also whoever waits for an actor that never comes.
        @Test func r19AStopEndsWhoeverWaitsForAnActor() async throws {
            let stage = try await Stage(nodes: 2)
            let trace = Trace()
            let kernels = try trace.kernels()
            let run = try await PlanRun.apply(endless("half there"), by: stage.workers[0])
            // The source's reader would be on the other node, where nobody runs it.
            let actor = Task { () -> SluiceError? in
                do throws(SluiceError) {
                    try await PlanWorker(stage.workers[0], kernels: kernels).run(run)
                    return nil
                } catch { return error }
            }
            try await waitUntil("the source has joined", within: .seconds(30)) {
                try await run.status().actors.contains { $0.state == .joined }
            }
            // It is registered when it begins to wait for the other one.
            try await waitUntil("the source waits", within: .seconds(30)) {
                try await stage.workers[0].status().actors.contains { $0.name.hasSuffix("/source") }
            }
            try await run.stop(reason: "nobody comes")
            let error = await actor.value
            #expect(error?.message.contains("nobody comes") == true)
            try await stage.end()
        }

        /// A register whose reader is there and has not opened it does not keep an ended run's memory.
        @Test func r19AStopWaitsForNoReaderThatHasNotOpened() async throws {
            let stage = try await Stage(nodes: 1)
            let trace = Trace()
            let kernels = try trace.kernels()
            let run = try await PlanRun.apply(endless("not opened", to: "node1"), by: stage.workers[0])
            // In the sink's place, somebody who reads nothing.
            let sink = try await stage.workers[0].register(actor: "plan/not opened/\(run.id)/sink")
            let source = Task { () -> SluiceError? in
                do throws(SluiceError) {
                    try await PlanWorker(stage.workers[0], kernels: kernels).run(run, actors: ["source"])
                    return nil
                } catch { return error }
            }
            try await waitUntil("the source is ready", within: .seconds(30)) {
                try await run.status().actors.contains { $0.name == "source" && $0.state == .ready }
            }
            // Agents wait a minute for readers of other channels.
            try await run.stop(reason: "enough")
            let end = await #expect(throws: SluiceError.self) { try await run.ended(timeout: .seconds(20)) }
            #expect(end?.message.contains("enough") == true)
            let error = await source.value
            #expect(error?.message.contains("enough") == true)
            withExtendedLifetime(sink) {}
            try await stage.end()
        }

        /// What a run's processes tell each other by key, and the barrier, from several nodes.
        @Test func r13KeysAreWaitedFor() async throws {
            let stage = try await Stage(nodes: 2)
            let trace = Trace()
            let run = try await PlanRun.apply(endless("keys"), by: stage.workers[0])
            let same = try await PlanRun.find("keys", by: stage.workers[1])
            #expect(same.id == run.id)
            let waiting = Task { try await same.get("a key", timeout: .seconds(30)) }
            let missing = await #expect(throws: SluiceError.self) {
                try await same.get("another", timeout: .milliseconds(50))
            }
            #expect(missing?.code == .timedOut)
            try await run.put("a key", [1, 2, 3])
            #expect(try await waiting.value == [1, 2, 3])
            #expect(try await run.get("a key") == [1, 2, 3])
            let taken = await #expect(throws: SluiceError.self) { try await run.put("a key", [4]) }
            #expect(taken != nil)
            let actors = start(stage, run, try trace.kernels())
            try await run.started(timeout: .seconds(30))
            try await run.stop(reason: "the test is over")
            for actor in actors { _ = await actor.value }
            // The keys have gone with it.
            await #expect(throws: SluiceError.self) { try await same.get("a key", timeout: .milliseconds(50)) }
            try await stage.end()
        }

        /// Another plan of the same name has to wait for this one's end.
        @Test func r1AnotherPlanOfThatNameIsRefused() async throws {
            let stage = try await Stage(nodes: 2)
            let run = try await PlanRun.apply(endless("twice"), by: stage.workers[0])
            var other = endless("twice")
            other.actors[0].firings = 7
            let refusal = await #expect(throws: SluiceError.self) {
                try await PlanRun.apply(other, by: stage.workers[1])
            }
            #expect(refusal?.code == .nameTaken)
            try await run.stop(reason: "for the other one")
            _ = try? await run.ended(timeout: .seconds(10))
            let next = try await PlanRun.apply(other, by: stage.workers[1])
            #expect(next.id != run.id)
            try await next.stop(reason: "the test is over")
            _ = try? await next.ended(timeout: .seconds(10))
            try await stage.end()
        }
    }
}
