internal import Foundation
internal import SluiceModel
internal import Subprocess

/// Runs a small tool of the system to its end.
enum Tool {
    private static let mostOutput = 4 << 20
    private static let longest = Duration.seconds(30)

    /// - Returns: Its standard output.
    /// - Throws: ``SluiceError/Code/system`` with what it wrote to standard error, if it does not end with 0;
    ///   ``SluiceError/Code/timedOut`` if it has not ended within 30 s, and is then killed.
    @discardableResult
    static func run(_ name: String, _ arguments: [String], input: String = "") async throws(SluiceError) -> String {
        let line = ([name] + arguments).joined(separator: " ")
        do {
            let result = try await withThrowingTaskGroup { group in
                group.addTask {
                    try await Subprocess.run(
                        .name(name), arguments: Arguments(arguments), input: .string(input),
                        output: .string(limit: mostOutput), error: .string(limit: mostOutput))
                }
                group.addTask {
                    try await Task.sleep(for: longest)
                    throw SluiceError(.timedOut, "\(line) has not ended within \(longest)")
                }
                defer { group.cancelAll() }
                guard let first = try await group.next() else { throw CancellationError() }
                return first
            }
            guard result.terminationStatus.isSuccess else {
                throw SluiceError.system(line, 0, result.standardError.trimmingCharacters(in: .whitespacesAndNewlines))
            }
            return result.standardOutput
        } catch let error as SluiceError {
            throw error
        } catch { throw .system(line, 0, "\(error)") }
    }
}
