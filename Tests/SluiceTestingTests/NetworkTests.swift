import SluiceModel
import SluiceTesting
import Testing

@Suite(.timeLimit(.minutes(1))) struct NetworkTests {
    static let one = Network.Host(number: 1)
    static let two = Network.Host(number: 2)

    @Test(.enabled("needs network namespaces") { try await Namespaces.permitted() })
    func reachCutHealAndRemove() async throws {
        let fixture = try Fixture()
        let network = try await Network.make(hosts: 2, in: fixture.directory, tag: fixture.tag)
        let listener = try await fixture.listen(network, Self.two)
        try await fixture.reaches(network, Self.one, Self.two)

        try await network.cut(from: Self.one, to: Self.two)
        #expect(try await !fixture.canReach(network, Self.one, Self.two))
        try await network.heal(from: Self.one, to: Self.two)
        try await fixture.reaches(network, Self.one, Self.two)

        // One direction is enough: the answer to the connection's first packet does not come back.
        try await network.cut(from: Self.two, to: Self.one)
        #expect(try await !fixture.canReach(network, Self.one, Self.two))
        try await network.heal(from: Self.two, to: Self.one)

        try await network.setLink(of: Self.two, up: false)
        #expect(try await !fixture.canReach(network, Self.one, Self.two))
        try await network.setLink(of: Self.two, up: true)
        try await fixture.reaches(network, Self.one, Self.two)
        try await fixture.reaches(network, .hub, Self.two)

        try await listener.kill()
        let holders = [0, 1, 2].map { network.holder(of: .init(number: $0)) }
        await network.remove()
        for pid in holders { #expect(processState(pid) == nil) }
    }

    @Test(.enabled("needs network namespaces") { try await Namespaces.permitted() })
    func theKernelCountsBytes() async throws {
        let fixture = try Fixture()
        let network = try await Network.make(hosts: 2, in: fixture.directory, tag: fixture.tag)
        let listener = try await fixture.listen(network, Self.two)
        let (before, elsewhere) = (try network.bytes(of: Self.two), try network.bytes(of: Self.one))
        let sender = try await fixture.connect(
            network, Self.one, Self.two, ["--bytes", "\(1 << 20)", "--milliseconds", "5000"])
        try await sender.waitForSuccess()
        let received = (try network.bytes(of: Self.two) - before).received
        #expect(received >= 1 << 20)
        // Once, with headers and whatever the kernel sends again, and not twice.
        #expect(received < 3 << 19)
        #expect((try network.bytes(of: Self.one) - elsewhere).sent >= 1 << 20)
        try await listener.kill()
        await network.remove()
    }

    @Test func noHostsIsRefused() async throws {
        let fixture = try Fixture()
        let error = await #expect(throws: SluiceError.self) {
            _ = try await Network.make(hosts: 0, in: fixture.directory, tag: fixture.tag)
        }
        #expect(error?.code == .invalidArgument)
    }
}

extension Fixture {
    func listen(_ network: Network, _ host: Network.Host) async throws -> ChildProcess {
        let listener = try await worker(["listen", host.address, "7000"], network, host)
        try await waitUntil("a listener") { listener.output.contains("listening") }
        return listener
    }

    func connect(_ network: Network, _ from: Network.Host, _ to: Network.Host, _ options: [String] = []) async throws
        -> ChildProcess
    {
        try await worker(["connect", to.address, "7000"] + options, network, from)
    }

    /// Within a time that also a busy machine keeps: neighbours are looked up anew after a link was down.
    func reaches(_ network: Network, _ from: Network.Host, _ to: Network.Host) async throws {
        try await waitUntil("\(from.address) to reach \(to.address)") { try await canReach(network, from, to) }
    }

    func canReach(_ network: Network, _ from: Network.Host, _ to: Network.Host) async throws -> Bool {
        try await connect(network, from, to).wait() == .code(0)
    }

    private func worker(_ arguments: [String], _ network: Network, _ host: Network.Host) async throws -> ChildProcess {
        try await start(try Executables.find("TestWorker"), arguments, networkOf: network.holder(of: host))
    }
}
