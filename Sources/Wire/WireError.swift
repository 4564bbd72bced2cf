package import SluiceModel

/// Why bytes that arrived are not a message: which message, which field, and what is wrong with it.
package struct WireError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The message that was expected, such as "WorkerMessage".
    package var message: String
    /// Part and field, such as "ChannelSpec.slots"; the message itself if it is not about a field.
    package var field: String
    package var reason: Reason

    package init(message: String, field: String, reason: Reason) {
        self.message = message
        self.field = field
        self.reason = reason
    }

    package enum Reason: Hashable, Sendable {
        /// More bytes than a message may have, or more memory than so many bytes may stand for.
        case tooLarge(bytes: Int, most: Int)
        /// The bytes are not protobuf of this message.
        case malformed
        case missing
        /// A newer peer says something that this build does not know; the number is the field's in the .proto.
        case unknownCase(UInt32)
        case unknownValue(Int64)
        case tooMany(Int, most: Int)
        case outOfRange(UInt64, least: UInt64, most: UInt64)
        case notUTF8
        /// A name, or a channel's description, that cannot be.
        case invalid(SluiceError)
        /// Two fields that do not fit each other.
        case inconsistent(String)
    }

    package var description: String {
        let place = field == message ? message : "\(message), field \(field)"
        return switch reason {
        case .tooLarge(let bytes, let most): "\(place): \(bytes) bytes are too large; at most \(most) are taken"
        case .malformed: "\(place): the bytes are not a \(message)"
        case .missing: "\(place): missing"
        case .unknownCase(let number):
            "\(place): this build does not know its case \(number); the peer is newer, upgrade this side"
        case .unknownValue(let value): "\(place): this build does not know the value \(value)"
        case .tooMany(let count, let most): "\(place): \(count) entries; at most \(most) are taken"
        case .outOfRange(let value, let least, let most): "\(place): \(value) is not in \(least) ... \(most)"
        case .notUTF8: "\(place): not UTF-8"
        case .invalid(let error): "\(place): \(error.message)"
        case .inconsistent(let what): "\(place): \(what)"
        }
    }

    /// What the public surface throws when `peer` sent it.
    package func sluiceError(from peer: String) -> SluiceError {
        SluiceError(.protocolViolation, "\(peer) sent a message that cannot be used", cause: description)
    }
}

/// A ``WireError`` before it knows in which message it is.
struct FieldFault: Error {
    var field: String
    var reason: WireError.Reason

    init(_ field: String, _ reason: WireError.Reason) {
        self.field = field
        self.reason = reason
    }
}
