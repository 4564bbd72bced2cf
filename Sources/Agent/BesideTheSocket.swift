import CSluice
import Foundation
import SharedMemory
import SluiceModel
import Wire

/// The workers of this agent's former life, in a file beside the socket: whoever of them lives has something to hand back.
struct FormerWorkers {
    let path: String
    /// By life: one process may have several workers.
    private(set) var alive: [ProcessLife: ProcessIdentity] = [:]

    init(path: String) {
        self.path = path
        for line in ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 3, let pid = Int32(words[0]), let start = UInt64(words[1]),
                let life = UInt64(words[2])
            else { continue }
            alive[ProcessLife(rawValue: life)] = ProcessIdentity(pid: pid, startTime: start)
        }
        forgetDead()
    }

    mutating func isBack(_ life: ProcessLife) { alive[life] = nil }

    mutating func forgetDead() { alive = alive.filter(\.value.isAlive) }

    /// Notes who is there now, for the next life.
    func save(_ workers: some Sequence<WorkerPeer>) {
        let text = workers.map { "\($0.identity.pid) \($0.identity.startTime) \($0.life.rawValue)\n" }.joined()
        // What cannot be noted costs the next life only its patience.
        try? text.write(toFile: path, atomically: true, encoding: .utf8)
    }
}

/// Random bytes beside the socket: who reads the same ones sees the same file system.
enum LocationToken {
    static func write(beside socket: String) throws -> [UInt8] {
        let token = (0..<32).map { _ in UInt8.random(in: 0...255) }
        let path = socket + ".token"
        _ = unsafe unlink(path)
        let file = Descriptor(
            owning: try check("open \(path)") {
                unsafe sluice_open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            })
        try check("write \(path)") { unsafe CSluice.write(file.raw, token, token.count) }
        return token
    }
}
