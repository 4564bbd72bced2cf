import SluiceModel
import Testing
import sluice

struct TextTests {
    @Test(arguments: [
        ("64", 64), ("64B", 64), ("0", 0), ("1KiB", 1024), ("1k", 1024), ("2M", 2 << 20), ("16MiB", 16 << 20),
        ("3GiB", 3 << 30),
    ]) func sizesAreRead(_ text: String, _ bytes: Int) {
        #expect(ByteSize(argument: text)?.bytes == bytes)
    }

    @Test(arguments: ["", "MiB", "-1", "1.5MiB", "1 MiB", "9223372036854775807KiB", "1XB", "٣"])
    func otherTextIsNoSize(_ text: String) { #expect(ByteSize(argument: text) == nil) }

    @Test func sizesAreWritten() {
        #expect(
            [8, 1024, 1 << 20, 16 << 20, 1025].map { ByteSize($0).description } == [
                "8B", "1KiB", "1MiB", "16MiB", "1025B",
            ])
        #expect([UInt64(999), 1536, 5 << 30].map { ByteSize.rounded($0) } == ["999 B", "1.5 KiB", "5.0 GiB"])
    }

    @Test func numbersHaveTheirDigits() {
        #expect(
            [fixed(1.005, 1), fixed(0.05, 1), fixed(12, 0), fixed(-2.5, 2), fixed(9.999, 2)] == [
                "1.0", "0.1", "12", "-2.50", "10.00",
            ])
    }

    @Test func columnsAreAsWideAsTheirCells() {
        var table = Table(["A", "LONG"])
        table.add(["value", "x"])
        #expect(table.lines == ["A      LONG", "value  x"])
    }
}

struct FailureTests {
    @Test func codesTellAScriptWhatToDo() {
        let expected: [(SluiceError.Code, Failure.Code)] = [
            (.invalidName, .usage), (.badAddress, .usage), (.agentUnavailable, .unavailable), (.timedOut, .unavailable),
            (.unknownChannel, .unavailable), (.writerDied, .failed), (.nameTaken, .failed), (.outOfMemory, .failed),
        ]
        for (code, exit) in expected { #expect(Failure.code(of: SluiceError(code, "")) == exit) }
    }
}
