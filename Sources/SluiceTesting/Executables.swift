internal import Foundation
public import SluiceModel

/// Finds executables that tests start.
public enum Executables {
    /// The `sluice` executable: what `SLUICE_EXECUTABLE` names, else the one beside the running program, which is where
    /// SwiftPM puts it when a test target depends on the product, else the first in `PATH`.
    public static func sluice() throws(SluiceError) -> String {
        try find("sluice", variable: "SLUICE_EXECUTABLE")
    }

    /// The file that this process runs.
    package static func ownPath() throws(SluiceError) -> String {
        do { return try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") } catch {
            throw .system("readlink /proc/self/exe", 0, "\(error)")
        }
    }

    /// An executable by name, found the same way; `variable` names the environment variable that overrides.
    ///
    /// - Throws: ``SluiceError/Code/invalidArgument`` with every place that was looked at.
    public static func find(_ name: String, variable: String? = nil) throws(SluiceError) -> String {
        let environment = ProcessInfo.processInfo.environment
        if let variable, let path = environment[variable] {
            if FileManager.default.isExecutableFile(atPath: path) { return path }
            throw .invalidArgument("\(variable) is \"\(path)\", which is not an executable file")
        }
        let program = (try? ownPath()) ?? ""
        let beside = String(program.prefix(upTo: program.lastIndex(of: "/") ?? program.startIndex))
        let folders = [beside] + (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        for folder in folders where FileManager.default.isExecutableFile(atPath: folder + "/" + name) {
            return folder + "/" + name
        }
        let hint = variable.map { "; set \($0), or let the test target depend on the product \"\(name)\"" } ?? ""
        throw .invalidArgument("no executable \"\(name)\" in \(folders.joined(separator: ", "))\(hint)")
    }
}
