package import SluiceModel

/// The keys that one process works with: its own pair, and whom it lets in.
package struct Keyring: Hashable, Sendable {
    package var name: NodeName
    package var own: KeyPair
    /// Whoever may connect, by key: the name is the User-Id of what such a peer sends.
    package var allowed: [PublicKey: NodeName]
    /// The coordinator's key, which an agent demands of the coordinator's socket.
    package var coordinator: PublicKey?

    package init(name: NodeName, own: KeyPair, allowed: [PublicKey: NodeName], coordinator: PublicKey?) {
        self.name = name
        self.own = own
        self.allowed = allowed
        self.coordinator = coordinator
    }
}

/// The keys of one node or role, as ``KeyDirectory/generate(at:coordinator:nodes:)`` lays them out:
///
///     own.secret           mode 0600
///     own.public           a copy of its public half
///     coordinator.public   the coordinator's
///     allowed/NAME.public  one for each that may connect
///
/// A name that is not plain becomes a file's name with `%` and two hexadecimal digits for each byte that is not a
/// letter, a digit, `-`, `_` or `.`; what counts is the name inside the file.
package enum KeyDirectory {
    /// Reads the directory of one node or role.
    package static func load(_ path: String) throws(SluiceError) -> Keyring {
        let own = try KeyFile.loadSecret("\(path)/own.secret")
        let coordinatorPath = "\(path)/coordinator.public"
        let coordinator = Files.exists(coordinatorPath) ? try KeyFile.loadPublic(coordinatorPath).key : nil
        return Keyring(
            name: own.name, own: own.pair, allowed: try allowed("\(path)/allowed"), coordinator: coordinator)
    }

    private static func allowed(_ path: String) throws(SluiceError) -> [PublicKey: NodeName] {
        var allowed: [PublicKey: NodeName] = [:]
        for file in try Files.names(in: path, suffix: ".public", most: mostKeys) {
            let (name, key) = try KeyFile.loadPublic("\(path)/\(file)")
            if let other = allowed[key], other != name {
                throw .invalidArgument("\(path)/\(file) gives \(name) the key that is \(other)'s; a key has one name")
            }
            allowed[key] = name
        }
        return allowed
    }

    /// Keys that one process may allow.
    package static let mostKeys = 4096

    /// Makes `path/NAME` for the coordinator and each node, everyone allowed everywhere. What exists stays as it is, so
    /// that a node is added by a second call.
    ///
    /// - Returns: The directories, in the order of the names, the coordinator's first.
    @discardableResult
    package static func generate(at path: String, coordinator: NodeName, nodes: [NodeName])
        throws(SluiceError) -> [String]
    {
        let names = [coordinator] + nodes.filter { $0 != coordinator }
        var keys: [(name: NodeName, key: PublicKey)] = []
        for name in names { keys.append((name, try makePair(at: path, name))) }
        for name in names {
            let directory = directory(of: name, at: path)
            try saveUnlessThere(keys[0].key, coordinator, "\(directory)/coordinator.public")
        }
        // Also to those of earlier calls, or a new node could not dial them.
        let all = try members(at: path)
        for member in all {
            for other in all {
                try saveUnlessThere(other.key, other.name, "\(member.directory)/allowed/\(fileName(other.name)).public")
            }
        }
        return names.map { directory(of: $0, at: path) }
    }

    /// Where ``generate(at:coordinator:nodes:)`` puts the keys of `name`.
    package static func directory(of name: NodeName, at path: String) -> String { "\(path)/\(fileName(name))" }

    private static func makePair(at path: String, _ name: NodeName) throws(SluiceError) -> PublicKey {
        let directory = directory(of: name, at: path)
        try Files.makeDirectory("\(directory)/allowed", mode: 0o700)
        if !Files.exists("\(directory)/own.secret") {
            try KeyFile.save(try KeyPair.generate(), name: name, to: "\(directory)/own.secret")
        }
        let own = try KeyFile.loadSecret("\(directory)/own.secret")
        try saveUnlessThere(own.pair.publicKey, name, "\(directory)/own.public")
        return own.pair.publicKey
    }

    private static func members(at path: String) throws(SluiceError)
        -> [(directory: String, name: NodeName, key: PublicKey)]
    {
        var members: [(directory: String, name: NodeName, key: PublicKey)] = []
        for entry in try Files.names(in: path, suffix: "", most: mostKeys) {
            let directory = "\(path)/\(entry)"
            guard Files.exists("\(directory)/own.public") else { continue }
            let (name, key) = try KeyFile.loadPublic("\(directory)/own.public")
            members.append((directory, name, key))
        }
        return members
    }

    private static func saveUnlessThere(_ key: PublicKey, _ name: NodeName, _ path: String) throws(SluiceError) {
        if !Files.exists(path) { try KeyFile.save(key, name: name, to: path) }
    }

    private static func fileName(_ name: NodeName) -> String {
        var result = ""
        for byte in name.rawValue.utf8 {
            let isPlain = isPlain(byte) && !(result.isEmpty && byte == UInt8(ascii: "."))
            result += isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return result
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
