/// Small numbers that are handed out once each: endpoints and cursor lines, 0 ..< `count`.
struct NumberPool {
    private var taken: [Bool]
    /// Where the next search begins: a number that was just given back rests longest.
    private var next = 0
    private(set) var takenCount = 0

    init(count: Int) { taken = Array(repeating: false, count: count) }

    var count: Int { taken.count }

    /// A free number, now taken; nil if there is none.
    mutating func take() -> Int? {
        for step in 0..<taken.count {
            let number = (next + step) % taken.count
            guard !taken[number] else { continue }
            taken[number] = true
            takenCount += 1
            next = (number + 1) % taken.count
            return number
        }
        return nil
    }

    /// Frees a number; one that is free already stays so.
    mutating func giveBack(_ number: Int) {
        guard taken.indices.contains(number), taken[number] else { return }
        taken[number] = false
        takenCount -= 1
    }
}
