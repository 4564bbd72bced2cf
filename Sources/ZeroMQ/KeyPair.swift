internal import CZeroMQ
package import SluiceModel

/// A CURVE public key, in Z85: 40 characters that stand for 32 bytes.
package struct PublicKey: Hashable, Sendable, CustomStringConvertible {
    package static let characters = 40
    package static let bytes = 32

    package let z85: String

    /// - Throws: ``SluiceError/Code/invalidArgument`` if it is not a key in Z85.
    package init(z85: String) throws(SluiceError) {
        guard isKey(z85) else {
            throw .invalidArgument("\"\(z85.prefix(48))\" is not a key: it takes \(Self.characters) characters of Z85")
        }
        self.z85 = z85
    }

    /// The key that ZAP tells of; nil unless it has 32 bytes.
    init?(bytes: [UInt8]) {
        guard bytes.count == Self.bytes else { return nil }
        var text = [CChar](repeating: 0, count: Self.characters + 1)
        guard unsafe zmq_z85_encode(&text, bytes, bytes.count) != nil else { return nil }
        z85 = string(text)
    }

    fileprivate init(unchecked z85: String) { self.z85 = z85 }

    package var description: String { z85 }
}

/// A CURVE key pair. Printing one shows the public half only.
package struct KeyPair: Hashable, Sendable, CustomStringConvertible {
    package let publicKey: PublicKey
    /// Z85.
    package let secretKey: String

    /// - Throws: ``SluiceError/Code/invalidArgument`` if the secret is not the public key's; the message does not show it.
    package init(publicKey: PublicKey, secretKey: String) throws(SluiceError) {
        var derived = [CChar](repeating: 0, count: PublicKey.characters + 1)
        guard isKey(secretKey), unsafe zmq_curve_public(&derived, secretKey) == 0 else {
            throw .invalidArgument("the secret key beside public key \(publicKey) is not a key in Z85")
        }
        guard string(derived) == publicKey.z85 else {
            throw .invalidArgument("the secret key beside public key \(publicKey) belongs to another public key")
        }
        self.publicKey = publicKey
        self.secretKey = secretKey
    }

    private init(publicKey: PublicKey, trusted secretKey: String) {
        self.publicKey = publicKey
        self.secretKey = secretKey
    }

    /// A fresh pair from the system's random numbers.
    ///
    /// - Throws: ``SluiceError/Code/system`` if this libzmq was built without CURVE.
    package static func generate() throws(SluiceError) -> KeyPair {
        var publicText = [CChar](repeating: 0, count: PublicKey.characters + 1)
        var secretText = [CChar](repeating: 0, count: PublicKey.characters + 1)
        do {
            try check("zmq_curve_keypair") { unsafe zmq_curve_keypair(&publicText, &secretText) }
        } catch {
            throw SluiceError(.system, "no keys can be made: this libzmq has no CURVE", cause: error.description)
        }
        return KeyPair(publicKey: PublicKey(unchecked: string(publicText)), trusted: string(secretText))
    }

    package var description: String { "key pair of \(publicKey)" }
}

extension KeyPair: CustomReflectable {
    // So that dump, and any log of a value that holds a pair, keep the secret too.
    package var customMirror: Mirror { Mirror(self, children: ["publicKey": publicKey]) }
}

private let alphabet = Set(
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#".utf8)

/// libzmq's decoder is given nothing outside its alphabet; what overflows 32 bits in a group of five it refuses itself.
private func isKey(_ text: String) -> Bool {
    guard text.utf8.count == PublicKey.characters, text.utf8.allSatisfy(alphabet.contains) else { return false }
    var bytes = [UInt8](repeating: 0, count: PublicKey.bytes)
    return unsafe zmq_z85_decode(&bytes, text) != nil
}

private func string(_ text: [CChar]) -> String {
    String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
