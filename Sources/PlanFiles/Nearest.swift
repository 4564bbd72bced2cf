/// The known word that somebody who wrote another one most likely meant; nil if none is near.
func nearest(to word: String, among known: [String]) -> String? {
    let most = max(1, word.count / 3)
    guard word.count <= 60 else { return nil }
    let word = word.lowercased()
    let distances = known.map { known in
        // Of two equally near, the one that begins alike.
        (known, distance(word, known.lowercased()), known.lowercased().first == word.first ? 0 : 1)
    }
    if let best = distances.filter({ $0.1 <= most }).min(by: { ($0.1, $0.2) < ($1.1, $1.2) }) { return best.0 }
    // As "inputs" for "in".
    return known.first { $0.count > 1 && word.hasPrefix($0.lowercased()) }
}

/// Letters to put in, leave out, change, or exchange with the next one.
private func distance(_ a: String, _ b: String) -> Int {
    let a = Array(a)
    let b = Array(b)
    if a.isEmpty || b.isEmpty { return a.count + b.count }
    var rows = [Array(0...b.count)]
    for i in 1...a.count {
        var row = [i]
        for j in 1...b.count {
            let isSame = a[i - 1] == b[j - 1]
            var best = min(row[j - 1] + 1, rows[i - 1][j] + 1, rows[i - 1][j - 1] + (isSame ? 0 : 1))
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { best = min(best, rows[i - 2][j - 2] + 1) }
            row.append(best)
        }
        rows.append(row)
    }
    return rows[a.count][b.count]
}
