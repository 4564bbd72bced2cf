import Foundation
import Sluice
import SluiceModel
import SluiceTesting
import Testing

/// The examples of the page about channels, word for word, each with what must come of it.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ChannelExamples {
    struct Reading: Codable, Hashable, Sendable {
        var sensor: String
        var celsius: Double
    }

    final class Job: Sendable {
        let number: Int
        init(_ number: Int) { self.number = number }
    }

    struct Frame: Codable, Sendable {
        var number: Int
        var pixels: Tensor
    }

    struct Image: Hashable, Sendable {
        var width: Int
        var pixels: [UInt8]
    }

    struct Shot: Codable, Hashable, Sendable {
        var number: Int
        @Coded var image: Image
    }

    struct NotAnImage: Error {}

    func average(_ gradients: [Float], as actor: SluiceActor, among members: [String]) async throws -> [Float] {
        let communicator = try await ChannelCommunicator.join("training", as: actor, members: members)
        defer { communicator.destroy() }
        var sum = gradients
        try await communicator.allReduce(&sum, .sum)
        return sum.map { $0 / Float(communicator.worldSize) }
    }

    /// The page's Swift code, block by block, and this file, line by line; without indentation.
    @Test func everyExampleOfThePageIsRunHere() throws {
        func lines(_ text: String) -> [String] {
            text.split(separator: "\n", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
        }
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let page = folder.appending(path: "../../Sources/Sluice/Sluice.docc/Channels.md").standardized
        let here = lines(try String(contentsOf: URL(filePath: #filePath), encoding: .utf8))
        let blocks = try String(contentsOf: page, encoding: .utf8).components(separatedBy: "\n```swift\n").dropFirst()
        #expect(!blocks.isEmpty)
        for block in blocks {
            let code = lines(String(try #require(block.components(separatedBy: "\n```").first)))
            let isHere = here.indices.contains { here[$0...].starts(with: code) }
            #expect(isHere, "\(code.joined(separator: "\n"))")
        }
    }

    @Test func bytes() async throws {
        try await Lab.run(nodes: 2) { lab in
            let camera = try await lab.actor("camera", on: 0)
            let detector = try await lab.actor("detector", on: 0)
            let recorder = try await lab.actor("recorder", on: 1)
            let frames = try await camera.createChannel("frames", readers: ["detector", "recorder"], slots: 8)
            let latest = try await camera.createChannel("latest", readers: ["detector"], slots: 1, slotSize: 64)
            try await frames.write([1, 2, 3])  // copied into a slot

            var loan = try await frames.loan(2)  // filled in place
            var bytes = loan.bytes
            bytes.storeBytes(of: 0x0605, as: UInt16.self)
            try loan.publish(count: 2)
            let far = try await recorder.openReader("frames")
            let reader = try await detector.openReader("frames")
            let copied = try await reader.read()  // [1, 2, 3]
            if let lease = try await reader.lease() {  // in place, until it is released or goes out of scope
                print("value \(lease.sequence) has \(lease.count) bytes")
                lease.release()
            }
            #expect(copied == [1, 2, 3])
            #expect(try await far.read() == [1, 2, 3])
            #expect(try await far.read() == [5, 6])
            // One slot: the second value waits for the first to be read.
            try await latest.write([1])
            let late = await #expect(throws: SluiceError.self) { try await latest.write([2], timeout: .zero) }
            #expect(late?.code == .timedOut)
            let forms = try await lab.status().channels.reduce(into: [:]) { $0[$1.name] = $1.form }
            #expect(forms == ["frames": .bufferedSharedMemory, "latest": .sharedMemory])
        }
    }

    @Test func valuesOfASwiftType() async throws {
        try await Lab.run(nodes: 2) { lab in
            let roof = try await lab.actor("roof", on: 0)
            let log = try await lab.actor("log", on: 0)
            let archive = try await lab.actor("archive", on: 1)
            let writer = try await roof.createChannel(
                "readings", of: Reading.self, readers: ["roof", "log", "archive"])
            let own = try await roof.openReader("readings", of: Reading.self)  // by reference
            let near = try await log.openReader("readings", of: Reading.self)  // from this node's ring
            let far = try await archive.openReader("readings", of: Reading.self)  // from that node's reference
            try await writer.write(Reading(sensor: "roof", celsius: 21.5))
            for reader in [own, near, far] {
                #expect(try await reader.read() == Reading(sensor: "roof", celsius: 21.5))
            }
            let channel = try #require(try await lab.status().channels.first)
            #expect(channel.form == .composite)
            #expect(channel.readers.map(\.route) == [.sameActor, .sameNode, .otherNode])
        }
    }

    @Test func valuesWithinAnActor() async throws {
        try await Lab.run(nodes: 1) { lab in
            let planner = try await lab.actor("planner", on: 0)
            let jobs = try await planner.createChannel("jobs", of: Job.self, readers: ["planner"], slots: 4)
            let inbox = try await planner.openReader("jobs", of: Job.self)
            let job = Job(7)
            try await jobs.write(job)
            let same = try await inbox.read()  // same === job
            #expect(same === job)
            let audit = try await planner.createChannel(
                "audit", of: Reading.self, readers: ["planner"], hint: .sharedMemory)
            let reader = try await planner.openReader("audit", of: Reading.self)
            try await audit.write(Reading(sensor: "roof", celsius: 21.5))
            let encoded = try #require(try await reader.readEncoded(timeout: .infinite))
            #expect(encoded.kind == ValueKind.typed)
            #expect(encoded.bytes.count > 32)
            let forms = try await lab.status().channels.reduce(into: [:]) { $0[$1.name] = $1.form }
            #expect(forms["jobs"] == .intraProcess)
        }
    }

    @Test func tensors() async throws {
        try await Lab.run(nodes: 2) { lab in
            let camera = try await lab.actor("camera", on: 0)
            let detector = try await lab.actor("detector", on: 1)
            let frames = try await camera.createChannel("frames", of: Frame.self, readers: ["detector"], slots: 4)
            let reader = try await detector.openReader("frames", of: Frame.self)
            let pixels = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
            try await frames.write(Frame(number: 1, pixels: pixels))
            if let frame = try await reader.read() {
                let corner = try frame.pixels[1, 2, as: Float.self]  // 6, read in place, from the slot
                let kept = try frame.pixels.copy()  // in memory of its own
                print(frame.number, corner, kept.shape)
            }
            reader.close()
            let depths = try await camera.createChannel(
                "depths", of: Tensor.self, readers: ["detector"], hint: .tensor([TensorShape(.float32, [2, 3])]))
            let depth = try await detector.openReader("depths", of: Tensor.self)
            try await depths.write(pixels)
            let other = try Tensor([1, 2] as [Float], shape: [1, 2])
            let error = await #expect(throws: SluiceError.self) { try await depths.write(other) }
            #expect(error?.code == .cannotEncode)
            let received = try #require(try await depth.read())
            #expect(try received.array(of: Float.self) == [1, 2, 3, 4, 5, 6])
        }
    }

    @Test func tensorsThatAreCopied() async throws {
        try await Lab.run(nodes: 2) { lab in
            let camera = try await lab.actor("camera", on: 0)
            let detector = try await lab.actor("detector", on: 1)
            let frames = try await camera.createChannel("frames", of: Frame.self, readers: ["detector"], slots: 1)
            let reader = try await detector.openReader("frames", of: Frame.self, allocator: .heap)
            var kept: [Frame] = []
            for number in 0..<3 {
                try await frames.write(Frame(number: number, pixels: Tensor([Int32(number)])))
                kept.append(try #require(try await reader.read()))
            }
            #expect(try kept.map { try $0.pixels[0, as: Int32.self] } == [0, 1, 2])
        }
    }

    @Test func registeredTypes() async throws {
        try await Lab.run(nodes: 2) { lab in
            let camera = try await lab.actor("camera", on: 0)
            let detector = try await lab.actor("detector", on: 1)
            var coding = ValueCoding()
            coding.register(Image.self) { image in
                let rows = image.pixels.count / image.width
                return CodedForm(tensors: [try Tensor(image.pixels, shape: [rows, image.width])])
            } decode: { form in
                guard let tensor = form.tensors.first, tensor.shape.count == 2 else { throw NotAnImage() }
                return Image(width: tensor.shape[1], pixels: try tensor.array(of: UInt8.self))
            }
            let shots = try await camera.createChannel("shots", of: Shot.self, readers: ["detector"], coding: coding)
            let viewer = try await detector.openReader("shots", of: Shot.self, coding: coding)
            let shot = Shot(number: 1, image: Image(width: 2, pixels: [1, 2, 3, 4, 5, 6]))
            try await shots.write(shot)
            #expect(try await viewer.read() == shot)
        }
    }

    @Test func errorsInAValuesPlace() async throws {
        try await readings { writer, reader in
            try await writer.write(failure: ApplicationFailure(kind: "Overheated", message: "900 °C cannot be right"))
            try await writer.write(Reading(sensor: "roof", celsius: 21.5))
            var failure: SluiceError?
            do throws(SluiceError) {
                _ = try await reader.read()
            } catch {
                failure = error  // .application: its kind and message, and whose it is
            }
            let next = try await reader.read()
            #expect(failure?.code == .application)
            #expect(failure?.kind == "Overheated")
            #expect(failure?.message == "900 °C cannot be right")
            #expect(failure?.actor == "roof")
            #expect(next == Reading(sensor: "roof", celsius: 21.5))
        }
    }

    @Test func growth() async throws {
        try await Lab.run(nodes: 2) { lab in
            let source = try await lab.actor("source", on: 0)
            let (near, far) = (try await lab.actor("near", on: 0), try await lab.actor("far", on: 1))
            let writer = try await source.createChannel(
                "log", readers: ["near", "far"], slots: 4, slotSize: 64, largestValue: 1 << 20)
            try await writer.write([UInt8](repeating: 7, count: 100_000))
            print("slots now have \(writer.slotSize) bytes")
            #expect(writer.slotSize >= 100_000)
            var refusal: SluiceError?
            do throws(SluiceError) {
                try await writer.write([UInt8](repeating: 7, count: 2 << 20))
            } catch {
                refusal = error  // .valueTooLarge, needed 2097152, available 1048576
            }
            #expect(refusal?.code == .valueTooLarge)
            #expect(refusal?.needed == 2_097_152)
            #expect(refusal?.available == 1_048_576)
            for actor in [near, far] {
                let reader = try await actor.openReader("log")
                #expect(try await reader.read() == [UInt8](repeating: 7, count: 100_000))
            }
            #expect(try await lab.status().channels.first?.generation == 1)
        }
    }

    @Test func cachedReaders() async throws {
        try await readings { writer, reader in
            try await writer.write(Reading(sensor: "roof", celsius: 21.5))
            let cached = try CachedReader(reader, consumers: 2)
            let (model, screen) = (cached.consumers[0], cached.consumers[1])
            let first = try await model.read()
            let second = try await screen.read()  // the same value
            #expect(first == Reading(sensor: "roof", celsius: 21.5))
            #expect(second == first)
        }
    }

    @Test func cachedSlots() throws {
        let slot = try CachedSlot<Reading>(reads: 2)
        try slot.put(Reading(sensor: "roof", celsius: 21.5))
        let once = try slot.read()
        let twice = try slot.read()
        #expect([once, twice] == Array(repeating: Reading(sensor: "roof", celsius: 21.5), count: 2))
        #expect(#expect(throws: SluiceError.self) { try slot.read() }?.code == .empty)
        try slot.put(once)
        #expect(#expect(throws: SluiceError.self) { try slot.put(once) }?.code == .unread)
    }

    @Test func encodedValues() async throws {
        try await Lab.run(nodes: 2) { lab in
            let roof = try await lab.actor("roof", on: 0)
            let relay = try await lab.actor("relay", on: 1)
            let writer = try await roof.createChannel("readings", of: Reading.self, readers: ["relay"])
            let reader = try await relay.openReader("readings", of: Reading.self)
            let copy = try await relay.createChannel("copy", of: Reading.self, readers: ["roof"])
            for number in 0..<3 { try await writer.write(Reading(sensor: "roof", celsius: Double(number))) }
            try await writer.write(failure: ApplicationFailure(kind: "Overheated", message: "again"))
            writer.close()
            _ = try await reader.skip(timeout: .infinite)
            while let item = try await reader.readEncoded(timeout: .infinite) {
                try await copy.write(encoded: item)
            }
            copy.close()
            let last = try await roof.openReader("copy", of: Reading.self)
            for number in 1..<3 { #expect(try await last.read()?.celsius == Double(number)) }
            let failure = await #expect(throws: SluiceError.self) { try await last.read() }
            #expect(failure?.kind == "Overheated")
            #expect(failure?.actor == "roof")
            #expect(try await last.read() == nil)
        }
    }

    @Test func severalChannels() async throws {
        try await Lab.run(nodes: 2) { lab in
            let (roof, hall) = (try await lab.actor("roof", on: 0), try await lab.actor("hall", on: 1))
            let leftWriter = try await roof.createChannel("left", readers: ["hall"], slotSize: 64)
            let rightWriter = try await roof.createChannel("right", readers: ["hall"], slotSize: 64)
            let (left, right) = (try await hall.openReader("left"), try await hall.openReader("right"))
            try await rightWriter.write([9])
            let selector = try Selector([left, right])
            let index = try await selector.next(timeout: .seconds(10))
            #expect(index == 1)
            #expect(try await right.read() == [9])
            let outputs = try MultiWriter<[UInt8]>([leftWriter, rightWriter])
            try await outputs.write([[1], [2]])
            let inputs = try MultiReader<[UInt8]>([left, right])
            let round = try await inputs.read()  // [[1], [2]]
            #expect(round == [[1], [2]])
            try await outputs.write([[3], [4]])
            try await outputs.write([[5], [6]])
            outputs.close()
            var sums: [UInt8] = []
            for try await round in inputs.rounds {
                sums.append(round[0][0] + round[1][0])
            }
            #expect(sums == [7, 11])
        }
    }

    @Test func tuples() async throws {
        try await Lab.run(nodes: 1) { lab in
            let (roof, hall) = (try await lab.actor("roof", on: 0), try await lab.actor("hall", on: 0))
            let typed = try await roof.createChannel("typed", of: Reading.self, readers: ["hall"])
            let plain = try await roof.createChannel("plain", readers: ["hall"], slotSize: 64)
            let readings = try await hall.openReader("typed", of: Reading.self)
            let bytes = try await hall.openReader("plain")
            try await typed.write(Reading(sensor: "roof", celsius: 21.5))
            try await plain.write([1, 2])
            let both = try TupleReader(readings, bytes)
            if let (reading, raw) = try await both.read() {
                print(reading.celsius, raw.count)
            }
            typed.close()
            plain.close()
            #expect(try await both.read() == nil)
        }
    }

    @Test func asynchronousCode() async throws {
        try await readings { writer, reader in
            let reading = Task {
                var warmest = -273.15
                for try await reading in reader.values {
                    warmest = max(warmest, reading.celsius)
                }
                return warmest
            }
            let queue = try WriteQueue(writer, depth: 16)
            for number in 0..<100 {
                try await queue.write(Reading(sensor: "roof", celsius: Double(number)))
            }
            try await queue.finish()
            writer.close()
            #expect(try await reading.value == 99)
        }
    }

    @Test func communicators() async throws {
        try await Lab.run(nodes: 2) { lab in
            let members = ["rank0", "rank1", "rank2"]
            var actors: [SluiceActor] = []
            for (rank, name) in members.enumerated() { actors.append(try await lab.actor(name, on: rank % 2)) }
            try await withThrowingTaskGroup(of: [Float].self) { group in
                for (rank, actor) in actors.enumerated() {
                    group.addTask { try await average([Float(rank), 3], as: actor, among: members) }
                }
                for try await result in group { #expect(result == [1, 3]) }
            }
        }
    }

    @Test func timeouts() async throws {
        try await Lab.run(nodes: 1) { lab in
            let (roof, hall) = (try await lab.actor("roof", on: 0), try await lab.actor("hall", on: 0))
            let writer = try await roof.createChannel("c", readers: ["hall"], slots: 2, slotSize: 64)
            let reader = try await hall.openReader("c")
            for value: UInt8 in 1...2 { try await writer.write([value]) }
            let held = try await reader.lease()
            var late: SluiceError?
            do throws(SluiceError) {
                try await writer.write([3], timeout: .milliseconds(10))
            } catch {
                late = error  // .timedOut: the slowest reader, its process, and how long it has held which value
            }
            #expect(late?.code == .timedOut)
            #expect(late?.actor == "hall")
            #expect(late?.sequence == 0)
            #expect(late?.message.contains("has held value 0 for") == true)
            #expect(writer.published == 2)
            held?.release()
            try await writer.write([3], timeout: .milliseconds(10))
        }
    }

    /// A channel of readings, to another node.
    private func readings(
        _ body: (any ChannelWriter<Reading>, any ChannelReader<Reading>) async throws -> Void
    ) async throws {
        try await Lab.run(nodes: 2) { lab in
            let roof = try await lab.actor("roof", on: 0)
            let log = try await lab.actor("log", on: 1)
            let writer = try await roof.createChannel("readings", of: Reading.self, readers: ["log"])
            try await body(writer, try await log.openReader("readings", of: Reading.self))
        }
    }
}
