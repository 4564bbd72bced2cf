import Foundation
import SluiceModel
import Testing
import ZeroMQ

/// A directory that is gone when this is.
private final class Scratch {
    let path = FileManager.default.temporaryDirectory.appending(path: "sluice-\(UUID())").path()

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func mode(_ name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")[.posixPermissions] as? Int
    }

    func chmod(_ name: String, _ mode: Int) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: "\(path)/\(name)")
    }

    func write(_ name: String, _ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(filePath: "\(path)/\(name)")) }
}

@Suite struct KeyTests {
    private let scratch: Scratch
    private let name: NodeName

    init() throws {
        scratch = try Scratch()
        name = try NodeName("node = 1 # β")
    }

    @Test func filesKeepKeys() throws {
        let pair = try KeyPair.generate()
        try KeyFile.save(pair, name: name, to: "\(scratch.path)/a.secret")
        try KeyFile.save(pair.publicKey, name: name, to: "\(scratch.path)/a.public")
        #expect(try scratch.mode("a.secret") == 0o600)
        #expect(try scratch.mode("a.public") == 0o644)
        #expect(try KeyFile.loadSecret("\(scratch.path)/a.secret") == (name, pair))
        #expect(try KeyFile.loadPublic("\(scratch.path)/a.public") == (name, pair.publicKey))
    }

    @Test(arguments: [0o644, 0o640, 0o604, 0o660]) func secretsThatOthersCanReadAreRefused(mode: Int) throws {
        let path = "\(scratch.path)/a.secret"
        try KeyFile.save(try .generate(), name: name, to: path)
        try scratch.chmod("a.secret", mode)
        let error = #expect(throws: SluiceError.self) { try KeyFile.loadSecret(path) }
        #expect(error?.code == .accessDenied)
        #expect(error?.message.contains("chmod 600 \(path)") == true)
    }

    @Test func keysAreNeverOverwritten() throws {
        let path = "\(scratch.path)/a.secret"
        let pair = try KeyPair.generate()
        try KeyFile.save(pair, name: name, to: path)
        let error = #expect(throws: SluiceError.self) { try KeyFile.save(try KeyPair.generate(), name: name, to: path) }
        #expect(error?.message.contains(path) == true)
        #expect(try KeyFile.loadSecret(path).pair == pair)
    }

    @Test func filesThatAreNone() throws {
        let missing = #expect(throws: SluiceError.self) { try KeyFile.loadSecret("\(scratch.path)/none") }
        #expect(missing?.message.contains("sluice keygen") == true)
        #expect(throws: SluiceError.self) { try KeyFile.loadPublic(scratch.path) }
        #expect(throws: SluiceError.self) { try KeyFile.loadPublic("/dev/zero") }
        let key = String(repeating: "a", count: 40)
        let texts = [
            "", "name = a\n", "public-key = \(key)\n", "name = \npublic-key = \(key)\n",
            "name = a\npublic-key = short\n",
            "name = a\npublic-key = \(String(repeating: "#", count: 40))\n",
            "name = a\npublic-key = \(String(repeating: "é", count: 20))\n",
        ]
        for text in texts {
            try scratch.write("bad", Array(text.utf8))
            let error = #expect(throws: SluiceError.self) { try KeyFile.loadPublic("\(scratch.path)/bad") }
            #expect(error?.message.contains("\(scratch.path)/bad") == true)
        }
        for bytes in [[0xff, 0xfe], [UInt8](repeating: 0x61, count: 5000)] {
            try scratch.write("bad", bytes)
            #expect(throws: SluiceError.self) { try KeyFile.loadPublic("\(scratch.path)/bad") }
        }
    }

    @Test func halvesMustFit() throws {
        let (one, other) = (try KeyPair.generate(), try KeyPair.generate())
        let error = #expect(throws: SluiceError.self) {
            try KeyPair(publicKey: one.publicKey, secretKey: other.secretKey)
        }
        #expect(error?.message.contains(other.secretKey) == false)
        #expect(one != other && one.publicKey != other.publicKey)
        #expect(try PublicKey(z85: one.publicKey.z85) == one.publicKey)
    }

    @Test func printingAPairKeepsItsSecret() throws {
        let pair = try KeyPair.generate()
        #expect(!"\(pair)".contains(pair.secretKey))
        #expect(!String(reflecting: pair).contains(pair.secretKey))
        var dumped = ""
        dump(pair, to: &dumped)
        #expect(!dumped.contains(pair.secretKey))
    }

    @Test func aClustersDirectories() throws {
        let keys = "\(scratch.path)/deep/keys"
        let coordinator = try NodeName("coordinator")
        let nodes = [try NodeName("node-1"), try NodeName("../β")]
        let made = try KeyDirectory.generate(at: keys, coordinator: coordinator, nodes: nodes)
        #expect(made == ["\(keys)/coordinator", "\(keys)/node-1", "\(keys)/%2e.%2f%ce%b2"])
        let rings = try made.map { try KeyDirectory.load($0) }
        #expect(rings.map(\.name) == [coordinator] + nodes)
        let everyone = Dictionary(uniqueKeysWithValues: rings.map { ($0.own.publicKey, $0.name) })
        for ring in rings {
            #expect(ring.allowed == everyone)
            #expect(ring.coordinator == rings[0].own.publicKey)
        }
        #expect(try scratch.mode("deep/keys/node-1/own.secret") == 0o600)

        // A third node joins; the others keep their keys and learn of it.
        let third = try NodeName("node-3")
        let joined = try KeyDirectory.generate(at: keys, coordinator: coordinator, nodes: [third])
        let newcomer = try KeyDirectory.load(joined[1])
        for (directory, ring) in zip(made, rings) {
            let now = try KeyDirectory.load(directory)
            #expect(now.own == ring.own)
            #expect(now.allowed[newcomer.own.publicKey] == third && now.allowed.count == 4)
        }
        #expect(newcomer.allowed.count == 4)
    }

    @Test func exposure() throws {
        let local = [
            "tcp://127.0.0.1:7411", "tcp://127.8.9.10:*", "tcp://localhost:1", "tcp://[::1]:7411", "tcp://lo:7411",
            "ipc:///run/x", "inproc://x",
        ]
        let open = [
            "tcp://*:7411", "tcp://0.0.0.0:7411", "tcp://10.0.0.7:7411", "tcp://[::]:7411", "tcp://eth0:1",
            "tcp://127.0.0.1.evil.example:1", "tcp://127.0.0:1", "tcp://localhost.example:1", "tcp://",
        ]
        let ring = Keyring(name: name, own: try .generate(), allowed: [:], coordinator: nil)
        for endpoint in local {
            #expect(Exposure(of: endpoint) == .host, "\(endpoint)")
            try Exposure.requireKeys(bind: endpoint, keyring: nil, insecure: false)
        }
        for endpoint in open {
            #expect(Exposure(of: endpoint) == .network, "\(endpoint)")
            try Exposure.requireKeys(bind: endpoint, keyring: nil, insecure: true)
            try Exposure.requireKeys(bind: endpoint, keyring: ring, insecure: false)
            let error = #expect(throws: SluiceError.self) {
                try Exposure.requireKeys(bind: endpoint, keyring: nil, insecure: false)
            }
            #expect(error?.code == .accessDenied && error?.message.contains("--insecure") == true)
        }
    }
}
