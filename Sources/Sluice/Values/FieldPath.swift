/// A field's path as people write it, such as `frames[3].mask`; empty for the value itself.
func fieldPath(_ keys: [any CodingKey]) -> String {
    var path = ""
    for key in keys {
        if let index = key.intValue {
            path += "[\(index)]"
        } else if key.stringValue.utf8.count <= 64,
            key.stringValue.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" })
        {
            path += path.isEmpty ? key.stringValue : "." + key.stringValue
        } else {
            // From a slot it may be anything, of any length.
            path += "[\(String(key.stringValue.prefix(64)).debugDescription)]"
        }
    }
    return path
}

/// A step of a path that no encoder has made.
struct PathKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(_ index: Int) { (stringValue, intValue) = ("\(index)", index) }
    init(_ name: String) { (stringValue, intValue) = (name, nil) }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { self.init(intValue) }
}
