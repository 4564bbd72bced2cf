import Coordinator
import Foundation
import Planning
import SluiceModel
import Testing
import Wire
import ZeroMQ

/// Plans over real sockets, with the compiler that is built in.
@Suite(.timeLimit(.minutes(1))) struct PlanServiceTests {
    /// y = f(x), pushed on node a and pulled on node b, where f is.
    private func spec(needs bytes: Int = 64) throws -> [UInt8] {
        let type = BlobType(.uint8, [bytes])
        let spec = PlanSpec(
            "p", inputs: [PlanInput("x", type, node: "a")],
            actors: [
                PlanActor(
                    "f", nodes: ["b"],
                    kernels: [
                        KernelCall(
                            "f", inputs: [InputArgument(ArgumentName("in"), blob: "x")],
                            outputs: [OutputArgument(ArgumentName("out"), blob: "y", type)])
                    ])
            ], outputs: [PlanOutput("y", blob: "y", node: "b")], budgets: ["b": 1 << 20])
        return Array(try JSONEncoder().encode(spec))
    }

    private func ask(_ agent: FakeAgent, _ body: PlanCall.Body, caller: UInt64 = 3, timeout: Timeout = .infinite) throws
        -> UInt64
    {
        try agent.send(
            .planCall(
                PlanCall(caller: caller, body).encoded(), timeout: timeout, life: ProcessLife(rawValue: caller),
                pid: Int32(caller)))
    }

    private func answer(_ agent: FakeAgent, _ request: UInt64) throws -> PlanAnswer {
        let body = try agent.wait { $0.request == request ? $0.body : nil }
        if case .failed(let error) = body { throw error }
        guard case .planAnswer(let bytes) = body else { throw FakeAgent.Unexpected(answer: "\(body)") }
        return try PlanAnswer(decoding: bytes)
    }

    private func part(_ agent: FakeAgent, of run: RunID) throws -> PlanPart {
        try agent.wait { message in
            guard case .desired(let update) = message.body else { return nil }
            return update.parts.first { $0.run == run }
        }
    }

    @Test func r13EveryNodeGetsItsPartAndTheRunStarts() throws {
        let service = try started(testOptions())
        defer { service.stop() }
        let a = try FakeAgent("a", service.endpoint)
        let b = try FakeAgent("b", service.endpoint)
        try a.register()
        try b.register()
        guard case .applied(let run, let json) = try answer(a, ask(a, .apply(spec: spec()))) else { return }
        let plan = try JSONDecoder().decode(CompiledPlan.self, from: Data(json))
        #expect(plan.actors.map(\.name) == ["f", "in.x", "out.y"])
        for (agent, node) in [(a, "a"), (b, "b")] {
            let part = try part(agent, of: run)
            #expect(part.blockBytes == plan.nodes.first { $0.name == node }?.blockBytes)
            #expect(part.registers.contains { $0.channel.rawValue.hasPrefix("plan/p/\(run)/in.x") })
            try agent.send(.partReady(run))
        }
        var ready: [(FakeAgent, UInt64)] = []
        for (index, actor) in plan.actors.enumerated() {
            let agent = actor.node == "a" ? a : b
            let caller = UInt64(10 + index)
            guard
                case .joined(run, json) = try answer(
                    agent, ask(agent, .join(plan: "p", actor: actor.name), caller: caller))
            else {
                Issue.record("\(actor.name) has not joined")
                return
            }
            _ = try agent.registerActor("plan/p/\(run)/\(actor.name)", life: caller)
            ready.append((agent, try ask(agent, .ready(run, actor: actor.name), caller: caller)))
        }
        for (agent, request) in ready { #expect(try answer(agent, request) == .done) }
        // The process of f dies.
        let over = try ask(a, .wait(run, .ended))
        try b.send(
            .actorsLost([ActorIdentity(name: try ActorName("plan/p/\(run)/f"), incarnation: 1)]))
        for agent in [a, b] {
            try agent.wait { message -> Void? in
                guard case .desired(let update) = message.body, update.removedParts == [run] else { return nil }
                return ()
            }
            try agent.send(.partGone(run))
        }
        guard case .reached(.ended, let error?) = try answer(a, over) else {
            Issue.record("it has not ended with an error")
            return
        }
        #expect(error.code == .actorDied)
        #expect(error.actor == "f")
        #expect(error.node == "b")
        #expect(error.pid == 1)
    }

    @Test func r17APlanWithoutRoomIsRefusedByTheCompiler() throws {
        let service = try started(testOptions())
        defer { service.stop() }
        let a = try FakeAgent("a", service.endpoint)
        let b = try FakeAgent("b", service.endpoint)
        try a.register()
        try b.register()
        let error = #expect(throws: SluiceError.self) {
            try answer(a, ask(a, .apply(spec: spec(needs: 1 << 20))))
        }
        #expect(error?.code == .outOfMemory)
        #expect(error?.node == "b")
        #expect(error?.available == 1 << 20)
    }

    @Test func aDeadlineIsKept() throws {
        let service = try started(testOptions())
        defer { service.stop() }
        let a = try FakeAgent("a", service.endpoint)
        try a.register()
        let error = #expect(throws: SluiceError.self) {
            try answer(a, ask(a, .join(plan: "p", actor: "f"), timeout: .milliseconds(30)))
        }
        #expect(error?.code == .timedOut)
    }
}
