/// Who is measured.
package enum Contender: String, Hashable, Sendable, CaseIterable, Codable {
    case ours, floor, zmq, iceoryx2, zenoh, vllm, nats, natspy, ray

    /// By the first word of the column `peer`.
    package init?(_ peer: String) {
        let first = peer.prefix { $0 != " " && $0 != "-" }
        switch first {
        case "sluice": self = .ours
        case "nats": self = peer.hasPrefix("nats-py") ? .natspy : .nats
        default:
            guard let found = Contender(rawValue: String(first)) else { return nil }
            self = found
        }
    }

    package static let peers: [Contender] = [.zmq, .iceoryx2, .zenoh, .vllm, .nats, .natspy, .ray]
    /// Those whose programs are not of this project.
    package static let foreign: [Contender] = [.iceoryx2, .zenoh, .vllm, .nats, .natspy, .ray]

    package var title: String {
        switch self {
        case .ours: "Sluice"
        case .floor: "floor"
        case .zmq: "libzmq"
        case .iceoryx2: "iceoryx2"
        case .zenoh: "Zenoh"
        case .vllm: "vLLM"
        case .nats: "NATS"
        case .natspy: "NATS (Python)"
        case .ray: "Ray"
        }
    }
}

/// In which way something is measured, where that is not the usual one.
package enum Variant: String, Hashable, Sendable, CaseIterable {
    case plain, loan, futex, curve

    package init(_ peer: String) {
        let words = peer.split(separator: " ")
        self =
            words.contains("curve")
            ? .curve : words.contains("futex") ? .futex : words.contains("loan") ? .loan : .plain
    }

    package var suffix: String {
        switch self {
        case .plain: ""
        case .loan: ", made in place"
        case .futex: ", without spinning"
        case .curve: ", encrypted"
        }
    }

    /// What others' figures it is compared with: nobody else makes values in place.
    package var ofOthers: Variant { self == .loan ? .plain : self }
}
