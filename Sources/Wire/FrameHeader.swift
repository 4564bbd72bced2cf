/// What a frame on a data connection holds.
package enum FrameKind: UInt8, Sendable {
    /// The first frame of a data connection: `session`, and nothing else.
    case hello = 1
    /// A part of one value: header frame, then the payload as a frame of its own.
    case chunk = 2
    /// Whole small values: header, then `count` entries of ``BatchEntry`` each followed by its payload, padded to 8 bytes.
    case batch = 3
    /// How far streams have landed: header, then `count` entries of ``ProgressEntry``. On the control connection.
    case progress = 4
}

/// The fixed head of every frame: 64 bytes, little-endian.
///
/// Layout: magic `0x4c53` (u16), version (u8), kind (u8), count (u32), session (u64), stream (u64), sequence (u64),
/// value length (u64), offset (u64), chunk length (u32), generation (u32), value kind (u32), reserved (u32).
package struct FrameHeader: Hashable, Sendable {
    package static let bytes = 64
    package static let magic: UInt16 = 0x4c53

    package var version: UInt8 = 1
    package var kind: FrameKind
    /// Entries that follow; 0 for a chunk.
    package var count: UInt32 = 0
    package var session: UInt64
    package var stream: UInt64 = 0
    package var sequence: UInt64 = 0
    /// Bytes of the whole value.
    package var valueLength: UInt64 = 0
    /// Where in the value this chunk begins.
    package var offset: UInt64 = 0
    package var chunkLength: UInt32 = 0
    package var generation: UInt32 = 0
    package var valueKind: UInt32 = 0

    package init(kind: FrameKind, session: UInt64) {
        self.kind = kind
        self.session = session
    }
}

/// One small value in a batch: 24 bytes, little-endian, then `length` bytes, then padding to a multiple of 8.
package struct BatchEntry: Hashable, Sendable {
    package static let bytes = 24

    package var stream: UInt64
    package var sequence: UInt64
    package var length: UInt32
    package var valueKind: UInt32

    package init(stream: UInt64, sequence: UInt64, length: UInt32, valueKind: UInt32) {
        self.stream = stream
        self.sequence = sequence
        self.length = length
        self.valueKind = valueKind
    }
}

/// How far one stream has come at its receiver: 24 bytes, little-endian.
package struct ProgressEntry: Hashable, Sendable {
    package static let bytes = 24

    package var stream: UInt64
    /// Values below are published in the reader reference.
    package var landed: UInt64
    /// The first sequence that has no slot there yet.
    package var mayReach: UInt64

    package init(stream: UInt64, landed: UInt64, mayReach: UInt64) {
        self.stream = stream
        self.landed = landed
        self.mayReach = mayReach
    }
}
