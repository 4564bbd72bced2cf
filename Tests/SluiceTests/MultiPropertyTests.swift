import Sluice
import SluiceModel
import Testing

/// Random schedules over writers and readers of several channels, every outcome compared with a plain model.
@Suite("Multi property", .timeLimit(.minutes(2))) struct MultiPropertyTests {
    /// One call after the other: every outcome is foreseen.
    @Test(arguments: 0..<8) func c18c19c20SchedulesAgainstTheModel(part: Int) async throws {
        let fixture = try Fixture()
        for number in 0..<50 {
            let seed = UInt64.random(in: 0 ... .max)
            var schedule = try Schedule(fixture, seed: seed)
            do { try await schedule.run() } catch {
                Issue.record("seed \(seed) (schedule \(number) of part \(part)): \(error)")
                schedule.close()
                return
            }
            schedule.close()
        }
    }

    /// Writers and readers each at their own pace: what each of them gets is foreseen, not when.
    @Test func c18c19c20ConcurrentStreamsAgainstTheModel() async throws {
        let fixture = try Fixture()
        for _ in 0..<30 {
            let seed = UInt64.random(in: 0 ... .max)
            do { try await ConcurrentStreams(seed: seed).run(fixture) } catch {
                Issue.record("seed \(seed): \(error)")
                return
            }
        }
    }
}

/// What a schedule found that the model did not foresee.
struct Surprise: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// splitmix64
struct Dice: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func chance(_ part: Int, in whole: Int) -> Bool { Int.random(in: 0..<whole, using: &self) < part }
}

/// One item of a channel, as the model keeps it.
enum ModelItem: Equatable {
    case value([UInt8])
    case failure(String)

    var channelItem: ChannelItem<[UInt8]> {
        switch self {
        case .value(let bytes): .value(bytes)
        case .failure(let message): .failure(ApplicationFailure(kind: "Model", message: message))
        }
    }

    static func random(_ number: Int, _ channel: Int, errors: Int, _ dice: inout Dice) -> ModelItem {
        if dice.chance(errors, in: 100) { return .failure("\(channel): \(number)") }
        return .value(pattern(number * 8 + channel, count: Int.random(in: 0...40, using: &dice)))
    }
}

/// How a read ended, as the model tells it.
enum ModelOutcome: Equatable {
    case round([[UInt8]])
    /// One of these.
    case failure(Set<String>)
    /// One of these, or that the streams have ended unevenly: whatever is seen first.
    case failureOrUneven(Set<String>)
    case end, uneven, closed, timedOut, cancelled
}

/// The channels and readers of one schedule.
private struct Schedule {
    private var dice: Dice
    private let worker: Worker
    private let channels: Int
    private let slots: Int
    private let writers: [Writer]
    private let multiWriter: MultiWriter<[UInt8]>
    private var readers: [ModelReader] = []
    /// Every item of every channel.
    private var items: [[ModelItem]]
    private var isClosed: [Bool]

    private struct ModelReader {
        let parts: [Reader]
        let multi: MultiReader<[UInt8]>
        var round = 0
        var isClosed = false
        /// At least so many items were taken of each channel.
        var taken: [Int]
    }

    init(_ fixture: Fixture, seed: UInt64) throws {
        dice = Dice(seed: seed)
        channels = Int.random(in: 1...4, using: &dice)
        slots = Int.random(in: 1...4, using: &dice)
        let readerCount = Int.random(in: 1...3, using: &dice)
        let (channels, slots) = (channels, slots)
        let worker = try fixture.worker()
        self.worker = worker
        let life = "\(UInt64.random(in: 0 ... .max))"
        let writing = try worker.register(actor: "w\(life)")
        let names = (0..<readerCount).map { "r\($0)-\(life)" }
        writers = try (0..<channels).map {
            try writing.createChannel("c\($0)-\(life)", readers: names, slots: slots, slotSize: 512)
        }
        multiWriter = try MultiWriter(writers)
        for name in names {
            let actor = try worker.register(actor: name)
            let parts = try (0..<channels).map { try actor.openReader("c\($0)-\(life)") }
            readers.append(
                ModelReader(parts: parts, multi: try MultiReader(parts), taken: Array(repeating: 0, count: channels)))
        }
        items = Array(repeating: [], count: channels)
        isClosed = Array(repeating: false, count: channels)
    }

    func close() { worker.close() }

    mutating func run() async throws {
        for _ in 0..<Int.random(in: 10...60, using: &dice) {
            switch Int.random(in: 0..<100, using: &dice) {
            case ..<38: try await writeRound()
            case ..<48: try await writeOne()
            case ..<94: try await read(Int.random(in: readers.indices, using: &dice))
            case ..<97:
                let index = Int.random(in: 0..<channels, using: &dice)
                await close(index)
            case ..<98:
                let index = Int.random(in: readers.indices, using: &dice)
                readers[index].multi.close()
                readers[index].isClosed = true
            default: break
            }
        }
        for index in 0..<channels { await close(index) }
        // Everything that is left is read.
        for index in readers.indices {
            var last = ModelOutcome.timedOut
            while ![.end, .uneven, .closed].contains(last) { last = try await read(index) }
        }
    }

    private mutating func timeout() -> Timeout { dice.chance(4, in: 5) ? .zero : .microseconds(200) }

    private mutating func close(_ index: Int) async {
        guard !isClosed[index] else { return }
        isClosed[index] = true
        writers[index].close()
        // The end comes by way of the agent: the model knows of it only once everyone does.
        for reader in readers where !reader.isClosed {
            await suspendUntil { reader.parts[index].knowsEnd }
        }
    }

    private mutating func writeRound() async throws {
        var round: [ModelItem]
        var how = Int.random(in: 0..<3, using: &dice)
        if dice.chance(1, in: 10) {
            round = Array(repeating: .failure("all: \(items[0].count)"), count: channels)
            how = 3
        } else {
            round = (0..<channels).map { .random(items[$0].count, $0, errors: 8, &dice) }
        }
        let (list, limit) = (round.map(\.channelItem), timeout())
        do throws(SluiceError) {
            switch how {
            case 0: try await multiWriter.write(items: list, timeout: limit)
            case 3:
                guard case .failure(let failure) = list[0] else { return }
                try await multiWriter.write(failure: failure, timeout: limit)
            default: try blocking { () throws(SluiceError) in try multiWriter.write(items: list, timeout: limit) }
            }
            if isClosed.contains(true) { throw SluiceError(.corrupted, "a round was written to a closed channel") }
            for index in 0..<channels { items[index].append(round[index]) }
        } catch {
            try check(error, isClosed.contains(true), 0..<channels)
        }
    }

    private mutating func writeOne() async throws {
        let index = Int.random(in: 0..<channels, using: &dice)
        let item = ModelItem.random(items[index].count, index, errors: 20, &dice)
        do throws(SluiceError) {
            try await writers[index].write(item.channelItem, timeout: timeout())
            if isClosed[index] { throw SluiceError(.corrupted, "a value was written to a closed channel") }
            items[index].append(item)
        } catch {
            try check(error, isClosed[index], index..<index + 1)
        }
    }

    /// A write has changed nothing: that is all right if a channel is closed, or has no room.
    private func check(_ error: SluiceError, _ isClosed: Bool, _ range: Range<Int>) throws {
        let isFull = range.contains { index in
            readers.contains { items[index].count - $0.taken[index] >= slots }
        }
        guard (error.code == .closed && isClosed) || (error.code == .timedOut && isFull) else { throw error }
        for index in 0..<channels where writers[index].published != UInt64(items[index].count) {
            throw Surprise("\(error.code) has changed channel \(index): \(writers[index].published) values")
        }
    }

    @discardableResult
    private mutating func read(_ index: Int) async throws -> ModelOutcome {
        let (reader, limit) = (readers[index], timeout())
        let wanted = expected(reader)
        let found: ModelOutcome
        if dice.chance(1, in: 4) {
            let task = Task { try await reader.multi.read() }
            if dice.chance(1, in: 2) { await Task.yield() }
            // What was there before it was cancelled may have been taken: then it is not lost, but returned.
            task.cancel()
            found = await outcome { try await task.value }
        } else if dice.chance(1, in: 2) {
            found = await outcome { try await reader.multi.read(timeout: limit) }
        } else {
            found = await outcome { try blocking { try reader.multi.read(timeout: limit) } }
        }
        switch (wanted, found) {
        case (.failure(let possible), .failure(let message)) where message.isSubset(of: possible),
            (.failureOrUneven(let possible), .failure(let message)) where message.isSubset(of: possible):
            readers[index].round += 1
        case (.round, .round) where wanted == found:
            readers[index].round += 1
            for channel in 0..<channels { readers[index].taken[channel] = readers[index].round }
        case (.timedOut, .timedOut), (.timedOut, .cancelled):
            for channel in 0..<channels {
                readers[index].taken[channel] = min(readers[index].round + 1, items[channel].count)
            }
        case (.failureOrUneven, .uneven), (.closed, .uneven), (.closed, .end): break
        case _ where wanted == found: break
        default: throw Surprise("reader \(index), round \(reader.round): \(found) instead of \(wanted)")
        }
        return found
    }

    /// What a read must give now.
    private func expected(_ reader: ModelReader) -> ModelOutcome {
        if reader.isClosed { return .closed }
        let round = reader.round
        let here = (0..<channels).filter { items[$0].count > round }
        let failures = here.compactMap { if case .failure(let message) = items[$0][round] { message } else { nil } }
        let ended = (0..<channels).filter { isClosed[$0] && items[$0].count <= round }
        guard let least = ended.map({ items[$0].count }).min() else {
            if !failures.isEmpty { return .failure(Set(failures)) }
            if here.count < channels { return .timedOut }
            return .round((0..<channels).map { if case .value(let bytes) = items[$0][round] { bytes } else { [] } })
        }
        if !failures.isEmpty { return .failureOrUneven(Set(failures)) }
        if items.contains(where: { $0.count > least }) { return .uneven }
        return ended.count == channels ? .end : .timedOut
    }
}

/// A read's end in the model's terms.
private func outcome(_ read: () async throws -> [[UInt8]]?) async -> ModelOutcome {
    do {
        guard let round = try await read() else { return .end }
        return .round(round)
    } catch let error as SluiceError {
        switch error.code {
        case .application: return .failure([error.message])
        case .timedOut: return .timedOut
        case .cancelled: return .cancelled
        case .closed: return error.message.contains("goes on") ? .uneven : .closed
        default: return .failure(["\(error)"])
        }
    } catch { return .failure(["\(error)"]) }
}

/// A writer and several readers, each on a thread or task of its own.
private struct ConcurrentStreams {
    let seed: UInt64

    func run(_ fixture: Fixture) async throws {
        var dice = Dice(seed: seed)
        let (channels, slots) = (Int.random(in: 1...5, using: &dice), Int.random(in: 1...4, using: &dice))
        let rounds = (0..<Int.random(in: 1...150, using: &dice)).map { round in
            (0..<channels).map { ModelItem.random(round, $0, errors: 5, &dice) }
        }
        let worker = try await fixture.connect()
        defer { worker.close() }
        let life = "\(UInt64.random(in: 0 ... .max))"
        let writing = try await worker.register(actor: "w\(life)")
        let names = ["thread", "task"].map { "\($0)-\(life)" }
        var writers: [Writer] = []
        for index in 0..<channels {
            writers.append(
                try await writing.createChannel("c\(index)-\(life)", readers: names, slots: slots, slotSize: 512))
        }
        var readers: [MultiReader<[UInt8]>] = []
        for name in names {
            let actor = try await worker.register(actor: name)
            var parts: [Reader] = []
            for index in 0..<channels { parts.append(try await actor.openReader("c\(index)-\(life)")) }
            readers.append(try MultiReader(parts))
        }
        let writer = try MultiWriter(writers)
        let seeds = (0..<3).map { _ in dice.next() }
        let writes = try Job { try write(rounds, writer, Dice(seed: seeds[0])) }
        let (blocking, suspended) = (readers[0], readers[1])
        let thread = try Job { try readBlocking(blocking, Dice(seed: seeds[1])) }
        let found = [try await readSuspended(suspended, Dice(seed: seeds[2])), try thread.value()]
        try writes.value()
        for (name, outcomes) in zip(["task", "thread"], found) { try compare(rounds, outcomes, name) }
    }

    private func write(_ rounds: [[ModelItem]], _ writer: MultiWriter<[UInt8]>, _ seeded: Dice) throws {
        var dice = seeded
        for round in rounds {
            while true {
                do throws(SluiceError) {
                    let timeout: Timeout = dice.chance(1, in: 3) ? .zero : .microseconds(300)
                    try writer.write(items: round.map(\.channelItem), timeout: timeout)
                    break
                } catch { guard error.code == .timedOut else { throw error } }
            }
        }
        writer.close()
    }

    private func readBlocking(_ reader: MultiReader<[UInt8]>, _ seeded: Dice) throws -> [ModelOutcome] {
        var dice = seeded
        var found: [ModelOutcome] = []
        while found.last != .end {
            let timeout: Timeout = dice.chance(1, in: 3) ? .zero : .microseconds(300)
            do throws(SluiceError) {
                let round = try reader.read(timeout: timeout)
                found.append(round.map { .round($0) } ?? .end)
            } catch {
                if error.code == .timedOut { continue }
                guard error.code == .application else { throw error }
                found.append(.failure([error.message]))
            }
        }
        return found
    }

    private func readSuspended(_ reader: MultiReader<[UInt8]>, _ seeded: Dice) async throws -> [ModelOutcome] {
        var dice = seeded
        var found: [ModelOutcome] = []
        while found.last != .end {
            let task = Task { try await reader.read() }
            if dice.chance(1, in: 2) {
                await Task.yield()
                task.cancel()
            }
            let result = await outcome { try await task.value }
            if result == .cancelled { continue }
            found.append(result)
        }
        return found
    }

    private func compare(_ rounds: [[ModelItem]], _ found: [ModelOutcome], _ name: String) throws {
        guard found.count == rounds.count + 1 else {
            throw Surprise("\(name): \(found.count - 1) rounds instead of \(rounds.count)")
        }
        for (number, round) in rounds.enumerated() {
            let failures = Set(round.compactMap { if case .failure(let message) = $0 { message } else { nil } })
            let values = round.map { if case .value(let bytes) = $0 { bytes } else { [] as [UInt8] } }
            switch found[number] {
            case .failure(let message) where !failures.isEmpty && message.isSubset(of: failures): continue
            case .round(let bytes) where failures.isEmpty && bytes == values: continue
            case let other: throw Surprise("\(name), round \(number): \(other) instead of \(round)")
            }
        }
    }
}

extension Fixture {
    fileprivate func connect() async throws -> Worker { try await Worker.connect(to: agent.address) }
}
