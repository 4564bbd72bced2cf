import Foundation
import Sluice
import SluiceModel

/// Where one case is played, for one kind on one route.
struct Stage<K: Kind>: Sendable {
    let kind: K
    let route: Route
    let `case`: Case
    let actors: Actors

    private var channel: String { "\(kind.name), \(route.rawValue), \(`case`.rawValue)" }

    /// A channel, to be closed by the caller.
    ///
    /// - Parameters:
    ///   - suffix: Of its name, for the second one of a case.
    ///   - readers: Those of the route if nil.
    func ends(
        _ suffix: String = "", slotSize: Int = 512, largestValue: Int = 1 << 20, readers: [String]? = nil
    ) async throws -> Ends<K> {
        let names = readers ?? route.readers
        let wish = Wish(
            channel: channel + suffix, readers: names, slots: kind.slots, slotSize: slotSize,
            largestValue: largestValue)
        let writer = try await kind.writer(actors["me"], wish)
        var ends = Ends(
            kind: kind, writer: writer, readers: [], names: names, capacity: route.capacity(kind.slots))
        for name in names { ends.readers.append(try await kind.reader(actors[name], wish.channel)) }
        return ends
    }

    /// Runs a part of the case with a channel of its own.
    func with(
        _ suffix: String = "", slotSize: Int = 512, largestValue: Int = 1 << 20, readers: [String]? = nil,
        _ body: (Ends<K>) async throws -> Void
    ) async throws {
        let ends = try await ends(suffix, slotSize: slotSize, largestValue: largestValue, readers: readers)
        defer { ends.close() }
        try await body(ends)
    }

    /// Bytes of an encoded value that are not its size's.
    func overhead() async throws -> Int {
        guard !kind.isEncodedAsItIs else { return 0 }
        var overhead = 0
        try await with(", overhead", slotSize: 4096) { ends in
            try ends.write(0, 100)
            guard let encoded = try read(ends) else { throw Mismatch("no value") }
            overhead = encoded.bytes.count - 100
        }
        return overhead
    }

    private func read(_ ends: Ends<K>) throws -> EncodedValue? {
        try ends.readers[ends.readers.count - 1].readEncoded(timeout: .seconds(20))
    }
}

/// Every actor of the suite, in a worker of its own: three on the first node, two on the second.
struct Actors: Sendable {
    private var actors: [String: SluiceActor] = [:]

    init(_ lab: Lab) async throws {
        for (name, node) in [("me", 0), ("near", 0), ("near2", 0), ("far", 1), ("far2", 1)] {
            actors[name] = try await lab.actor(name, on: node)
        }
    }

    subscript(name: String) -> SluiceActor {
        guard let actor = actors[name] else { fatalError("there is no actor \(name)") }
        return actor
    }
}

extension Stage {
    func play() async throws {
        switch `case` {
        case .order: try await order()
        case .sizes: try await sizes()
        case .grows: try await grows()
        case .chunks: try await chunks()
        case .largest: try await largest()
        case .timeouts: try await timeouts()
        case .failure: try await failure()
        case .encoded: try await encoded()
        case .skip: try await skip()
        case .close: try await close()
        case .wakes: try await wakes()
        case .two: try await two()
        case .reopens: try await reopens()
        case .async: try await async()
        case .holder: try await holder()
        case .rollBack: try await rollBack()
        }
    }

    /// Why the case does not apply; nil if it does.
    var reason: String? {
        if let reason = kind.reason(`case`, route) { return reason }
        guard `case` == .two else { return nil }
        switch route {
        case .sameActor: return "an actor reads a channel once"
        case .mixed: return "it has three in every case"
        case .sameNode, .twoNodes: return nil
        }
    }
}
