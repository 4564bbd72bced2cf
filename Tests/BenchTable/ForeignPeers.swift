internal import Foundation

/// Other systems' programs, which are not part of this project: a folder with a script `run` that measures one by name.
struct ForeignPeers {
    let folder: String

    /// The folder that was named, or the one beside the project if it is there.
    static func find(_ named: String?) -> ForeignPeers? {
        let folder = named ?? "../shared/peers"
        let url = URL(fileURLWithPath: folder).standardizedFileURL
        return FileManager.default.isExecutableFile(atPath: url.path + "/run") ? ForeignPeers(folder: url.path) : nil
    }

    /// Why one cannot be measured without installing anything; nil if it can.
    static func absence(of peer: Contender) async -> String? {
        switch peer {
        case .nats: await missing(program: "nats-server")
        case .natspy: if let reason = await missing(program: "nats-server") { reason } else { await missing("nats") }
        case .vllm: if let reason = await missing("torch") { reason } else { missingFile }
        case .iceoryx2, .zenoh, .ray: await missing(peer.rawValue)
        case .ours, .floor, .zmq: nil
        }
    }

    private static func missing(program: String) async -> String? {
        let found = try? await Program.run("which", [program], within: 10)
        return found?.isSuccess == true ? nil : "\(program) is not installed"
    }

    private static func missing(_ module: String) async -> String? {
        let python = environment + "/bin/python"
        guard FileManager.default.isExecutableFile(atPath: python) else {
            return "no Python environment at \(environment); --peers with its name makes one"
        }
        let found = try? await Program.run(python, ["-c", "import \(module)"], within: 60)
        return found?.isSuccess == true ? nil : "\(environment) has no \(module)"
    }

    /// The one file of vLLM that is measured; its wheel is large.
    private static var missingFile: String? {
        let file =
            ProcessInfo.processInfo.environment["VLLM_SHM_BROADCAST"] ?? environment + "/vllm_shm_broadcast.py"
        return FileManager.default.fileExists(atPath: file) ? nil : "there is no \(file); --peers vllm fetches it"
    }

    private static var environment: String {
        let all = ProcessInfo.processInfo.environment
        return all["PEERS_VENV"] ?? (all["TMPDIR"] ?? "/tmp") + "/peers-venv"
    }

    /// Measures one, once.
    func rows(of peer: Contender, seconds: Double, run: Int) async throws -> (rows: [Row], failure: String?) {
        let out = FileManager.default.temporaryDirectory.appending(path: "sluice-peers-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: out) }
        let outcome = try await Program.run(
            folder + "/run", [peer.rawValue],
            environment: ["PEERS_OUT": out.path, "PEERS_REPS": "1", "PEERS_SECONDS": "\(seconds)"],
            within: Self.longest)
        let file = out.appending(path: "\(peer.rawValue).tsv")
        let text = (try? Data(contentsOf: file)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let rows = text.split(separator: "\n").compactMap { Row(tabSeparated: $0, run: run) }
        return (rows, rows.isEmpty ? "it printed no figures: \(outcome.lastWords)" : nil)
    }

    /// One whole run of a peer, installing what it needs included, seconds.
    private static let longest = 1200.0
}
