import PlanFiles
import Planning
import Testing

/// Files that are made to do harm, or are no text at all.
@Suite(.timeLimit(.minutes(1))) struct HostileFileTests {
    func message(_ text: String) -> String {
        problems(text).first.map { "\($0.line):\($0.column): \($0.message)" } ?? "it is a plan"
    }

    @Test func aFileHasABound() {
        let head = "plan: p\nactors: {}\n#"
        let rest = PlanFile.mostBytes - head.utf8.count
        #expect(problems(head + String(repeating: "x", count: rest)).isEmpty)
        #expect(message(head + String(repeating: "x", count: rest + 1)).contains("the file has 1048577 bytes"))
        #expect(throws: PlanFileError.self) {
            try PlanFile.read(bytes: repeatElement(0x23, count: PlanFile.mostBytes + 1), named: "")
        }
    }

    @Test(
        arguments: [
            ([0xff, 0xfe, 0x70, 0x00], 1, 1, "UTF-16"), ([0xfe, 0xff, 0x00, 0x70], 1, 1, "UTF-16"),
            ([0x70, 0x0a, 0x61, 0xc3, 0x28], 2, 2, "not UTF-8"), ([0xc0, 0x80], 1, 1, "not UTF-8"),
            ([0x70, 0xed, 0xa0, 0x80], 1, 2, "not UTF-8"), ([0xc3, 0xa9, 0x0d, 0x0a, 0xc3], 2, 1, "not UTF-8"),
        ] as [([UInt8], Int, Int, String)])
    func bytesThatAreNoText(_ bytes: [UInt8], _ line: Int, _ column: Int, _ message: String) {
        #expect {
            try PlanFile.read(bytes: bytes, named: "f")
        } throws: { error in
            guard let problem = (error as? PlanFileError)?.problems.first else { return false }
            return problem.line == line && problem.column == column && problem.message.contains(message)
        }
    }

    /// A few lines that stand for 10 to the 9 values, also where they are a key, which the parser would compare.
    @Test(arguments: ["actors: *i9", "? *i9\n: 1\n? *i9\n: 2"]) func aliasBombsAreNotUnfolded(_ use: String) {
        var text = "plan: p\ni0: &i0 [x]\n"
        for level in 1...9 {
            let aliases = Array(repeating: "*i\(level - 1)", count: 10).joined(separator: ",")
            text += "i\(level): &i\(level) [\(aliases)]\n"
        }
        #expect(message(text + use).contains("a plan has no aliases"))
    }

    @Test(arguments: [
        "a: &x 1\nb: *x", "a: &x 1\nb: {*x : 1}", "[&x 1,*x]", "{a: &x 1,? *x}", "a: \"'\"\nb: &x 1\nc: \"'\"\nd: *x",
        "a: it's\nb: &x '\nc: *x", "# '\na: &x 1\nb: *x\n# '", "a: &x-_9 1\nb: *x-_9", "- &x 1\n-\t*x", "&x a: *x",
    ]) func everyAliasIsFound(_ text: String) { #expect(message(text).contains("a plan has no aliases")) }

    @Test func depthHasABound() {
        func nested(_ depth: Int) -> String {
            kernel("attributes: {a: \(String(repeating: "[", count: depth))1\(String(repeating: "]", count: depth))}")
        }
        // The attribute itself lies 6 deep.
        #expect(problems(nested(PlanFile.mostDepth - 6)).isEmpty)
        #expect(message(nested(PlanFile.mostDepth - 5)).contains("deeper than 32"))
        #expect(message(nested(990)).contains("deeper than 32"))
        #expect(message(nested(200_000)).contains("deeper than 32"))
        #expect(message("plan: p\nactors: " + String(repeating: "[", count: 1_000_000)).contains("deeper than 32"))
        #expect(message(String(repeating: "- ", count: 500_000)).contains("deeper than 32"))
        #expect(message(String(repeating: "{a: ", count: 200_000)).contains("deeper than 32"))
        #expect(message(String(repeating: "? ", count: 500_000)).contains("deeper than 32"))
    }

    @Test func theNumberOfValuesHasABound() {
        func listing(_ count: Int) -> String {
            kernel("attributes: {a: [\(Array(repeating: "1", count: count).joined(separator: ","))]}")
        }
        // Keys and values around the list.
        let around = 16
        #expect(problems(listing(PlanFile.mostNodes - around)).isEmpty)
        #expect(message(listing(PlanFile.mostNodes - around + 1)).contains("more than 100000 keys and values"))
    }

    @Test(arguments: [
        String(repeating: "a,", count: 500_000), String(repeating: "a: 1\n", count: 100_000),
        "{" + (0..<120_000).map { "a\($0):" }.joined(separator: ","), String(repeating: "'", count: 1_000_000),
        String(repeating: "\"\\", count: 500_000), String(repeating: "&a *a ", count: 170_000),
        String(repeating: "!", count: 1_000_000), String(repeating: "%", count: 1_000_000),
        String(repeating: "\n", count: 1_000_000), String(repeating: "\r", count: 1_000_000),
        String(repeating: "|\n", count: 500_000), String(repeating: ": ", count: 500_000),
        "a: |\n" + String(repeating: " \n", count: 500_000),
        String(repeating: "[", count: 900) + String(repeating: "1,", count: 125_000),
        String(repeating: "&", count: 1_000_000) + "*", String(repeating: "- *a\n", count: 200_000),
        "? " + String(repeating: "x", count: 1_000_000), String(repeating: "🐟", count: 262_000),
    ]) func fullSizeNonsenseEndsSoon(_ text: String) { #expect(!problems(text).isEmpty) }

    /// Nothing that a file can say ends the process: every byte of a good one, changed and cut.
    @Test func damagedFilesAreReadOrRefused() throws {
        let good = Array(PlanFileTests.complete.utf8)
        var refused = 0
        for position in 0..<good.count {
            var bytes = good
            bytes[position] = [0x00, 0x22, 0x26, 0x5b, 0x7b, 0x3a, 0x0a, 0x09, 0xff, 0x2a][position % 10]
            for candidate in [bytes, Array(good[..<position])] {
                do { _ = try PlanFile.read(bytes: candidate, named: "") } catch {
                    refused += 1
                    #expect(error.problems.allSatisfy { $0.line >= 1 && $0.column >= 1 && !$0.message.isEmpty })
                    #expect(!error.problems.isEmpty)
                }
            }
        }
        #expect(refused > good.count)
    }
}
