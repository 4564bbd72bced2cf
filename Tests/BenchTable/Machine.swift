internal import Foundation
internal import SluiceModel

/// Where and when, and with what.
package struct Machine: Codable, Hashable, Sendable {
    package var date: String
    package var processor: String
    package var cores: Int
    package var memoryGiB: Double
    package var kernel: String
    package var swift: String
    package var libzmq: String
    package var commit: String

    package init(
        date: String, processor: String, cores: Int, memoryGiB: Double, kernel: String, swift: String, libzmq: String,
        commit: String
    ) {
        self.date = date
        self.processor = processor
        self.cores = cores
        self.memoryGiB = memoryGiB
        self.kernel = kernel
        self.swift = swift
        self.libzmq = libzmq
        self.commit = commit
    }

    package var text: [String] {
        [
            "\(date), commit \(commit), \(swift), libzmq \(libzmq)",
            "\(processor), \(cores) cores, \(Numbers.short(memoryGiB)) GiB, \(kernel)",
        ]
    }
}

extension Machine {
    /// This one.
    static func describe() async -> Machine {
        let information = ProcessInfo.processInfo
        let formatter = ISO8601DateFormatter()
        let dirty = await said("git", "status", "--porcelain", "--untracked-files=no").isEmpty ? "" : " with changes"
        return Machine(
            date: formatter.string(from: Date()), processor: processor, cores: information.activeProcessorCount,
            memoryGiB: Double(information.physicalMemory) / Double(1 << 30),
            kernel: "Linux " + (text("/proc/sys/kernel/osrelease") ?? "?"),
            swift: firstLine(await said("swift", "--version")),
            libzmq: firstLine(await said(Program.beside("ZeroMQPeer"), "--version")),
            commit: firstLine(await said("git", "rev-parse", "--short", "HEAD")) + dirty)
    }

    private static func said(_ program: String, _ arguments: String...) async -> String {
        (try? await Program.output(of: program, arguments)) ?? ""
    }

    private static func firstLine(_ text: String) -> String {
        text.split(separator: "\n").first.map(String.init) ?? "?"
    }

    private static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map {
            String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    private static var processor: String {
        let line = (text("/proc/cpuinfo") ?? "").split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown processor"
    }
}
