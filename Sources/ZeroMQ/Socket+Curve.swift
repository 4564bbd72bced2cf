internal import CZeroMQ

/// The ZAP domain of everything that Sluice serves.
package let zapDomain = "sluice"

extension Socket {
    /// Lets in only whom the context's ``Authenticator`` knows. Before ``bind(_:)``.
    package func secureServer(_ keyring: Keyring, domain: String = zapDomain) throws(ZeroMQError) {
        try set("ZMQ_CURVE_SERVER", ZMQ_CURVE_SERVER, true)
        try set("ZMQ_CURVE_SECRETKEY", ZMQ_CURVE_SECRETKEY, Array(keyring.own.secretKey.utf8))
        try set("ZMQ_ZAP_DOMAIN", ZMQ_ZAP_DOMAIN, Array(domain.utf8))
        // Without it libzmq 4.3 takes the lack of an authenticator for leave to let everyone in, whatever the domain.
        try set("ZMQ_ZAP_ENFORCE_DOMAIN", enforceDomain, true)
    }

    /// Proves who this is, and demands that the other side proves to have `serverKey`. Before ``connect(_:)``.
    package func secureClient(_ keyring: Keyring, serverKey: PublicKey) throws(ZeroMQError) {
        try set("ZMQ_CURVE_SERVERKEY", ZMQ_CURVE_SERVERKEY, Array(serverKey.z85.utf8))
        try set("ZMQ_CURVE_PUBLICKEY", ZMQ_CURVE_PUBLICKEY, Array(keyring.own.publicKey.z85.utf8))
        try set("ZMQ_CURVE_SECRETKEY", ZMQ_CURVE_SECRETKEY, Array(keyring.own.secretKey.utf8))
    }
}

/// ZMQ_ZAP_ENFORCE_DOMAIN, which zmq.h of 4.3 counts among the drafts while the library has it.
private let enforceDomain: Int32 = 93
