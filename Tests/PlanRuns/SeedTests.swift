import Planning
import Sluice
import SluiceModel
import SluicePlan
import Testing

/// The seed's script: two functions over matrices, bit for bit.
extension PlanRuns {
    @Suite struct SeedScript {
        @Test func inOneProcess() async throws {
            let stage = try await Stage(nodes: 1)
            try await stage.run(twoFunctions()) { run in
                let client = try await PlanClient.connect(to: "two-functions", by: stage.workers[0])
                let outputs = try await client.call(nil, try Seed.inputs(), timeout: .seconds(30))
                #expect(try outputs["z"].floats == Seed.z)
                #expect(try outputs["a"].floats == Seed.a)
                client.close()
            }
            try await stage.end()
        }

        @Test func withTheFunctionsOnDifferentNodes() async throws {
            let stage = try await Stage(nodes: 2)
            try await stage.run(twoFunctions(matmul: "node1", addN: "node2")) { run in
                for worker in stage.workers {
                    let client = try await PlanClient.connect(to: "two-functions", by: worker)
                    for _ in 0..<3 {
                        let outputs = try await client.call(nil, try Seed.inputs(), timeout: .seconds(30))
                        #expect(try outputs["z"].floats == Seed.z)
                        #expect(try outputs["a"].floats == Seed.a)
                    }
                    client.close()
                }
            }
            try await stage.end()
        }
    }
}
