/// What a figure has to be.
package enum Bound: Hashable, Sendable {
    case atMost(Double)
    case atLeast(Double)

    package func holds(_ value: Double) -> Bool {
        switch self {
        case .atMost(let bound): value <= bound
        case .atLeast(let bound): value >= bound
        }
    }

    package var text: String {
        switch self {
        case .atMost(let bound): "≤ \(Numbers.short(bound))"
        case .atLeast(let bound): "≥ \(Numbers.short(bound))"
        }
    }
}

/// One figure of a target, with its bounds.
package struct Claim: Hashable, Sendable {
    package var name: String
    package var reading: Reading
    /// Nil where only the reach speaks of it.
    package var must: Bound?
    package var reach: Bound?
    /// Measured with every connection between nodes encrypted, beside peers that do so too; judged apart.
    package var isEncrypted = false

    package var holds: Bool? { must.flatMap { bound in reading.value.map(bound.holds) } }
    package var reaches: Bool? { reach.flatMap { bound in reading.value.map(bound.holds) } }
    package var figure: String { "\(reading.value.map(Numbers.short) ?? "–") \(name)" }
}

/// One of P1 … P15, judged.
package struct Target: Hashable, Sendable {
    package var id: String
    package var what: String
    package var must: String
    package var reach: String
    package var claims: [Claim]

    package var figure: String { Self.figure(keyless) }
    package var encryptedFigure: String { Self.figure(encrypted) }

    /// Whether all that must hold does; nil if one of them is not known and none fails.
    package var holds: Bool? { Self.all(keyless.filter { $0.must != nil }.map(\.holds)) }
    package var reaches: Bool? { Self.all(keyless.filter { $0.reach != nil }.map(\.reaches)) }
    /// The same beside encrypted peers; nil also where that says nothing.
    package var holdsEncrypted: Bool? { Self.all(encrypted.filter { $0.must != nil }.map(\.holds)) }

    /// Why ``holds`` is nil.
    package var reason: String? { holds == nil ? Self.reasons(keyless.filter { $0.must != nil }) : nil }

    package var keyless: [Claim] { claims.filter { !$0.isEncrypted } }
    package var encrypted: [Claim] { claims.filter(\.isEncrypted) }

    private static func figure(_ claims: [Claim]) -> String { claims.map(\.figure).joined(separator: "; ") }

    private static func reasons(_ claims: [Claim]) -> String {
        var seen: [String] = []
        for reason in claims.compactMap(\.reading.reason) where !seen.contains(reason) { seen.append(reason) }
        return seen.joined(separator: "; ")
    }

    /// Three-valued: what fails decides, then what is not known.
    private static func all(_ parts: [Bool?]) -> Bool? {
        if parts.contains(false) { return false }
        return parts.isEmpty || parts.contains(nil) ? nil : true
    }
}
