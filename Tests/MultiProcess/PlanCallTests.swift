import Foundation
import Planning
import Sluice
import SluiceModel
import SluiceTesting
import Testing
import Wire

extension MultiProcess {
    /// What processes say to the coordinator about plans, by way of their agents.
    @Suite struct PlanCalls {
        /// Sources without consumers, all on one node: `count` of them, of `bytes` each.
        private func spec(_ name: String, node: String, count: Int = 1, bytes: Int = 64) throws -> [UInt8] {
            let spec = PlanSpec(
                name,
                actors: (0..<count).map { index in
                    PlanActor(
                        "a\(index)", nodes: [node],
                        kernels: [
                            KernelCall(
                                "k",
                                outputs: [
                                    OutputArgument(ArgumentName("out"), blob: "b\(index)", BlobType(.uint8, [bytes]))
                                ])
                        ])
                })
            return Array(try JSONEncoder().encode(spec))
        }

        private func apply(_ worker: Worker, _ spec: [UInt8]) async throws -> (run: RunID, plan: CompiledPlan) {
            let answer = try await call(worker, .apply(spec: spec))
            guard case .applied(let run, let json) = answer else {
                throw SluiceError(.protocolViolation, "\(answer)")
            }
            return (run, try JSONDecoder().decode(CompiledPlan.self, from: Data(json)))
        }

        private func call(_ worker: Worker, _ body: PlanCall.Body, timeout: Timeout = .seconds(30))
            async throws(SluiceError)
            -> PlanAnswer
        {
            try await worker.planCall(PlanCall(caller: 7, body), timeout: timeout, wish: "asking")
        }

        @Test func r13AnyNodesProcessesMeetInARun() async throws {
            try await withCluster(nodes: 2, mode: .inProcess) { cluster in
                let (here, there) = (try await cluster.nodes[0].worker(), try await cluster.nodes[1].worker())
                defer {
                    here.close()
                    there.close()
                }
                // Its plan takes several pages.
                let declared = try spec("p", node: "node1", count: 300)
                let (run, plan) = try await apply(here, declared)
                #expect(plan.actors.count == 300)
                #expect(try await apply(there, declared).run == run)
                async let value = call(there, .get(run, key: "k"))
                #expect(try await call(here, .put(run, key: "k", [1, 2, 3])) == .done)
                #expect(try await value == .value([1, 2, 3]))
                guard case .runs(let runs) = try await call(there, .show(plan: "p")) else { return }
                #expect(runs.map(\.run) == [run])
                let late = await #expect(throws: SluiceError.self) {
                    try await call(there, .get(run, key: "l"), timeout: .milliseconds(50))
                }
                #expect(late?.code == .timedOut)
                #expect(late?.message.contains("key \"l\"") == true)
                #expect(try await call(here, .stop(run, reason: "enough")) == .done)
                let stopped = await #expect(throws: SluiceError.self) { try await call(there, .get(run, key: "k")) }
                #expect(stopped?.code == .stopped)
            }
        }

        @Test func r17TheAgentsBudgetBoundsAPlan() async throws {
            var options = ClusterOptions(nodes: 1, mode: .inProcess)
            options.memory = 1 << 20
            try await withCluster(options) { cluster in
                let worker = try await cluster.nodes[0].worker()
                defer { worker.close() }
                let error = await #expect(throws: SluiceError.self) {
                    try await call(worker, .apply(spec: spec("p", node: "node1", bytes: 1 << 20)))
                }
                #expect(error?.code == .outOfMemory)
                #expect(error?.node == "node1")
                #expect(error?.available == 1 << 20)
            }
        }

        @Test func r13ARestartedCoordinatorAnswersWhoStillWaits() async throws {
            try await withCluster(nodes: 1) { cluster in
                let worker = try await cluster.nodes[0].worker()
                defer { worker.close() }
                let run = try await apply(worker, try spec("p", node: "node1")).run
                async let lost = call(worker, .get(run, key: "k"))
                async let unborn = call(worker, .join(plan: "q", actor: "a"), timeout: .seconds(3))
                // Asked before or after its death: they have no answer, and are asked again.
                try await cluster.coordinator.kill()
                try await cluster.coordinator.start()
                do {
                    _ = try await lost
                    Issue.record("a run outlived its coordinator")
                } catch {
                    #expect((error as? SluiceError)?.code == .unknownRun, "\(error)")
                }
                do {
                    _ = try await unborn
                    Issue.record("a plan that was never applied was joined")
                } catch {
                    #expect((error as? SluiceError)?.code == .timedOut, "\(error)")
                }
            }
        }
    }
}
