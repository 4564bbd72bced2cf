import Glibc
import Planning
import Sluice
import SluiceModel
import SluicePlan
import SluiceTesting
import Synchronization
import Testing

/// Where values lie: in one block for each node, at the planned offsets, shared where that is safe.
extension PlanRuns {
    @Suite struct Memory {
        /// Addresses that kernels saw, by blob.
        private final class Addresses: Sendable {
            private let seen = Mutex<[String: [Int]]>([:])
            func add(_ blob: String, _ address: Int) { seen.withLock { $0[blob, default: []].append(address) } }
            subscript(blob: String) -> [Int] { seen.withLock { $0[blob] ?? [] } }

            /// `make` fills its output with the firing's number, `pass` copies in to out, adding one; all note where.
            func kernels() throws -> KernelRegistry {
                var kernels = KernelRegistry()
                try kernels.register("make") { [self] context in
                    guard var out = context.output("out") else { return }
                    var elements = try out.elements(of: Int64.self)
                    for index in elements.indices { elements[index] = Int64(context.firing) }
                    add("\(context.setup.outputs[0].blob)", out.address)
                }
                try kernels.register("pass") { [self] context in
                    guard let input = context.input("in") else { return }
                    add("\(context.setup.inputs[0].blob) read by \(context.setup.actor)", input.address)
                    let value = try input.elements(of: Int64.self)[0]
                    guard var out = context.output("out") else {
                        add("value", Int(value))
                        return
                    }
                    var elements = try out.elements(of: Int64.self)
                    for index in elements.indices { elements[index] = value + 1 }
                    add("\(context.setup.outputs[0].blob)", out.address)
                }
                return kernels
            }
        }

        private func chain(_ name: String, slots: Int?, inPlace: Bool = false, length: Int = 3) -> PlanSpec {
            var actors = [Numbers.source("a0", "b0", slots: slots, firings: 20, kernel: "make")]
            for index in 1..<length {
                actors.append(
                    Numbers.stage(
                        "a\(index)", "pass", from: ["b\(index - 1)"], to: "b\(index)", slots: slots,
                        inPlaceOf: inPlace ? ArgumentName("in", 0) : nil))
            }
            actors.append(Numbers.stage("sink", "pass", from: ["b\(length - 1)"], to: nil))
            return PlanSpec(name, actors: actors)
        }

        /// Slot k of each register lies where the plan has it, for its writer and for its readers, from the first value to
        /// the last.
        @Test(.needsOneAddress, arguments: [1, 2, 5])
        func r1EverySlotLiesWhereThePlanHasIt(_ slots: Int) async throws {
            let stage = try await Stage(nodes: 1)
            let addresses = Addresses()
            let spec = chain("places", slots: slots)
            try await stage.run(spec, kernels: addresses.kernels(), finishes: false) { run in
                // The same plan again is the run that there is: nothing is reserved twice.
                let again = try await PlanRun.apply(spec, by: stage.workers[0])
                #expect(again.id == run.id)
                #expect(again.plan == run.plan)
                try await run.ended(timeout: .seconds(30))
                let plan = run.plan
                var base: Int?
                for blob in ["b0", "b1", "b2"] {
                    let place = try #require(plan.place(ofBlob: blob))
                    let register = plan.registers[place.register]
                    let reader = blob == "b2" ? "sink" : "a\(Int(blob.dropFirst())! + 1)"
                    #expect(addresses[blob].count == 20)
                    #expect(addresses[blob] == addresses["\(blob) read by \(reader)"])
                    for (sequence, address) in addresses[blob].enumerated() {
                        let slot = try #require(register.slot(of: UInt64(sequence), on: "node1"))
                        let planned = Int(slot.offset) + register.fields[place.field].body
                        // One base for all of them: the block's.
                        base = base ?? address - planned
                        #expect(address - planned == base, "\(blob), value \(sequence)")
                    }
                }
                #expect((base ?? 1) % 4096 == 0)
            }
            #expect(addresses["value"] == (0..<20).map { $0 + 2 })
            try await stage.end()
        }

        /// N slots with fixed addresses, bodies at multiples of 64 behind their headers.
        @Test func r2SlotsAreAlignedAndTakeTurns() async throws {
            let stage = try await Stage(nodes: 1)
            let addresses = Addresses()
            try await stage.run(chain("slots", slots: 3), kernels: addresses.kernels(), finishes: false) { run in
                try await run.ended(timeout: .seconds(30))
            }
            let seen = addresses["b0"]
            #expect(Set(seen).count == 3)
            for index in 3..<seen.count { #expect(seen[index] == seen[index - 3]) }
            #expect(seen.allSatisfy { $0 % 64 == 0 })
            try await stage.end()
        }

        /// An output takes over its input's memory, value by value; the input's producer waits until the output has been
        /// released downstream.
        @Test(.needsOneAddress, arguments: [1, 2, 3])
        func r7AnOutputTakesOverItsInputsMemory(_ slots: Int) async throws {
            let stage = try await Stage(nodes: 1)
            let addresses = Addresses()
            let trace = Trace()
            var kernels = try addresses.kernels()
            try kernels.register("hold") { context in
                try trace.pass("hold", context.firing)
                if let input = context.input("in") {
                    trace.add(try input.elements(of: Int64.self)[0], to: "hold")
                }
            }
            trace.allow("hold", 0)
            let spec = PlanSpec(
                "take over",
                actors: [
                    Numbers.source("maker", "raw", slots: slots, firings: 12, kernel: "make"),
                    Numbers.stage(
                        "changer", "pass", from: ["raw"], to: "changed", inPlaceOf: ArgumentName("in", 0)),
                    Numbers.stage("holder", "hold", from: ["changed"], to: nil),
                ])
            try await stage.run(spec, kernels: kernels, finishes: false) { run in
                #expect(run.plan.registers.contains { $0.inPlaceOf != nil }, "\(run.plan.notes)")
                // All slots hold what the holder has not released: the maker has none left, though the changer has given
                // every one of its inputs back.
                try await waitUntil("all slots are changed", within: .seconds(30)) {
                    addresses["changed"].count == slots
                }
                try await staysSo { addresses["raw"].count == slots }
                trace.allow("hold", 1)
                try await waitUntil("one goes on", within: .seconds(30)) { addresses["raw"].count == slots + 1 }
                try await staysSo { addresses["raw"].count == slots + 1 }
                trace.allow("hold", .max)
                try await run.ended(timeout: .seconds(30))
            }
            #expect(addresses["raw"] == addresses["changed"])
            #expect(trace.values("hold") == (1...12).map { Int64($0) })
            try await stage.end()
        }

        /// Registers whose lifetimes cannot overlap share memory, and no value is written over before it was read.
        @Test func r16RegistersShareMemory() async throws {
            let stage = try await Stage(nodes: 1)
            let trace = Trace()
            var spec = PlanSpec(
                "sharing",
                actors: [
                    Numbers.source("source", "a", firings: 200), Numbers.stage("one", "add", from: ["a"], to: "b"),
                    Numbers.stage("two", "add", from: ["b"], to: "c"),
                    Numbers.stage("three", "add", from: ["c"], to: "d"),
                    Numbers.stage("sink", "tell", from: ["d"], to: nil),
                ])
            // Long enough for a value to be through before the next one begins: one slot each.
            for index in spec.actors.indices { spec.actors[index].duration = 1_000_000 }
            spec.interval = 6_000_000
            try await stage.run(spec, kernels: trace.kernels(), finishes: false) { run in
                let node = try #require(run.plan.node(named: "node1"))
                #expect(node.blockBytes < node.unsharedBytes)
                #expect(!run.plan.guards.isEmpty)
                try await run.ended(timeout: .seconds(30))
            }
            #expect(trace.values("sink") == (0..<200).map { $0 + 3 })
            try await stage.end()
        }

        /// With two slots each register holds two values; with the budget of one, the plan is smaller and slower, not wrong.
        @Test func r17SlotsFollowDurationsAndBudget() async throws {
            let stage = try await Stage(nodes: 1)
            let trace = Trace()
            var spec = PlanSpec(
                "counting",
                actors: [
                    Numbers.source("source", "a", firings: 30), Numbers.stage("sink", "tell", from: ["a"], to: nil),
                ])
            func slots(_ source: UInt64, _ sink: UInt64) async throws -> Int {
                spec.actors[0].duration = source
                spec.actors[1].duration = sink
                return try await stage.run(spec, kernels: trace.kernels(), finishes: false) { run in
                    try await run.ended(timeout: .seconds(30))
                    return run.plan.registers[0].slots
                }
            }
            // ⌈d/ii⌉: d from the source's start to the sink's end, ii the longer of the two.
            #expect(try await slots(1000, 1000) == 2)
            #expect(try await slots(1000, 5000) == 2)
            spec.interval = 1000
            spec.actors[1].duration = 900
            #expect(try await slots(100, 900) == 1)
            spec.budgets = ["node1": 16]
            let error = await #expect(throws: SluiceError.self) { try await PlanRun.apply(spec, by: stage.workers[0]) }
            #expect(error?.node == "node1")
            #expect(error?.available == 16)
            #expect((error?.needed ?? 0) > 16)
            try await stage.end()
        }
    }
}

extension BlobView {
    var address: Int { unsafe bytes.withUnsafeBytes { Int(bitPattern: $0.baseAddress) } }
}

extension MutableBlobView {
    var address: Int { reading.address }
}
