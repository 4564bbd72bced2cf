/// The report as JSON.
struct Document: Encodable {
    struct Judged: Encodable {
        var id: String
        var what: String
        var figure: String
        var must: String
        var reach: String
        var holds: Bool?
        var reaches: Bool?
        var reason: String?
        var encrypted: Encrypted?
        var claims: [Part]

        enum CodingKeys: CodingKey { case id, what, figure, must, reach, holds, reaches, reason, encrypted, claims }

        /// What is not known is null, and not left out.
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(id, forKey: .id)
            try container.encode(what, forKey: .what)
            try container.encode(figure, forKey: .figure)
            try container.encode(must, forKey: .must)
            try container.encode(reach, forKey: .reach)
            try container.encode(holds, forKey: .holds)
            try container.encode(reaches, forKey: .reaches)
            try container.encodeIfPresent(reason, forKey: .reason)
            try container.encodeIfPresent(encrypted, forKey: .encrypted)
            try container.encode(claims, forKey: .claims)
        }
    }

    struct Encrypted: Encodable {
        var figure: String
        var holds: Bool?
    }

    struct Part: Encodable {
        var name: String
        var value: Double?
        var must: String?
        var reach: String?
        var holds: Bool?
        var reason: String?
        var encrypted: Bool
    }

    struct Line: Encodable {
        var work: String
        var name: String
        var metric: String
        var ours: Double?
        var floor: Double?
        var peers: [String: Double?]
        var ratioToFloor: Double?
        var ratioToBestPeer: Double?
    }

    struct Figure: Encodable {
        var peer: String
        var work: String
        var name: String
        var metric: String
        var median: Double?
        var values: [Double]
        var isVoid: Bool
    }

    var machine: Machine
    var settings: String
    var targets: [Judged]
    var table: [Line]
    var figures: [Figure]
    var notes: [String]

    init(_ report: Report) {
        machine = report.machine
        settings = report.settings
        notes = report.notes
        targets = report.targets.map(Self.judged)
        table = Comparison(report.results).lines.map { line in
            Line(
                work: line.work, name: line.name, metric: line.metric, ours: line.ours.value, floor: line.floor.value,
                peers: Dictionary(uniqueKeysWithValues: line.peers.map { ($0.rawValue, $1.value) }),
                ratioToFloor: line.overFloor, ratioToBestPeer: line.overBestPeer)
        }
        figures = report.results.keys.flatMap { key in
            report.results.metrics(of: key).map { metric in
                Figure(
                    peer: key.peer, work: key.work, name: key.name, metric: metric,
                    median: report.results.median(key, metric), values: report.results.all(key, metric),
                    isVoid: report.results.isVoid(key))
            }
        }
    }

    private static func judged(_ target: Target) -> Judged {
        Judged(
            id: target.id, what: target.what, figure: target.figure, must: target.must, reach: target.reach,
            holds: target.holds, reaches: target.reaches, reason: target.reason,
            encrypted: target.encrypted.isEmpty
                ? nil : Encrypted(figure: target.encryptedFigure, holds: target.holdsEncrypted),
            claims: target.claims.map { claim in
                Part(
                    name: claim.name, value: claim.reading.value, must: claim.must?.text, reach: claim.reach?.text,
                    holds: claim.holds, reason: claim.reading.reason, encrypted: claim.isEncrypted)
            })
    }
}
