/// Short names for what the targets ask of the results.
struct Figures {
    enum Place { case local, remote }

    private let results: Results

    init(_ results: Results) { self.results = results }

    func ours(_ work: String, _ name: String, _ metric: String, _ variant: Variant = .plain) -> Reading {
        results.best(.ours, variant, work, name, metric)
    }

    /// Where one work is measured in both places, and only the peer's name tells which.
    func ours(_ work: String, _ name: String, _ metric: String, place: Place) -> Reading {
        let key = Row.Key(place == .local ? "sluice" : "sluice tcp", work, name)
        if results.isVoid(key) { return .missing("\(work) \(name) is void: it lost or tore values") }
        guard let value = results.median(key, metric) else {
            return .missing("\(key.peer): \(work) \(name) was not measured")
        }
        return .value(value)
    }

    func floor(_ work: String, _ name: String, _ metric: String, _ variant: Variant = .plain) -> Reading {
        results.best(.floor, variant, work, name, metric)
    }

    func of(_ peer: Contender, _ work: String, _ name: String, _ metric: String, _ variant: Variant = .plain)
        -> Reading
    {
        results.best(peer, variant, work, name, metric)
    }

    func bestPeer(_ work: String, _ name: String, _ metric: String) -> Reading {
        results.bestPeer(.plain, work, name, metric)
    }
}
