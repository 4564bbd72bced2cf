import Sluice
import SluiceModel
import SluiceTesting
import Testing

/// Every call that can wait: none at all, for ever, and whom it has waited for.
@Suite(.serialized, .timeLimit(.minutes(2))) struct TimeoutTests {
    private static let patience = Timeout.seconds(20)
    /// What a call may take that does not wait: far below any bound that a wait would run into.
    private static let prompt = Duration.seconds(5)

    private struct Ends {
        let writing: SluiceActor
        let reading: SluiceActor
        let writer: Writer
        let reader: Reader

        /// Of node 1 and 2, one slot in each ring.
        init(_ lab: Lab) async throws {
            writing = try await lab.actor("w", on: 0)
            reading = try await lab.actor("r", on: 1)
            writer = try await writing.createChannel("c", readers: ["r"], slots: 1, slotSize: 8)
            reader = try await reading.openReader("c", timeout: TimeoutTests.patience)
        }

        /// Until there is room nowhere.
        func fill() async throws {
            for value in UInt8(0)..<2 { try await writer.write([value], timeout: TimeoutTests.patience) }
        }
    }

    private func error(_ body: () async throws -> Void) async -> SluiceError? {
        do { try await body() } catch { return error as? SluiceError }
        return nil
    }

    private func expectPrompt(
        _ what: String, _ code: SluiceError.Code = .timedOut, _ body: () async throws -> Void
    ) async {
        let began = ContinuousClock.now
        let found = await error(body)
        #expect(found?.code == code, "\(what): \(found.map { "\($0)" } ?? "no error")")
        #expect(ContinuousClock.now - began < Self.prompt, "\(what)")
    }

    @Test func f8ZeroTriesOnce() async throws {
        try await Lab.run(nodes: 2) { lab in
            let ends = try await Ends(lab)
            let (writer, reader) = (ends.writer, ends.reader)
            await expectPrompt("read") { _ = try await reader.read(timeout: .zero) }
            await expectPrompt("lease") { _ = try await reader.lease(timeout: .zero) }
            await expectPrompt("readEncoded") { _ = try await reader.readEncoded(timeout: .zero) }
            await expectPrompt("skip") { _ = try await reader.skip(timeout: .zero) }
            await expectPrompt("round") { _ = try await MultiReader([reader]).read(timeout: .zero) }
            await expectPrompt("select") { _ = try await Selector([reader]).next(timeout: .zero) }
            await expectPrompt("openReader", .unknownChannel) {
                _ = try await ends.reading.openReader("none", timeout: .zero)
            }
            await expectPrompt("createChannel", .unknownActor) {
                _ = try await ends.writing.createChannel("d", readers: ["none"], timeout: .zero)
            }
            // Tried once: what need not wait succeeds.
            try await writer.write([7], timeout: .zero)
            _ = try await waitUntil("the value") {
                try await reader.read(timeout: .zero)
            } satisfies: {
                $0 == [7]
            }
            try await ends.fill()
            await expectPrompt("write") { try await writer.write([9], timeout: .zero) }
            await expectPrompt("loan") { _ = try await writer.loan(timeout: .zero) }
            await expectPrompt("items") { try await MultiWriter([writer]).write([[9]], timeout: .zero) }
            await expectPrompt("growth", .valueTooLarge) {
                try await writer.write([UInt8](repeating: 1, count: writer.largestValue + 1), timeout: .zero)
            }
            for value in UInt8(0)..<2 { #expect(try await reader.read(timeout: Self.patience) == [value]) }
        }
    }

    /// Each is seen to wait, and to end with what it has waited for.
    @Test func f8AnInfiniteTimeoutWaits() async throws {
        try await Lab.run(nodes: 2) { lab in
            let ends = try await Ends(lab)
            let (writer, reader) = (ends.writer, ends.reader)
            let reads: [@Sendable () async throws -> [UInt8]?] = [
                { try await reader.read(timeout: .infinite) },
                { try await reader.readEncoded(timeout: .infinite)?.bytes },
                { try await MultiReader([reader]).read(timeout: .infinite)?[0] },
                {
                    _ = try await Selector([reader]).next(timeout: .infinite)
                    return try await reader.read(timeout: .zero)
                },
                { try await reader.skip(timeout: .infinite) ? [5] : nil },
            ]
            for read in reads {
                let waiting = Task { try await read() }
                try await waitUntil("it to wait") { reader.isInUse }
                try await writer.write([5], timeout: Self.patience)
                #expect(try await waiting.value == [5])
            }
            let writes: [@Sendable () async throws -> Void] = [
                { try await writer.write([9], timeout: .infinite) },
                { try await MultiWriter([writer]).write([[9]], timeout: .infinite) },
                { try await writer.write([UInt8](repeating: 9, count: 100), timeout: .infinite) },
            ]
            for write in writes {
                try await ends.fill()
                let waiting = Task { try await write() }
                try await waitUntil("it to wait") { writer.isInUse }
                for value in UInt8(0)..<2 { #expect(try await reader.read(timeout: Self.patience) == [value]) }
                try await waiting.value
                #expect(try await reader.read(timeout: Self.patience)?.first == 9)
            }
            let opening = Task { try await ends.reading.openReader("later", timeout: .infinite) }
            let creation = Task {
                try await ends.writing.createChannel("later", readers: ["r", "absent"], timeout: .infinite)
            }
            try await lab.cluster.waitForStatus("the creation to wait") { status in
                status.channels.contains { $0.name == "later" && $0.state == "creating" }
            }
            _ = try await lab.actor("absent", on: 1)
            try await creation.value.write([1], timeout: Self.patience)
            #expect(try await opening.value.read(timeout: Self.patience) == [1])
        }
    }

    @Test func f9EveryTimeoutNamesWhom() async throws {
        try await Lab.run(nodes: 2) { lab in
            let ends = try await Ends(lab)
            let brief = Timeout.milliseconds(150)
            let read = await error { _ = try await ends.reader.read(timeout: brief) }
            #expect(read?.actor == "w" && read?.node == "node1" && read?.sequence == 0)
            #expect(read?.channel == "c")
            let round = await error { _ = try await MultiReader([ends.reader]).read(timeout: brief) }
            #expect(round?.channel == "c" && round?.message.contains("c") == true)
            let chosen = await error { _ = try await Selector([ends.reader]).next(timeout: brief) }
            #expect(chosen?.channel == "c")
            let opened = await error { _ = try await ends.reading.openReader("none", timeout: brief) }
            #expect(opened?.code == .unknownChannel && opened?.message.contains("none") == true)
            let created = await error {
                _ = try await ends.writing.createChannel("d", readers: ["absent"], timeout: brief)
            }
            #expect(created?.code == .unknownActor && created?.message.contains("absent") == true)

            // A reader of another node, and one of this that has not opened the channel.
            try await ends.fill()
            _ = try await waitUntil("the write to name the far reader") {
                await error { try await ends.writer.write([9], timeout: brief) }
            } satisfies: {
                $0?.code == .timedOut && $0?.actor == "r" && $0?.node == "node2" && $0?.pid != nil
                    && $0?.sequence == 0 && $0?.channel == "c"
            }
            _ = try await lab.actor("near", on: 0)
            let local = try await ends.writing.createChannel("local", readers: ["near"], slots: 1, slotSize: 8)
            try await local.write([1])
            for timeout in [Timeout.zero, brief] {
                let written = await error { try await local.write([2], timeout: timeout) }
                #expect(written?.code == .timedOut && written?.actor == "near" && written?.sequence == 0)
                #expect(written?.message.contains("has not opened it yet") == true, "\(written?.message ?? "")")
            }
        }
    }
}
