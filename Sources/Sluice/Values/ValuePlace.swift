internal import SluiceModel

/// Where a value stands: what every error about it names.
struct ValuePlace: Sendable {
    let channel: String
    let writer: String
    let node: String
    let pid: Int32?
    let sequence: UInt64
}

extension ValuePlace {
    func cannotEncode(_ type: Any.Type, _ why: String, path: String? = nil, cause: String? = nil) -> SluiceError {
        error(
            .cannotEncode,
            "value \(sequence) of channel \(channel), \(type), cannot be encoded\(at(path)): \(why); nothing was published",
            path, cause)
    }

    func cannotDecode(_ type: Any.Type, _ why: String, path: String? = nil, cause: String? = nil) -> SluiceError {
        error(
            .cannotDecode,
            """
            value \(sequence) of channel \(channel), from \(writer) on node \(node), cannot be decoded as \(type)\
            \(at(path)): \(why)
            """, path, cause)
    }

    /// What an encoder, or a type's own code under it, has thrown.
    ///
    /// - Parameter path: Of an error that does not tell.
    func cannotEncode(_ type: Any.Type, _ error: any Error, path: String?) -> SluiceError {
        guard case .invalidValue(_, let context)? = error as? EncodingError else {
            return cannotEncode(type, "its own code threw", path: path, cause: "\(error)")
        }
        return cannotEncode(
            type, context.debugDescription, path: fieldPath(context.codingPath),
            cause: context.underlyingError.map { "\($0)" })
    }

    /// What a decoder, or a type's own code under it, has thrown.
    func cannotDecode(_ type: Any.Type, _ error: any Error) -> SluiceError {
        let (keys, context): ([any CodingKey], DecodingError.Context)
        switch error as? DecodingError {
        case .typeMismatch(_, let found)?, .valueNotFound(_, let found)?, .dataCorrupted(let found)?:
            (keys, context) = (found.codingPath, found)
        case .keyNotFound(let key, let found)?: (keys, context) = (found.codingPath + [key], found)
        default: return cannotDecode(type, "\(error)")
        }
        return cannotDecode(
            type, context.debugDescription, path: fieldPath(keys), cause: context.underlyingError.map { "\($0)" })
    }

    private func at(_ path: String?) -> String {
        guard let path, !path.isEmpty else { return "" }
        return " at \(path)"
    }

    private func error(_ code: SluiceError.Code, _ message: String, _ path: String?, _ cause: String?) -> SluiceError {
        var error = SluiceError(
            code, message, channel: channel, actor: writer, node: node, pid: pid, sequence: sequence, cause: cause)
        error.path = path
        return error
    }
}
