/// Only for channels: a tensor's elements travel beside its value, which has the tensor's number in its place.
extension Tensor: Codable {
    /// - Throws: `EncodingError` by any encoder but a channel's.
    public func encode(to encoder: any Encoder) throws {
        guard let sink = TensorSink.of(encoder) else {
            throw EncodingError.invalidValue(
                self,
                .init(
                    codingPath: encoder.codingPath,
                    debugDescription: "a tensor can be encoded for a channel only; encode its contiguousBytes() instead"
                ))
        }
        var container = encoder.singleValueContainer()
        try container.encode(sink.record(self, encoder.codingPath))
    }

    /// - Throws: `DecodingError` by any decoder but a channel's.
    public init(from decoder: any Decoder) throws {
        guard let source = TensorSource.of(decoder) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a tensor can be decoded from a channel only"))
        }
        self = try source.take(decoder.singleValueContainer().decode(Int.self), decoder.codingPath)
    }
}
