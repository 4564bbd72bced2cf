internal import CSluice
internal import Foundation
internal import Logging
internal import Placement
internal import SluiceModel
internal import ZeroMQ

/// Everything that a coordinator is made of, made in order; what fails gives back what was made before it.
struct CoordinatorStartup {
    let shared: CoordinatorShared
    let endpoint: String
    let epoch: Epoch
    let loop: CoordinatorLoop

    init(_ options: CoordinatorOptions) throws(SluiceError) {
        let placementOptions = try Self.placementOptions(options)
        let keyring = try Self.keyring(options)
        // The store's lock and the address come before the epoch: who does not get both has disturbed nobody.
        let store = try options.store.map { path throws(SluiceError) in try Store(path: path) }
        shared = try CoordinatorShared(options.logger)
        let door = try Door(options, keyring, shared)
        endpoint = door.endpoint
        let begun = try Self.begin(store, options.logger)
        epoch = begun.epoch
        let shared = shared
        let writer = try store.map { store throws(SluiceError) in
            try StoreWriter(store, epoch: begun.epoch) { shared.wakeup.signal() }
        }
        do throws(SluiceError) {
            let desk = try StatusDesk { shared.wakeup.signal() }
            let placement = Placement(
                epoch: begun.epoch, options: placementOptions, rows: begun.rows, now: sluice_monotonic_ns())
            loop = CoordinatorLoop(door, placement, shared, store, writer, desk, options.logger)
        } catch {
            writer?.stop()
            throw error
        }
    }

    private static func placementOptions(_ options: CoordinatorOptions) throws(SluiceError) -> PlacementOptions {
        var result = PlacementOptions()
        let second: UInt64 = 1_000_000_000
        guard let lease = options.lease.nanoseconds, (second...7 * 86_400 * second).contains(lease) else {
            throw .invalidArgument("a lease of \(options.lease) is not possible; give 1 s to 7 days")
        }
        guard let beat = options.heartbeat.nanoseconds, beat >= 1_000_000, beat <= lease / 3 else {
            throw .invalidArgument(
                "a heartbeat of \(options.heartbeat) is not possible; give 1 ms to a third of the lease"
            )
        }
        result.lease = lease
        result.heartbeat = beat
        return result
    }

    /// Its keys, and the proof that they keep strangers out.
    private static func keyring(_ options: CoordinatorOptions) throws(SluiceError) -> Keyring? {
        var keyring = options.keyring
        if keyring == nil, let path = options.keys { keyring = try KeyDirectory.load(path) }
        try Exposure.requireKeys(bind: options.endpoint, keyring: keyring, insecure: options.isInsecure)
        if let keyring {
            try CurveSelfTest.run(keyring)
        } else if Exposure(of: options.endpoint) == .network {
            options.logger.warning(
                "INSECURE: \(options.endpoint) is open to the network without keys; who reaches it rules this cluster"
            )
        }
        return keyring
    }

    private static func begin(_ store: Store?, _ logger: Logger) throws(SluiceError) -> (epoch: Epoch, rows: StoredRows)
    {
        guard let store else {
            // Without a store nothing remembers the last epoch; the clock is past it.
            return (Epoch(max(1, Date().timeIntervalSince1970 * 1_000_000)), StoredRows())
        }
        let (epoch, rows, unreadable) = try store.begin()
        if unreadable > 0 {
            logger.warning(
                "\(unreadable) rows of the store \(store.path) cannot be read; what agents report takes their place")
        }
        return (epoch, rows)
    }
}

/// The ROUTER, and who guards it.
final class Door {
    let socket: Socket
    let monitor: MonitorSocket
    let endpoint: String
    private let authenticator: Authenticator?

    init(_ options: CoordinatorOptions, _ keyring: Keyring?, _ shared: CoordinatorShared) throws(SluiceError) {
        do {
            let context = try Context()
            // Before the socket: a CURVE server without it refuses everyone.
            authenticator = try keyring.map { keyring in
                try Authenticator(context, allowed: keyring.allowed) { refusal in
                    let key = refusal.key.map { "key \($0)" } ?? "no key"
                    shared.complaints.refuse(refusal.address, "\(key) is not on the list", at: sluice_monotonic_ns())
                }
            }
            var socketOptions = SocketOptions.server
            socketOptions.sendHighWater = ShellLimits.mostQueuedMessages
            socketOptions.lingerMilliseconds = ShellLimits.lingerMilliseconds
            // The agents' are enough: they say for how long silence is no end.
            socketOptions.heartbeatMilliseconds = 0
            // Above what a message may have, so that one that is somewhat too large is counted and its peer named.
            socketOptions.mostMessageBytes = Int64(2 * Limits.mostNetworkMessageBytes)
            socket = try Socket(context, .router, socketOptions)
            if let keyring { try socket.secureServer(keyring) }
            monitor = try socket.monitor(.listener)
            try Self.checkPort(options.endpoint)
            endpoint = try socket.bind(options.endpoint)
        } catch let error as ZeroMQError {
            throw Self.explain(error, options.endpoint)
        } catch let error as SluiceError {
            throw error
        } catch {
            preconditionFailure("\(error)")
        }
    }

    /// libzmq takes a port modulo 65536.
    private static func checkPort(_ endpoint: String) throws(SluiceError) {
        guard let port = endpoint.split(separator: ":", omittingEmptySubsequences: false).last, port != "*" else {
            return
        }
        guard UInt16(port) != nil else {
            throw SluiceError(
                .badAddress,
                "\(endpoint) has no port from 0 to 65535; write tcp://HOST:PORT, such as tcp://127.0.0.1:7070")
        }
    }

    private static func explain(_ error: ZeroMQError, _ endpoint: String) -> SluiceError {
        var result = error.sluiceError()
        switch error.reason {
        case .addressInUse:
            result.message =
                "another process listens on \(endpoint), perhaps another coordinator; stop it, or take another port"
        case .addressNotAvailable:
            result.message = "\(endpoint) is not an address of this host; name one that is, or tcp://127.0.0.1:PORT"
        case .invalid: result.message = "\(endpoint) is not an endpoint; write tcp://HOST:PORT"
        default: break
        }
        result.cause = error.description
        return result
    }

    func handOver() {
        socket.handOver()
        monitor.socket.handOver()
    }

    /// On the thread that has served.
    func close() {
        socket.close()
        monitor.socket.close()
        authenticator?.stop()
    }
}
