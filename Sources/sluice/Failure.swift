internal import ArgumentParser
internal import Foundation
internal import PlanFiles
package import SluiceModel

/// How the program ends when it cannot do what it was asked to.
package enum Failure {
    /// Documented in `sluice --help`.
    package enum Code: Int32 {
        case failed = 1
        case unavailable = 3
        case usage = 64
    }

    /// What an error means to a shell script.
    package static func code(of error: SluiceError) -> Code {
        switch error.code {
        case .invalidName, .invalidArgument, .badAddress: .usage
        case .agentUnavailable, .coordinatorUnavailable, .timedOut, .unknownActor, .unknownChannel: .unavailable
        default: .failed
        }
    }

    /// Prints the error and ends the program; a request for help is no error.
    static func exit(_ error: any Error, of command: any ParsableCommand.Type) -> Never {
        if let error = error as? SluiceError { exit("\(error)", code: code(of: error)) }
        if let error = error as? PlanFileError {
            // As compilers say it, for editors to find the place.
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            Foundation.exit(Code.failed.rawValue)
        }
        command.exit(withError: error)
    }

    static func exit(_ message: String, code: Code) -> Never {
        Console.say("error: \(message)")
        Foundation.exit(code.rawValue)
    }
}
