import Sluice
import SluiceModel
import SluiceTesting
import Testing

enum Kinds {
    static let all: [any Kind] = [
        PlainKind(name: "buffered shared memory", slots: 4), PlainKind(name: "shared memory", slots: 1),
        IntraProcessKind(), CompositeKind(), TranscodedKind(), LetterKind(), TensorKind(), CachedKind(), RoundKind(),
    ]
}

/// What every kind of channel promises, on every route: one suite, written against the protocols of both ends.
@Suite("Conformance", .timeLimit(.minutes(3))) struct ConformanceTests {
    @Test func everyKindOnEveryRouteKeepsEveryPromise() async throws {
        let matrix = Matrix()
        try await Lab.run(nodes: 2) { lab in
            let actors = try await Actors(lab)
            for kind in Kinds.all {
                for route in Route.allCases {
                    for `case` in Case.allCases { await play(kind, route, `case`, actors, matrix) }
                }
            }
        }
        for line in matrix.lines { print(line) }
    }

    private func play<K: Kind>(_ kind: K, _ route: Route, _ case: Case, _ actors: Actors, _ matrix: Matrix) async {
        let place = Matrix.Place(kind: kind.name, route: route, case: `case`)
        let stage = Stage(kind: kind, route: route, case: `case`, actors: actors)
        if let reason = stage.reason { return matrix.set(.left(reason), at: place) }
        do {
            try await stage.play()
            matrix.set(.passed, at: place)
        } catch {
            matrix.set(.failed, at: place)
            Issue.record("\(kind.name), \(route.rawValue), \(`case`.rawValue): \(error)")
        }
    }
}
