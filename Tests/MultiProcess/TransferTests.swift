import Sluice
import SluiceModel
import SluiceTesting
import Testing

extension MultiProcess {
    struct Transfers {
        private static let patience = Timeout.seconds(60)

        /// What had come of it before the cut does not count: it crosses again, and is seen when it is whole.
        @Test(.needsNamespaces) func c13AValueCutInTheMiddleBeginsAgain() async throws {
            try await withCleanCluster(nodes: 2, .namespaces) { cluster in
                let size = 32 << 20
                let stream = Stream("big", slots: 2, slotSize: size, lengths: "full")
                let reader = try await cluster.nodes[1].read(stream, as: "far", extra: ["--every", "1"])
                let writer = try await cluster.nodes[0].write(stream, to: ["far"])
                var cuts = 0
                for _ in 0..<10 where cuts < 2 {
                    try await reader.reads(more: 2)
                    try await cluster.cut(cluster.nodes[0], cluster.nodes[1])
                    let received = try await waitUntil("the sessions to end", within: Self.patience) {
                        try await cluster.status(from: cluster.nodes[1])
                    } satisfies: { status in
                        status.nodes.last?.agent?.sessions == []
                    }
                    // All values have this size, so that what is over is a part of one.
                    let bytes = received.nodes.last?.agent?.bytesReceived ?? 0
                    if bytes % UInt64(size) != 0 { cuts += 1 }
                    try await cluster.heal(cluster.nodes[0], cluster.nodes[1])
                }
                #expect(cuts == 2, "no cut has met a value in the middle")
                try await reader.reads(more: 2)
                try await reader.expectAll(try await writer.finish())
            }
        }

        /// Local and on another node: the writer's own error and `sluice status` both say who holds which value, and
        /// since when.
        @Test(arguments: [0, 1]) func c22WhoHoldsAValueIsNamed(place: Int) async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let worker = try await cluster.nodes[0].worker()
                defer { worker.close() }
                let alice = try await worker.register(actor: "alice")
                let holder = try await cluster.nodes[place].run(
                    try Executables.find("TestWorker"),
                    ["read", "c", "--as", "keeper", "--lengths", "any", "--hold-at", "1"])
                let writer = try await alice.createChannel(
                    "c", readers: ["keeper"], slots: 2, slotSize: 64, timeout: Self.patience)
                // Value 0 is given back; value 1 is kept, and the slots behind it fill, here and there.
                let most = UInt8(3 + 2 * place)
                for number in 0..<most { try await writer.write([number], timeout: Self.patience) }
                let error = try await waitUntil("the holder to be named", within: Self.patience) {
                    await #expect(throws: SluiceError.self) {
                        try await writer.write([99], timeout: .milliseconds(200))
                    }
                } satisfies: {
                    $0?.message.contains("has held value 1 for") == true
                }
                #expect(error?.code == .timedOut)
                #expect(error?.channel == "c")
                #expect(error?.actor == "keeper")
                #expect(error?.node == cluster.nodes[place].name)
                #expect(error?.pid == holder.pid)
                #expect(error?.sequence == 1)
                let status = try await cluster.nodes[0].sluice("status")
                try await status.waitForSuccess()
                let who = "held back by keeper (node \(cluster.nodes[place].name), pid \(holder.pid))"
                #expect(status.output.contains(who + ", which has held value 1 for"), "\(status.output)")
                #expect(writer.published == UInt64(most))
                // With its process its hold goes.
                try await holder.kill()
                try await writer.write([99], timeout: Self.patience)
            }
        }
    }
}
