import Foundation
import Testing

/// `Rows.md` is true of the tests: each row has some, and each that it names is there.
struct RowListTests {
    private static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    /// The names of all test functions that begin with a row.
    private static func functions() throws -> Set<String> {
        var names: Set<String> = []
        let files = FileManager.default.enumerator(at: tests, includingPropertiesForKeys: nil)
        while let file = files?.nextObject() as? URL {
            guard file.pathExtension == "swift" else { continue }
            for match in try String(contentsOf: file, encoding: .utf8).matches(
                of: /func ([cfr][0-9]+[A-Z][A-Za-z0-9]*)/)
            {
                names.insert(String(match.1))
            }
        }
        return names
    }

    @Test func everyRowOfTheChannelsIsListedAndHasTests() throws {
        try check("Conformance/Rows.md", (1...24).map { "C\($0)" } + (1...10).map { "F\($0)" })
    }

    @Test func everyRowOfThePlansIsListedAndHasTests() throws {
        try check("PlanRuns/Rows.md", (1...19).map { "R\($0)" })
    }

    private func check(_ list: String, _ wanted: [String]) throws {
        let page = try String(contentsOf: Self.tests.appending(path: list), encoding: .utf8)
        let rows = page.split(separator: "\n").filter { $0.contains(/^\| [CFR][0-9]+ \|/) }
        let functions = try Self.functions()
        for row in wanted {
            #expect(rows.contains { $0.hasPrefix("| \(row) |") }, "\(row) is not listed")
            let prefix = row.lowercased()
            #expect(
                functions.contains { $0.hasPrefix(prefix) && !$0.dropFirst(prefix.count).first!.isNumber },
                "\(row) has no test")
        }
        for row in rows {
            for match in row.matches(of: /`([cfr][0-9]+[A-Z][A-Za-z0-9]*)`/) {
                #expect(functions.contains(String(match.1)), "\(match.1) is listed, and is not there")
            }
        }
    }
}
