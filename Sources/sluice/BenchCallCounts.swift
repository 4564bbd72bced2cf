internal import Foundation
internal import SluiceModel
internal import SluiceTesting

/// Large copies of processes into which the counting library is preloaded.
struct BenchCallCounts: Sendable {
    private let library: String
    private let folder: String

    init() throws {
        library = try Executables.find("libCallCounts.so")
        folder = FileManager.default.temporaryDirectory.appending(path: "sluice-counts-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    /// What a process whose copies count is started with.
    var environment: [String: String] { ["LD_PRELOAD": library, "SLUICE_CALL_COUNTS": folder] }

    /// Bytes that these have copied in pieces of at least 4 KiB, those included that have ended.
    func copied(by processes: [Int32]) -> UInt64 {
        processes.map { pid in
            let bytes = [UInt8](FileManager.default.contents(atPath: "\(folder)/\(pid)") ?? Data())
            return Self.word(Self.largeCopyBytes, of: bytes)
        }.reduce(0, +)
    }

    /// Which word of a process's counts it is.
    private static let largeCopyBytes = 2

    private static func word(_ number: Int, of bytes: [UInt8]) -> UInt64 {
        guard bytes.count >= 8 * (number + 1) else { return 0 }
        return (0..<8).reduce(0) { $0 | UInt64(bytes[8 * number + $1]) << UInt64(8 * $1) }
    }
}
