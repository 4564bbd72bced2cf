package import SluiceModel

/// A key in a file: lines of `field = value`, comment lines begin with `#`.
///
/// A public file (`.public`, mode 0644) has `name` and `public-key`; a secret file (`.secret`, mode 0600) also
/// `secret-key`. Keys are Z85; the name is the node's (or role's) that the key stands for.
package enum KeyFile {
    /// Writes a public file.
    ///
    /// - Throws: ``SluiceError`` also if the file exists.
    package static func save(_ key: PublicKey, name: NodeName, to path: String) throws(SluiceError) {
        try Files.create(
            path, mode: 0o644,
            """
            # Public CURVE key of \(name). It is no secret: copy it to allowed/ wherever \(name) may connect.
            name = \(name)
            public-key = \(key)

            """)
    }

    /// Writes a secret file, which only its owner can read.
    ///
    /// - Throws: ``SluiceError`` also if the file exists.
    package static func save(_ pair: KeyPair, name: NodeName, to path: String) throws(SluiceError) {
        try Files.create(
            path, mode: 0o600,
            """
            # Secret CURVE key of \(name). Nobody else may read it; it never leaves this host.
            name = \(name)
            public-key = \(pair.publicKey)
            secret-key = \(pair.secretKey)

            """)
    }

    /// Reads a public file, or the public half of a secret one that happens to lie there.
    package static func loadPublic(_ path: String) throws(SluiceError) -> (name: NodeName, key: PublicKey) {
        try parse(try Files.read(path, isSecret: false), path) { fields throws(SluiceError) in
            (try NodeName(fields.value("name")), try PublicKey(z85: fields.value("public-key")))
        }
    }

    /// Reads a secret file.
    ///
    /// - Throws: ``SluiceError/Code/accessDenied`` if others can read it, with the chmod that mends it.
    package static func loadSecret(_ path: String) throws(SluiceError) -> (name: NodeName, pair: KeyPair) {
        try parse(try Files.read(path, isSecret: true), path) { fields throws(SluiceError) in
            let key = try PublicKey(z85: fields.value("public-key"))
            let pair = try KeyPair(publicKey: key, secretKey: fields.value("secret-key"))
            return (try NodeName(fields.value("name")), pair)
        }
    }

    private static func parse<T>(_ text: String, _ path: String, _ body: (Fields) throws(SluiceError) -> T)
        throws(SluiceError) -> T
    {
        do {
            return try body(Fields(text))
        } catch {
            throw .invalidArgument("\(path) is not a key file: \(error.message)")
        }
    }

    private struct Fields {
        var values: [String: String] = [:]

        init(_ text: String) {
            for line in text.split(separator: "\n") where !line.hasPrefix("#") {
                // At the first separator only: "=" is in Z85's alphabet, and names may hold anything.
                guard let separator = line.firstRange(of: " = ") else { continue }
                values[String(line[..<separator.lowerBound])] = String(line[separator.upperBound...])
            }
        }

        func value(_ field: String) throws(SluiceError) -> String {
            guard let value = values[field] else { throw .invalidArgument("it has no line \"\(field) = …\"") }
            return value
        }
    }
}
