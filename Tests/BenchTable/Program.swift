internal import Foundation
internal import SluiceModel
internal import SluiceTesting

/// Runs other programs; each dies with this one.
enum Program {
    /// What one has printed, whether or not it ended well.
    struct Outcome {
        var output: String
        var errors: String
        var isSuccess: Bool

        /// The last thing that it said.
        var lastWords: String {
            let lines = errors.split(separator: "\n").filter { !$0.allSatisfy(\.isWhitespace) }
            return lines.last.map(String.init) ?? "it said nothing"
        }
    }

    /// The path of a program that was built beside this one.
    static func beside(_ name: String) -> String { (try? Executables.find(name)) ?? name }

    static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], within seconds: Double
    ) async throws -> Outcome {
        let tag = ClusterTag.make()
        let directory = try ClusterDirectory(tag)
        defer { directory.remove() }
        let child = try await ChildProcess.start(
            .init(
                label: program.split(separator: "/").last.map(String.init) ?? program, executable: program,
                arguments: arguments, environment: environment, output: directory.file("out"),
                errors: directory.file("err")))
        do {
            let exit = try await child.wait(within: .seconds(seconds))
            return Outcome(output: child.output, errors: child.errors, isSuccess: exit == .code(0))
        } catch {
            try? await child.kill()
            throw error
        }
    }

    /// - Throws: If it does not end well.
    static func output(of program: String, _ arguments: [String]) async throws -> String {
        let outcome = try await run(program, arguments, within: 20)
        guard outcome.isSuccess else { throw SluiceError(.system, "\(program) failed: \(outcome.lastWords)") }
        return outcome.output
    }
}
