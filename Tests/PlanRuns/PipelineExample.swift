import Foundation
import PlanFiles
import Planning
import Sluice
import SluiceModel
import SluicePlan
import SluiceTesting
import Testing

/// `deploy/plans/pipeline.yaml`: load → forward → backward → update, the first and the last on one node.
extension PlanRuns {
    @Suite struct PipelineExample {
        /// In the order in which a batch passes them.
        static let stages = ["load", "forward", "backward", "update"]
        static let firings: UInt64 = 100

        /// - Parameter slots: Of each register; nil: as planned.
        private func spec(slots: Int?) throws -> PlanSpec {
            let path = Page.root.appending(path: "deploy/plans/pipeline.yaml")
            var spec = try PlanFile.read(text: String(contentsOf: path, encoding: .utf8), named: path.path).spec
            for actor in spec.actors.indices {
                if spec.actors[actor].firings != nil { spec.actors[actor].firings = Self.firings }
                for kernel in spec.actors[actor].kernels.indices {
                    for output in spec.actors[actor].kernels[kernel].outputs.indices {
                        spec.actors[actor].kernels[kernel].outputs[output].slots = slots
                    }
                }
            }
            return spec
        }

        /// Kernels that tell when they begin, wait until they may go on, and pass on their firing's number.
        ///
        /// - Parameter mayGoOn: Whether this firing of this stage may end.
        private func kernels(
            _ trace: Trace, _ mayGoOn: @escaping @Sendable (_ stage: String, _ firing: UInt64) -> Bool
        ) throws -> KernelRegistry {
            var kernels = KernelRegistry.empty
            try kernels.register("simulated_device") { context in
                let (stage, firing) = (context.setup.actor, context.firing)
                trace.add(Int64(firing), to: stage)
                try trace.block(stage) { mayGoOn(stage, firing) }
                for number in 0..<context.inputCount {
                    guard let input = context.input(at: number) else { continue }
                    let elements = try input.elements(of: Float.self)
                    guard elements[0] == Float(firing), elements[elements.count - 1] == Float(firing) else {
                        throw Trace.Torn(actor: stage, firing: firing)
                    }
                }
                guard var out = context.output("out") else { return }
                var elements = try out.elements(of: Float.self)
                elements[0] = Float(firing)
                elements[elements.count - 1] = Float(firing)
            }
            return kernels
        }

        /// With the planned slots every stage works while every other one does, each on a batch of its own: so a batch comes out
        /// as often as the slowest stage takes one. Here none goes on before all of them are at it: it is not a matter of
        /// time. With one slot each, load cannot be at batch 2 while backward still has batch 0.
        @Test func aPipelineWithSlotsRunsAtItsSlowestStagesPace() async throws {
            let trace = Trace()
            let kernels = try kernels(trace) { stage, firing in
                // Stage s is at batch t - s in step t.
                let step = firing + UInt64(Self.stages.firstIndex(of: stage)!)
                return Self.stages.enumerated().allSatisfy { place, other in
                    guard step >= place, step - UInt64(place) < Self.firings else { return true }
                    return UInt64(trace.values(other).count) > step - UInt64(place)
                }
            }
            let stage = try await Stage(nodes: ["a", "b", "c"])
            try await stage.run(try spec(slots: nil), kernels: kernels, finishes: false) { run in
                let slowest = try #require(run.plan.actors.map(\.duration).max())
                #expect(run.plan.interval == slowest)
            }
            for name in Self.stages { #expect(trace.values(name) == (0..<Int64(Self.firings)).map { $0 }) }
            try await stage.end()
        }

        /// How far load gets while backward is at batch 0: backward's node and load's have so many slots each, and a slot of
        /// load's is free when its batch has landed on all other nodes.
        @Test(arguments: [(nil, 3), (1, 1)] as [(Int?, Int)])
        func aPipelinesSlotsBoundWhatIsUnderWay(_ asked: Int?, _ slots: Int) async throws {
            let trace = Trace()
            trace.allow("backward", 0)
            let kernels = try kernels(trace) { trace.isAllowed($0, $1) }
            let stage = try await Stage(nodes: ["a", "b", "c"])
            try await stage.run(try spec(slots: asked), kernels: kernels, finishes: false) { run in
                #expect(run.plan.registers.first { $0.name == "load/batch" }?.slots == slots)
                let isFull = { @Sendable in
                    trace.values("load").count == 2 * slots && trace.values("backward").count == 1
                }
                try await waitUntil("load to have stalled", within: .seconds(30), isFull)
                try await staysSo(isFull)
                trace.allow("backward", .max)
            }
            for name in Self.stages { #expect(trace.values(name) == (0..<Int64(Self.firings)).map { $0 }) }
            try await stage.end()
        }
    }
}
