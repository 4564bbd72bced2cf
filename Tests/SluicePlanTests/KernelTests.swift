import Planning
import Sluice
import SluiceModel
import SluicePlan
import Testing

@Suite("Kernels and what they see") struct KernelTests {
    private static let byte = BlobType(.uint8, [1])

    // MARK: Registering

    @Test func aNameIsRegisteredOnce() throws {
        var kernels = KernelRegistry()
        try kernels.register("mine") { _ in }
        #expect(kernels.names.contains("mine") && kernels.names.contains("matmul"))
        for taken in ["mine", "matmul"] {
            let error = try failure { try kernels.register(taken) { _ in } }
            #expect(error.code == .nameTaken && error.message.contains(taken))
        }
        #expect(KernelRegistry.empty.names.isEmpty)
        let error = try failure { _ = try Rig("mine", kernels: .empty) }
        #expect(error.code == .invalidArgument && error.message.contains("kernel mine of actor doer"))
        #expect(error.actor == "doer" && error.node == "here")
    }

    struct Odd: Error {}

    @Test func whatAKernelThrowsNamesItsActor() throws {
        var kernels = KernelRegistry.empty
        try kernels.registerKernel("refuses", making: { _ in throw Odd() })
        try kernels.register("breaks") { _ in throw Odd() }
        try kernels.register("says") { context in throw context.refusal("not today") }
        let refused = try failure { _ = try Rig("refuses", kernels: kernels) }
        #expect(refused.code == .application && refused.kind == "Odd" && refused.actor == "doer")
        let broken = try failure { try Rig("breaks", kernels: kernels).fire() }
        #expect(broken.code == .application && broken.kind == "Odd" && broken.node == "here")
        #expect(broken.message.contains("kernel breaks of actor doer on node here"))
        let said = try failure { try Rig("says", kernels: kernels).fire() }
        #expect(said.code == .invalidArgument && said.message.contains("not today") && said.actor == "doer")
    }

    // MARK: Arguments

    @Test func r3ArgumentsAreFoundByNameIndexBlobAndHandle() throws {
        let found = Noted<[String]>([])
        var kernels = KernelRegistry.empty
        try kernels.registerKernel("look", making: { setup in Look(setup, found) })
        let rig = try Rig(
            "look",
            inputs: [
                .init("in", 0, Self.byte), .init("in", 1, Self.byte), .init("in", 10, Self.byte), .init("x", Self.byte),
            ],
            outputs: [.init("out", Self.byte)], variables: [.init("v", Self.byte)], kernels: kernels)
        _ = try rig.run(Tensor([1] as [UInt8]), Tensor([2] as [UInt8]), Tensor([3] as [UInt8]), Tensor([4] as [UInt8]))
        #expect(
            found.value == [
                "in 1 2 3", "handle x 4", "name in/10 3", "blob in1 2", "position 0 1", "missing 0", "outputs 1",
                "handles 3",
            ])
    }

    private struct Look: Kernel {
        let x: InputHandle?
        let all: [InputHandle]
        let found: Noted<[String]>

        init(_ setup: KernelSetup, _ found: Noted<[String]>) {
            (x, all, self.found) = (setup.input("x"), setup.inputs("in"), found)
            precondition(setup.input("y") == nil && setup.input("in", 2) == nil && setup.output("in") == nil)
            precondition(setup.inputs("y").isEmpty && setup.variable("x") == nil)
        }

        func compute(_ context: borrowing KernelContext) throws {
            func value(_ view: BlobView?) throws -> String {
                guard let view else { return "nil" }
                return "\(try view.elements(of: UInt8.self)[0])"
            }
            var values = "in"
            for handle in all { values += " " + (try value(context.input(handle))) }
            found.value.append(values)
            if let x { found.value.append("handle x " + (try value(context.input(x)))) }
            found.value.append("name in/10 " + (try value(context.input("in", 10))))
            found.value.append("blob in1 " + (try value(context.input(blob: "in1", 0))))
            found.value.append("position 0 " + (try value(context.input(at: 0))))
            let missing = [
                context.input("y") != nil, context.input("in", 2) != nil, context.input(at: 4) != nil,
                context.input(at: -1) != nil, context.input(blob: "no") != nil, context.output("x") != nil,
                context.output(at: 1) != nil, context.output(blob: "no") != nil, context.variable("out") != nil,
            ]
            found.value.append("missing \(missing.count { $0 })")
            let present = [
                context.output("out") != nil, context.variable("v") != nil, context.output(blob: "out0") != nil,
            ]
            found.value.append("outputs \(present.allSatisfy { $0 } ? 1 : 0)")
            found.value.append("handles \(all.count)")
        }
    }

    @Test func r3ScratchIsAlwaysTheSameAndStateStays() throws {
        let sizes = Noted<[Int]>([])
        let addresses = Noted<Set<UInt>>([])
        var kernels = KernelRegistry.empty
        try kernels.registerKernel("count", making: { _ in Count(sizes: sizes, addresses: addresses) })
        let rig = try Rig(
            "count", outputs: [.init("out", Self.byte, slots: 3)], scratch: 256, kernels: kernels)
        for firing in 1...5 as ClosedRange<UInt8> {
            #expect(try rig.run().array(of: UInt8.self) == [firing])
        }
        #expect(sizes.value == Array(repeating: 256, count: 5))
        #expect(addresses.value.count == 1)
    }

    private struct Count: Kernel {
        var count: UInt8 = 0
        let sizes: Noted<[Int]>
        let addresses: Noted<Set<UInt>>

        mutating func compute(_ context: borrowing KernelContext) throws {
            count += 1
            var scratch = context.scratch
            sizes.value.append(scratch.byteCount)
            unsafe scratch.withUnsafeMutableBytes { bytes in
                _ = addresses.value.insert(UInt(bitPattern: bytes.baseAddress))
                unsafe bytes[255] = 1
            }
            guard var out = context.output("out") else { throw Missing() }
            var elements = try out.elements(of: UInt8.self)
            elements[0] = count
        }
    }

    @Test func aSourceSaysThatThereIsNoMore() throws {
        var kernels = KernelRegistry.empty
        try kernels.register("two") { context in if context.firing == 2 { context.finish() } }
        let rig = try Rig("two", outputs: [.init("out", Self.byte)], kernels: kernels)
        #expect(try rig.fire() == .made)
        #expect(try rig.fire() == .made)
        #expect(try rig.fire() == .finished)
    }

    // MARK: Views that are kept

    /// Whether each firing was told that something has changed.
    private func updates(
        slots: Int = 1, isDynamic: Bool = false, _ firings: [(Rig) throws -> Void]
    ) throws -> [Bool] {
        let seen = Noted<[Bool]>([])
        var kernels = KernelRegistry.empty
        try kernels.register("note") { context in
            seen.value.append(context.updated)
            guard let view = context.input("in") else { return }
            guard var out = context.output("out") else { throw Missing() }
            try out.copy(view)
        }
        let type = BlobType(.uint8, [4], isDynamic: isDynamic)
        let rig = try Rig(
            "note", inputs: [.init("in", type, slots: slots)], outputs: [.init("out", type)], kernels: kernels)
        for firing in firings {
            try firing(rig)
            try rig.fire()
        }
        return seen.value
    }

    private func put(_ count: Int) -> (Rig) throws -> Void {
        { try $0.put(0, Tensor([UInt8](repeating: 1, count: count))) }
    }

    @Test func r10NothingIsNewWithOneSlotAndAStaticShape() throws {
        #expect(try updates(Array(repeating: put(4), count: 4)) == [true, false, false, false])
    }

    @Test func r10AnotherSlotIsNew() throws {
        #expect(try updates(slots: 2, Array(repeating: put(4), count: 4)) == [true, true, true, true])
    }

    @Test func r10AnotherShapeIsNew() throws {
        #expect(
            try updates(isDynamic: true, [4, 4, 3, 3, 0, 0, 4].map(put))
                == [true, false, true, false, true, false, true])
    }

    @Test func r10ABlobThatComesOrGoesIsNew() throws {
        let gone: (Rig) throws -> Void = { try $0.put(0) { try $0.write(0) { $0.omit() } } }
        #expect(
            try updates([put(4), put(4), gone, gone, put(4), put(4)]) == [true, false, true, false, true, false])
        // So is one of which there is not even a slot.
        let cleared: (Rig) throws -> Void = { $0.program.inputs[0].clear() }
        #expect(try updates([put(4), cleared, cleared, put(4)]) == [true, true, false, true])
    }

    @Test func r10AnotherSlotOfAnOutputIsNew() throws {
        let seen = Noted<[Bool]>([])
        var kernels = KernelRegistry.empty
        try kernels.register("note") { context in seen.value.append(context.updated) }
        let rig = try Rig("note", outputs: [.init("out", Self.byte, slots: 2)], kernels: kernels)
        for _ in 0..<3 { try rig.fire() }
        #expect(seen.value == [true, true, true])
    }

    // MARK: Recording

    /// Records what it is asked to do; its output is as long as its input.
    private struct Recorder: CapturingKernel {
        let steps: Noted<[String]>
        let input: InputHandle?
        var isReady = true

        func isReadyToCapture(_ context: borrowing KernelContext) -> Bool { isReady }
        func beginCapture(_ context: borrowing KernelContext) throws { steps.value.append("begin") }
        func compute(_ context: borrowing KernelContext) throws {
            steps.value.append("compute")
            guard var out = context.output("out") else { throw Missing() }
            guard let input, let view = context.input(input) else { return }
            if try view.count > 0 && view.elements(of: UInt8.self)[0] == 99 { throw Odd() }
            try out.setShape(view.shape)
        }
        func endCapture(_ context: borrowing KernelContext) throws { steps.value.append("end") }
        func replay(_ context: borrowing KernelContext) throws {
            guard let out = context.output("out") else { throw Missing() }
            steps.value.append("replay \(out.shape[0])")
            if let input, let view = context.input(input), try view.elements(of: UInt8.self)[0] == 98 { throw Odd() }
        }
    }

    private func recording(slots: Int = 1, isReady: Bool = true) throws -> (Rig, Noted<[String]>) {
        let steps = Noted<[String]>([])
        var kernels = KernelRegistry.empty
        try kernels.registerKernel(
            "record", making: { Recorder(steps: steps, input: $0.input("in"), isReady: isReady) })
        let type = BlobType(.uint8, [4], isDynamic: true)
        let rig = try Rig(
            "record", inputs: [.init("in", type, slots: slots)], outputs: [.init("out", type)], kernels: kernels)
        return (rig, steps)
    }

    private func steps(_ rig: Rig, _ steps: Noted<[String]>, _ elements: [UInt8]) throws -> [String] {
        steps.value = []
        #expect(try rig.run(Tensor(elements)).count == elements.count)
        return steps.value
    }

    @Test func r10WithOneSlotARecordingIsMadeOnce() throws {
        let (rig, noted) = try recording()
        #expect(try steps(rig, noted, [1, 2]) == ["begin", "compute", "end", "replay 2"])
        for _ in 0..<5 { #expect(try steps(rig, noted, [1, 2]) == ["replay 2"]) }
        #expect(try steps(rig, noted, [1, 2, 3]) == ["begin", "compute", "end", "replay 3"])
        #expect(try steps(rig, noted, [1, 2, 3]) == ["replay 3"])
        // What was recorded is not taken for another shape.
        #expect(try steps(rig, noted, [1, 2]) == ["begin", "compute", "end", "replay 2"])
    }

    @Test func r10WithSeveralSlotsARecordingIsMadeForEachChange() throws {
        let (rig, noted) = try recording(slots: 2)
        for _ in 0..<4 { #expect(try steps(rig, noted, [1]) == ["begin", "compute", "end", "replay 1"]) }
    }

    @Test func whatFailedIsRecordedAgain() throws {
        let (rig, noted) = try recording()
        _ = try steps(rig, noted, [1, 2])
        #expect(throws: SluiceError.self) { _ = try steps(rig, noted, [99, 2, 3]) }
        #expect(try steps(rig, noted, [1, 2, 3]) == ["begin", "compute", "end", "replay 3"])
        #expect(try steps(rig, noted, [1, 2, 3]) == ["replay 3"])
        // A recording that cannot be replayed is of no use.
        #expect(throws: SluiceError.self) { _ = try steps(rig, noted, [98, 2, 3]) }
        #expect(try steps(rig, noted, [1, 2, 3]) == ["begin", "compute", "end", "replay 3"])
    }

    @Test func whatIsNotReadyIsComputed() throws {
        let (rig, noted) = try recording(isReady: false)
        for _ in 0..<2 { #expect(try steps(rig, noted, [1]) == ["compute"]) }
    }
}
