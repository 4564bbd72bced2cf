import Foundation
import Planning
import Sluice
import SluiceModel
import SluicePlan
import SluiceTesting
import Testing

/// One int64 that goes from actor to actor, and what tests do with it.
enum Numbers {
    static let type = BlobType(.int64, [4])

    static func input(_ blob: String, _ index: Int = 0, as name: String = "in") -> InputArgument {
        InputArgument(ArgumentName(name, index), blob: blob)
    }
    static func output(
        _ blob: String, slots: Int? = nil, inPlaceOf: ArgumentName? = nil, _ type: BlobType = type
    ) -> OutputArgument {
        OutputArgument(ArgumentName("out"), blob: blob, type, slots: slots, inPlaceOf: inPlaceOf)
    }

    /// A source that counts: 0, 1, 2 …, in each element.
    static func source(
        _ name: String, _ blob: String, node: String? = nil, slots: Int? = nil, firings: UInt64? = nil,
        kernel: String = "count"
    ) -> PlanActor {
        PlanActor(
            name, nodes: node.map { [$0] } ?? [], kernels: [KernelCall(kernel, outputs: [output(blob, slots: slots)])],
            firings: firings)
    }

    static func stage(
        _ name: String, _ kernel: String, from: [String], to: String?, node: String? = nil, slots: Int? = nil,
        inPlaceOf: ArgumentName? = nil
    ) -> PlanActor {
        PlanActor(
            name, nodes: node.map { [$0] } ?? [],
            kernels: [
                KernelCall(
                    kernel, inputs: from.enumerated().map { input($1, $0) },
                    outputs: to.map { [output($0, slots: slots, inPlaceOf: inPlaceOf)] } ?? [])
            ])
    }
}

/// What kernels in this process tell the test, and what the test tells them.
final class Trace: @unchecked Sendable {
    /// Of all that follows.
    private let condition = NSCondition()
    private var seen: [String: [Int64]] = [:]
    private var gates: [String: Int64] = [:]
    private var changes = 0

    func add(_ value: Int64, to name: String) { change { seen[name, default: []].append(value) } }
    func values(_ name: String) -> [Int64] { condition.withLock { seen[name] ?? [] } }

    /// How many firings of an actor may begin.
    func allow(_ name: String, _ count: Int64) { change { gates[name] = count } }
    func isAllowed(_ name: String, _ firing: UInt64) -> Bool {
        condition.withLock { gates[name].map { Int64(clamping: firing) < $0 } ?? true }
    }

    /// Blocks until the firing is allowed.
    func pass(_ name: String, _ firing: UInt64) throws { try block(name) { isAllowed(name, firing) } }

    /// Blocks a kernel until something holds of what was told; a test that forgets it fails instead of hanging.
    func block(_ name: String, until holds: () -> Bool) throws {
        let end = Date(timeIntervalSinceNow: 60)
        while true {
            let looked = condition.withLock { changes }
            if holds() { return }
            try condition.withLock {
                while changes == looked { guard condition.wait(until: end) else { throw Stuck(actor: name) } }
            }
        }
    }

    private func change(_ body: () -> Void) {
        condition.withLock {
            body()
            changes += 1
            condition.broadcast()
        }
    }

    /// Waits until an actor has told so many values.
    func wait(_ name: String, _ count: Int) async throws {
        try await waitUntil("\(name) to have told \(count) values", within: .seconds(30)) {
            self.values(name).count >= count
        }
    }

    /// `count`: 0, 1, 2 …; `add`: the sum of its inputs plus one; `tell`: tells its first input's number, after waiting for
    /// its gate; `negate` in place.
    func kernels() throws -> KernelRegistry {
        var kernels = KernelRegistry()
        try kernels.register("count") { [self] context in
            let name = context.setup.actor
            try pass(name, context.firing)
            guard var out = context.output("out") else { return }
            var elements = try out.elements(of: Int64.self)
            for index in elements.indices { elements[index] = Int64(context.firing) }
            add(Int64(context.firing), to: name)
        }
        try kernels.register("add") { [self] context in
            try pass(context.setup.actor, context.firing)
            var sum: Int64 = 1
            for index in 0..<context.inputCount {
                if let input = context.input("in", index) { sum += try input.elements(of: Int64.self)[0] }
            }
            add(sum, to: context.setup.actor)
            guard var out = context.output("out") else { return }
            var elements = try out.elements(of: Int64.self)
            for index in elements.indices { elements[index] = sum }
        }
        try kernels.register("tell") { [self] context in
            try pass(context.setup.actor, context.firing)
            guard let input = context.input("in") else { return }
            let elements = try input.elements(of: Int64.self)
            // A value that is half written, or written over, shows here.
            for index in elements.indices where elements[index] != elements[0] {
                throw Torn(actor: context.setup.actor, firing: context.firing)
            }
            add(elements[0], to: context.setup.actor)
        }
        return kernels
    }

    struct Torn: Error, CustomStringConvertible {
        let actor: String
        let firing: UInt64
        var description: String { "actor \(actor) has got a torn value at firing \(firing)" }
    }

    struct Stuck: Error { let actor: String }
}

/// Looks for a while whether something changes that must not: long enough for whatever would change it.
func staysSo(_ condition: @Sendable () -> Bool, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let end = ContinuousClock.now + .milliseconds(150)
    while ContinuousClock.now < end {
        guard condition() else {
            Issue.record("it has not stayed so", sourceLocation: sourceLocation)
            return
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}
