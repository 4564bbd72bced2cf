import Sluice
import SluiceModel
import SluiceTesting
import Testing

/// A value that is the same only if it is the same instance.
private final class Parcel: Sendable {
    let text: String
    init(_ text: String) { self.text = text }

    static let transcoder = Transcoder<Parcel>(
        encode: { EncodedValue(kind: ValueKind.firstOfUsers, bytes: Array($0.text.utf8)) },
        decode: { Parcel(String(decoding: $0.bytes, as: UTF8.self)) })
}

extension MultiProcess {
    struct Routes {
        /// Under real agents a writer may be the only reader of its ring.
        @Test func c6AnActorWritesToItself() async throws {
            try await withCleanCluster(nodes: 1) { cluster in
                let worker = try await cluster.nodes[0].worker()
                defer { worker.close() }
                let me = try await worker.register(actor: "me")
                for _ in 0..<3 {
                    let writer = try await me.createIntraProcessChannel("loop", of: Parcel.self, slots: 2)
                    let reader = try await me.openIntraProcessReader("loop", of: Parcel.self)
                    let writing = Task {
                        for number in 0..<2000 { try await writer.write(Parcel("\(number)")) }
                        let last = Parcel("last")
                        try await writer.write(last)
                        writer.close()
                        return last
                    }
                    for number in 0..<2000 { #expect(try await reader.read()?.text == "\(number)") }
                    let last = try #require(try await reader.read())
                    #expect(last === (try await writing.value))
                    #expect(try await reader.read() == nil)
                    reader.close()
                }
                let writer = try await me.createIntraProcessChannel("full", of: Parcel.self, slots: 1)
                let reader = try await me.openIntraProcessReader("full", of: Parcel.self)
                try await writer.write(Parcel("first"))
                let error = await #expect(throws: SluiceError.self) {
                    try await writer.write(Parcel("second"), timeout: .milliseconds(20))
                }
                #expect(error?.code == .timedOut)
                #expect(error?.actor == "me")
                #expect(try await reader.read()?.text == "first")
            }
        }

        /// One write, three ways: to itself, to another worker of its node, and to another node.
        @Test func c10EveryRouteBringsTheSame() async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let workers = [
                    try await cluster.nodes[0].worker(), try await cluster.nodes[0].worker(),
                    try await cluster.nodes[1].worker(),
                ]
                defer { for worker in workers { worker.close() } }
                var actors: [SluiceActor] = []
                for (worker, name) in zip(workers, ["me", "near", "far"]) {
                    actors.append(try await worker.register(actor: name))
                }
                let writer = try await actors[0].createCompositeChannel(
                    "c", readers: ["me", "near", "far"], by: Parcel.transcoder, slots: 4, slotSize: 1024)
                #expect(writer is CompositeWriter<Parcel>)
                let writing = Task {
                    for number in 0..<1000 {
                        if number % 10 == 3 {
                            try await writer.write(failure: ApplicationFailure(kind: "k", message: "\(number)"))
                        } else {
                            try await writer.write(Parcel("\(number)"))
                        }
                    }
                    writer.close()
                }
                try await withThrowingTaskGroup { group in
                    for actor in actors {
                        group.addTask {
                            let reader = try await actor.openCompositeReader("c", by: Parcel.transcoder)
                            for number in 0..<1000 {
                                do {
                                    #expect(try await reader.read()?.text == "\(number)", "\(actor.name)")
                                } catch let error as SluiceError where error.code == .application {
                                    #expect(error.message == "\(number)" && number % 10 == 3, "\(actor.name)")
                                    #expect(error.actor == "me")
                                }
                            }
                            #expect(try await reader.read() == nil)
                        }
                    }
                    try await group.waitForAll()
                }
                try await writing.value
            }
        }
    }
}
