internal import FoundationEssentials

/// Finds the field whose own code throws, by going the way of its encoding once more without a result.
///
/// An encoder says where a value is that it refuses itself; an error of any other type comes out as it was thrown.
struct FieldFinder: Encoder {
    let codingPath: [any CodingKey]
    let userInfo: [CodingUserInfoKey: Any]
    private let trail: Trail

    /// Where the first error was thrown.
    private final class Trail {
        var path: [any CodingKey]?
    }

    /// - Returns: Nil if nothing is thrown this time.
    static func path(in value: any Encodable, _ sink: TensorSink) -> [any CodingKey]? {
        let finder = FieldFinder(codingPath: [], userInfo: [TensorSink.key: sink], trail: Trail())
        try? finder.visit(value, [])
        return finder.trail.path
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(Keyed<Key>(finder: self))
    }
    func unkeyedContainer() -> any UnkeyedEncodingContainer { Unkeyed(finder: self) }
    func singleValueContainer() -> any SingleValueEncodingContainer { Single(finder: self) }

    private func at(_ keys: [any CodingKey]) -> FieldFinder {
        FieldFinder(codingPath: codingPath + keys, userInfo: userInfo, trail: trail)
    }

    private func visit(_ value: any Encodable, _ keys: [any CodingKey]) throws {
        switch value {
        // These encode themselves as themselves, without an end; and `Data` byte by byte.
        case is Bool, is String, is Double, is Float, is Int, is Int8, is Int16, is Int32, is Int64, is UInt, is UInt8,
            is UInt16, is UInt32, is UInt64, is Int128, is UInt128, is Data:
            return
        default: break
        }
        let finder = at(keys)
        do { try value.encode(to: finder) } catch {
            trail.path = trail.path ?? finder.codingPath
            throw error
        }
    }
}

// One generic function meets the requirements for every type.
extension FieldFinder {
    private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let finder: FieldFinder
        var codingPath: [any CodingKey] { finder.codingPath }

        func encodeNil(forKey key: Key) {}
        func encode(_ value: some Encodable, forKey key: Key) throws { try finder.visit(value, [key]) }
        func nestedContainer<Inner: CodingKey>(keyedBy: Inner.Type, forKey key: Key) -> KeyedEncodingContainer<Inner> {
            finder.at([key]).container(keyedBy: keyedBy)
        }
        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
            finder.at([key]).unkeyedContainer()
        }
        func superEncoder() -> any Encoder { finder.at([PathKey("super")]) }
        func superEncoder(forKey key: Key) -> any Encoder { finder.at([key]) }
    }

    private struct Unkeyed: UnkeyedEncodingContainer {
        let finder: FieldFinder
        var codingPath: [any CodingKey] { finder.codingPath }
        private(set) var count = 0

        init(finder: FieldFinder) { self.finder = finder }

        private mutating func next() -> [any CodingKey] {
            defer { count += 1 }
            return [PathKey(count)]
        }

        mutating func encodeNil() { count += 1 }
        mutating func encode(_ value: some Encodable) throws { try finder.visit(value, next()) }
        mutating func nestedContainer<Inner: CodingKey>(keyedBy: Inner.Type) -> KeyedEncodingContainer<Inner> {
            finder.at(next()).container(keyedBy: keyedBy)
        }
        mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { finder.at(next()).unkeyedContainer() }
        mutating func superEncoder() -> any Encoder { finder.at(next()) }
    }

    private struct Single: SingleValueEncodingContainer {
        let finder: FieldFinder
        var codingPath: [any CodingKey] { finder.codingPath }

        func encodeNil() {}
        func encode(_ value: some Encodable) throws { try finder.visit(value, []) }
    }
}
