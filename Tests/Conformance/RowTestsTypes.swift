import Sluice
import SluiceModel
import SluiceTesting
import Testing

extension RowTests {
    /// What travels as itself only by reference: equal ones are made of it when it is decoded.
    private final class Token: Codable, Sendable {
        let number: Int
        init(_ number: Int) { self.number = number }
    }

    /// Not to be encoded at all.
    private final class Handle: Sendable {}

    @Test func c17AutoFollowsFromWhereTheReadersAre() async throws {
        try await Lab.run(nodes: 2) { lab in
            let me = try await lab.actor("me", on: 0)
            let far = try await lab.actor("far", on: 1)
            // To itself by reference, so that any type will do.
            let loop = try await me.createChannel("loop", of: Handle.self, readers: ["me"])
            let looped = try await me.openReader("loop", of: Handle.self)
            let handle = Handle()
            try await loop.write(handle)
            #expect(try await looped.read(timeout: .seconds(20)) === handle)
            let refused = await #expect(throws: SluiceError.self) {
                try await me.createChannel("no", of: Handle.self, readers: ["far"])
            }
            #expect(refused?.code == .invalidArgument)

            // To itself and to another node: each as suits it.
            let both = try await me.createChannel("both", of: Token.self, readers: ["me", "far"])
            let own = try await me.openReader("both", of: Token.self)
            let other = try await far.openReader("both", of: Token.self)
            let token = Token(7)
            try await both.write(token)
            #expect(try await own.read(timeout: .seconds(20)) === token)
            #expect(try await other.read(timeout: .seconds(20))?.number == 7)

            let away = try await me.createChannel("away", of: Token.self, readers: ["far"], slots: 1)
            let awaited = try await far.openReader("away", of: Token.self)
            try await away.write(token)
            #expect(try await awaited.readEncoded(timeout: .seconds(20))?.kind == ValueKind.typed)
            let forms = try await lab.status().channels.map { "\($0.name): \($0.form.rawValue)" }
            #expect(forms == ["away: sharedMemory", "both: composite", "loop: intraProcess"])
        }
    }

    @Test func c17SharedMemoryIsForTheOwnActorToo() async throws {
        try await Lab.run(nodes: 1) { lab in
            let me = try await lab.actor("me", on: 0)
            let writer = try await me.createChannel("c", of: Token.self, readers: ["me"], hint: .sharedMemory)
            let reader = try await me.openReader("c", of: Token.self)
            let token = Token(8)
            try await writer.write(token)
            try await writer.write(token)
            #expect(try await reader.readEncoded(timeout: .seconds(20))?.kind == ValueKind.typed)
            let copy = try #require(try await reader.read(timeout: .seconds(20)))
            #expect(copy.number == 8 && copy !== token)
            let refused = await #expect(throws: SluiceError.self) {
                try await me.createChannel("no", of: Handle.self, readers: ["me"], hint: .sharedMemory)
            }
            #expect(refused?.code == .invalidArgument)
        }
    }

    @Test func c17DeclaredTensorsTravelWithoutADescription() async throws {
        try await Lab.run(nodes: 2) { lab in
            let shape = TensorShape(.float32, [4])
            let actors = try await lab.actors(["me": 0, "near": 0, "far": 1])
            let me = actors[0]
            let writer = try await me.createChannel(
                "c", of: Tensor.self, readers: ["near", "far"], hint: .tensor([shape]))
            let plain = try await me.createChannel("plain", of: Tensor.self, readers: ["near", "far"], hint: .auto)
            let tensor = Tensor([1, 2, 3, 4] as [Float])
            for actor in actors[1...] {
                let declared = try await actor.openReader("c", of: Tensor.self)
                let described = try await actor.openReader("plain", of: Tensor.self)
                // What one reader takes does not matter to the other: two values for each.
                for _ in 0..<2 {
                    try await writer.write(tensor, timeout: .seconds(20))
                    try await plain.write(tensor, timeout: .seconds(20))
                }
                let encoded = try await declared.readEncoded(timeout: .seconds(20))
                #expect(encoded?.kind == ValueKind.tensors)
                #expect(encoded?.bytes.count == 16)
                #expect((try await described.readEncoded(timeout: .seconds(20))?.bytes.count ?? 0) > 16)
                for reader in [declared, described] {
                    let read = try #require(try await reader.read(timeout: .seconds(20)))
                    #expect(try read.hasSameElements(as: tensor))
                }
            }
            let error = await #expect(throws: SluiceError.self) {
                try await writer.write(Tensor([1, 2] as [Float]), timeout: .seconds(20))
            }
            #expect(error?.code == .cannotEncode)
        }
    }
}
