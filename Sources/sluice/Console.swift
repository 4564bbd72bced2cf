internal import CSluice
internal import Foundation

/// Lines for a person, on standard error; standard output is for data.
enum Console {
    static func say(_ line: String) { FileHandle.standardError.write(Data("sluice: \(line)\n".utf8)) }

    /// A line of output, out at once also where standard output is a file that somebody waits for.
    static func print(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }

    /// A text that ends its last line itself.
    static func show(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }

    /// Whether somebody watches standard error.
    static var isWatched: Bool { isatty(STDERR_FILENO) == 1 }
}
