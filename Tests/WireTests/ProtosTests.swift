import Foundation
import Testing

private let isCompilerHere = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    .contains { FileManager.default.isExecutableFile(atPath: "\($0)/protoc-c") }

@Suite(.timeLimit(.minutes(3))) struct ProtosTests {
    /// Sources/CSluiceProtos is what protoc-c makes of Protos/.
    @Test(.enabled(if: isCompilerHere, "protoc-c (package protobuf-c-compiler) is not installed"))
    func committedCodeIsCurrent() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let process = Process()
        let output = Pipe()
        process.executableURL = root.appending(path: "Protos/generate")
        process.arguments = ["--check"]
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(said)")
    }
}
