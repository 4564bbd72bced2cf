internal import Foundation

/// What stands on the command line, before anybody interprets it.
enum Arguments {
    /// Ends the program if an argument is not UTF-8: decoding would repair it silently, and the channel that is then
    /// written would not be the one that was named.
    static func requireUTF8() {
        for (number, argument) in raw().enumerated() where String(validating: argument, as: UTF8.self) == nil {
            Failure.exit("argument \(number) is not UTF-8; names and paths must be", code: .usage)
        }
    }

    private static func raw() -> [[UInt8]] {
        (0..<Int(CommandLine.argc)).map { number in
            guard let argument = unsafe CommandLine.unsafeArgv[number] else { return [] }
            return unsafe Array(UnsafeRawBufferPointer(start: argument, count: strlen(argument)))
        }
    }
}
