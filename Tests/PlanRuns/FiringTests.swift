import Planning
import Sluice
import SluiceModel
import SluicePlan
import SluiceTesting
import Testing

/// When actors fire, on real rings: on one node, and on two.
extension PlanRuns {
    @Suite struct Firings {
        /// Nothing begins before everybody is there, on every node.
        @Test func r4SourcesWaitForTheBarrier() async throws {
            let stage = try await Stage(nodes: 2)
            let trace = Trace()
            let kernels = try trace.kernels()
            let spec = PlanSpec(
                "barrier",
                actors: [
                    Numbers.source("early", "a", node: "node1", firings: 3),
                    Numbers.stage("sink", "tell", from: ["a"], to: nil, node: "node1"),
                    Numbers.source("late", "b", node: "node2", firings: 3),
                    Numbers.stage("other", "tell", from: ["b"], to: nil, node: "node2"),
                ])
            let run = try await PlanRun.apply(spec, by: stage.workers[0])
            let first = Task { try await PlanWorker(stage.workers[0], kernels: kernels).run(run) }
            // All of node1 is ready; node2 is not there.
            try await waitUntil("node1 is ready", within: .seconds(30)) {
                try await run.status().actors.filter { $0.state == .ready }.count == 2
            }
            try await staysSo { trace.values("early").isEmpty }
            let second = Task { try await PlanWorker(stage.workers[1], kernels: kernels).run(run) }
            try await first.value
            try await second.value
            #expect(trace.values("sink") == [0, 1, 2])
            #expect(trace.values("other") == [0, 1, 2])
            try await stage.end()
        }

        /// An actor with two inputs fires on pairs, however unequal their producers are.
        @Test(arguments: [["node1", "node1", "node1"], ["node1", "node2", "node2"], ["node2", "node1", "node2"]])
        func r4ManyInputsJoin(_ homes: [String]) async throws {
            let stage = try await Stage(nodes: 2)
            let trace = Trace()
            let spec = PlanSpec(
                "join",
                actors: [
                    Numbers.source("left", "a", node: homes[0], firings: 50),
                    Numbers.source("right", "b", node: homes[1], firings: 50),
                    Numbers.stage("both", "add", from: ["a", "b"], to: nil, node: homes[2]),
                ])
            trace.allow("left", 0)
            try await stage.run(spec, kernels: trace.kernels(), finishes: false) { _ in
                try await waitUntil("the right one has stalled", within: .seconds(30)) {
                    trace.values("right").count >= 1
                }
                try await staysSo { trace.values("both").isEmpty }
                trace.allow("left", .max)
            }
            #expect(trace.values("both") == (0..<50).map { 2 * $0 + 1 })
            try await stage.end()
        }

        /// With n slots and an idle consumer a producer stalls after n values, and goes on at the first release.
        @Test(arguments: [1, 2, 3, 7])
        func r5AProducerStallsAfterAsManyValuesAsSlots(_ slots: Int) async throws {
            let stage = try await Stage(nodes: 1)
            let trace = Trace()
            trace.allow("sink", 0)
            let spec = PlanSpec(
                "stall",
                actors: [
                    Numbers.source("source", "a", slots: slots, firings: 40),
                    Numbers.stage("sink", "tell", from: ["a"], to: nil),
                ])
            try await stage.run(spec, kernels: trace.kernels(), finishes: false) { _ in
                try await trace.wait("source", slots)
                try await staysSo { trace.values("source").count == slots }
                for released in 1...3 {
                    trace.allow("sink", Int64(released))
                    try await trace.wait("source", slots + released)
                    try await staysSo { trace.values("source").count == slots + released }
                }
                trace.allow("sink", .max)
            }
            #expect(trace.values("sink") == Array(0..<40))
            try await stage.end()
        }

        /// The slowest of several consumers holds the producer back, wherever it is; one that nobody reads does not.
        @Test func r5TheSlowestConsumerGates() async throws {
            let stage = try await Stage(nodes: 2)
            let trace = Trace()
            trace.allow("slow", 2)
            let spec = PlanSpec(
                "slowest",
                actors: [
                    Numbers.source("source", "a", node: "node1", slots: 2, firings: 30),
                    Numbers.stage("fast", "tell", from: ["a"], to: nil, node: "node1"),
                    Numbers.stage("slow", "tell", from: ["a"], to: nil, node: "node1"),
                    Numbers.stage("remote", "add", from: ["a"], to: "unread", node: "node2"),
                ])
            try await stage.run(spec, kernels: trace.kernels(), finishes: false) { _ in
                try await trace.wait("slow", 2)
                try await trace.wait("fast", 4)
                try await staysSo { trace.values("fast").count == 4 && trace.values("source").count == 4 }
                trace.allow("slow", .max)
            }
            #expect(trace.values("slow") == Array(0..<30))
            #expect(trace.values("fast") == Array(0..<30))
            #expect(trace.values("remote").count == 30)
            try await stage.end()
        }

        /// Order without payload, within a node and across.
        @Test(arguments: [["node1", "node1"], ["node1", "node2"]])
        func r8AControlRegisterOrdersFirings(_ homes: [String]) async throws {
            let stage = try await Stage(nodes: 2)
            let trace = Trace()
            trace.allow("first", 0)
            let spec = PlanSpec(
                "order",
                actors: [
                    Numbers.source("first", "a", node: homes[0], firings: 20),
                    Numbers.source("second", "b", node: homes[1]),
                    Numbers.stage("sink", "tell", from: ["a"], to: nil, node: homes[0]),
                    Numbers.stage("other", "tell", from: ["b"], to: nil, node: homes[1]),
                ], controls: [ControlEdge(before: "first", after: "second")])
            try await stage.run(spec, kernels: trace.kernels(), finishes: false) { _ in
                for count in 0...3 {
                    trace.allow("first", Int64(count))
                    try await trace.wait("second", count)
                    try await staysSo { trace.values("second").count == count }
                }
                trace.allow("first", .max)
            }
            #expect(trace.values("other") == Array(0..<20))
            try await stage.end()
        }

        /// Closing the sources lets everything under way come out.
        @Test(arguments: [["node1", "node1", "node1"], ["node1", "node2", "node1"]])
        func r9TheEndOfTheDataDrainsTheGraph(_ homes: [String]) async throws {
            let stage = try await Stage(nodes: 2)
            let trace = Trace()
            trace.allow("sink", 0)
            let spec = PlanSpec(
                "drain",
                actors: [
                    Numbers.source("source", "a", node: homes[0], slots: 4, firings: 5),
                    Numbers.stage("middle", "add", from: ["a"], to: "b", node: homes[1], slots: 4),
                    Numbers.stage("sink", "tell", from: ["b"], to: nil, node: homes[2]),
                ])
            try await stage.run(spec, kernels: trace.kernels(), finishes: false) { _ in
                // The source is through, and not one value has come out.
                try await trace.wait("source", 5)
                #expect(trace.values("sink").isEmpty)
                trace.allow("sink", .max)
            }
            #expect(trace.values("sink") == [1, 2, 3, 4, 5])
            try await stage.end()
        }

        /// Two sources of different length: the shorter one ends what joins them, and the longer one is not lost in it.
        @Test func r9TheShortestSourceEndsAJoin() async throws {
            let stage = try await Stage(nodes: 1)
            let trace = Trace()
            let spec = PlanSpec(
                "shortest",
                actors: [
                    Numbers.source("short", "a", firings: 3), Numbers.source("long", "b", firings: 100),
                    Numbers.stage("both", "add", from: ["a", "b"], to: nil),
                ])
            try await stage.run(spec, kernels: trace.kernels(), finishes: false) { _ in }
            #expect(trace.values("both") == [1, 3, 5])
            try await stage.end()
        }
    }
}
