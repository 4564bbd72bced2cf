internal import CSluice
internal import Foundation
internal import Sluice
internal import SluiceModel

/// Roles that stand still once they are there, and are ended by a signal.
extension BenchRole {
    /// What a role prints once it stands.
    static let ready = "ready"

    private func name(_ number: Int) -> String { "\(channel).\(number)" }

    /// Holds channels open, as their writer.
    ///
    /// - Parameter fills: Writes as many values into each as it has slots.
    func hold(_ actor: SluiceActor, _ worker: Worker, fills: Bool) throws {
        var writers: [Writer] = []
        for number in 0..<channels { writers.append(try open(name(number), actor)) }
        if fills {
            let value = [UInt8](repeating: 1, count: size)
            for writer in writers {
                for _ in 0..<slots { try writer.write(value, timeout: Self.patience) }
            }
        }
        try awaitReaders(of: name(channels - 1), worker)
        stand(writers)
    }

    /// Holds channels open, as a reader of them; waits for a value if there is only one.
    func attend(_ actor: SluiceActor, fills: Bool) throws {
        var readers: [Reader] = []
        for number in 0..<channels { readers.append(try actor.openReader(name(number), timeout: Self.patience)) }
        if fills {
            for reader in readers {
                for _ in 0..<slots { try reader.lease(timeout: Self.patience)?.release() }
            }
        }
        guard channels == 1 else { return stand(readers) }
        Console.print(Self.ready)
        try readers[0].lease(timeout: .infinite)?.release()
    }

    private func stand(_ ends: [some Sendable]) {
        Console.print(Self.ready)
        // Until a signal that ends the process.
        withExtendedLifetime(ends) { while true { _ = pause() } }
    }
}
