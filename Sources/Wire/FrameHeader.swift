internal import SluiceModel

/// What a frame on a data connection holds.
@frozen package enum FrameKind: UInt8, Sendable {
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
///
/// Chunk length is what follows the header, bytes: for a chunk, the frame after this one; for a batch and progress, the
/// rest of this one; for a hello, 0.
@frozen package struct FrameHeader: Hashable, Sendable {
    package static let bytes = 64
    package static let magic: UInt16 = 0x4c53
    package static let version: UInt8 = 1

    package var version: UInt8 = FrameHeader.version
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

    @inlinable package init(kind: FrameKind, session: UInt64) {
        self.kind = kind
        self.session = session
    }
}

extension FrameHeader {
    /// Stores the header in the first 64 bytes of `buffer`, which must be there.
    @inlinable package func encode(into buffer: UnsafeMutableRawBufferPointer) {
        precondition(buffer.count >= Self.bytes, "a frame's header takes 64 bytes, not \(buffer.count)")
        unsafe Self.store(Self.magic, buffer, 0)
        unsafe Self.store(version, buffer, 2)
        unsafe Self.store(kind.rawValue, buffer, 3)
        unsafe Self.store(count, buffer, 4)
        unsafe Self.store(session, buffer, 8)
        unsafe Self.store(stream, buffer, 16)
        unsafe Self.store(sequence, buffer, 24)
        unsafe Self.store(valueLength, buffer, 32)
        unsafe Self.store(offset, buffer, 40)
        unsafe Self.store(chunkLength, buffer, 48)
        unsafe Self.store(generation, buffer, 52)
        unsafe Self.store(valueKind, buffer, 56)
        unsafe Self.store(0 as UInt32, buffer, 60)
    }

    /// Copies a header out of what arrived, then checks the copy: every length and sum of it is safe to use.
    ///
    /// For a batch and progress, `frame` is the whole frame; for a chunk, the payload comes in the next one, whose size
    /// must be `chunkLength`.
    @inlinable package init(decoding frame: UnsafeRawBufferPointer) throws(FrameError) {
        guard frame.count >= Self.bytes else { throw .short(bytes: frame.count) }
        let magic: UInt16 = unsafe Self.load(frame, 0)
        guard magic == Self.magic else { throw .magic(magic) }
        let version: UInt8 = unsafe Self.load(frame, 2)
        guard version == Self.version else { throw .version(version) }
        let rawKind: UInt8 = unsafe Self.load(frame, 3)
        guard let kind = FrameKind(rawValue: rawKind) else { throw .kind(rawKind) }
        unsafe self.init(kind: kind, session: Self.load(frame, 8))
        count = unsafe Self.load(frame, 4)
        stream = unsafe Self.load(frame, 16)
        sequence = unsafe Self.load(frame, 24)
        valueLength = unsafe Self.load(frame, 32)
        offset = unsafe Self.load(frame, 40)
        chunkLength = unsafe Self.load(frame, 48)
        generation = unsafe Self.load(frame, 52)
        valueKind = unsafe Self.load(frame, 56)
        try check(after: frame.count - Self.bytes)
    }

    @inlinable func check(after rest: Int) throws(FrameError) {
        guard chunkLength <= Limits.mostFrameBytes else { throw .length(chunkLength) }
        guard sequence <= Limits.mostSequence else { throw .sequence(sequence) }
        let length = Int(chunkLength)
        switch kind {
        case .hello: guard rest == 0, length == 0, count == 0 else { throw .rest(bytes: rest, expected: 0) }
        case .chunk:
            guard rest == 0, count == 0 else { throw .rest(bytes: rest, expected: 0) }
            guard valueLength <= Limits.mostSlotSize, offset <= valueLength, valueLength - offset >= length,
                length > 0 || valueLength == 0
            else { throw .extent(offset: offset, length: chunkLength, value: valueLength) }
        case .batch, .progress:
            guard rest == length else { throw .rest(bytes: rest, expected: length) }
            // Entries of both kinds have 24 bytes at least.
            guard Int(count) * BatchEntry.bytes <= length else { throw .count(count, bytes: length) }
            guard kind == .batch || Int(count) * ProgressEntry.bytes == length else {
                throw .count(count, bytes: length)
            }
        }
    }

    @inlinable static func store<N: FixedWidthInteger & BitwiseCopyable>(
        _ value: N, _ buffer: UnsafeMutableRawBufferPointer, _ offset: Int
    ) {
        unsafe buffer.storeBytes(of: value.littleEndian, toByteOffset: offset, as: N.self)
    }

    @inlinable static func load<N: FixedWidthInteger & BitwiseCopyable>(
        _ buffer: UnsafeRawBufferPointer, _ offset: Int
    ) -> N {
        unsafe N(littleEndian: buffer.loadUnaligned(fromByteOffset: offset, as: N.self))
    }
}

/// Why a frame that arrived is dropped.
@frozen package enum FrameError: Error, Hashable, Sendable, CustomStringConvertible {
    case short(bytes: Int)
    case magic(UInt16)
    case version(UInt8)
    case kind(UInt8)
    case length(UInt32)
    case sequence(UInt64)
    /// More, or fewer, bytes follow the header than it says.
    case rest(bytes: Int, expected: Int)
    case extent(offset: UInt64, length: UInt32, value: UInt64)
    case count(UInt32, bytes: Int)
    /// An entry that does not fit in what is left of its frame.
    case entry(index: UInt32, length: UInt32, left: Int)

    package var description: String {
        switch self {
        case .short(let bytes): "a frame of \(bytes) bytes has no room for its header of \(FrameHeader.bytes)"
        case .magic(let magic): "a frame begins with \(magic), not \(FrameHeader.magic): the peer is no sluice agent"
        case .version(let version): "a frame of version \(version); this build knows \(FrameHeader.version)"
        case .kind(let kind): "a frame of unknown kind \(kind)"
        case .length(let length): "a frame of \(length) bytes; at most \(Limits.mostFrameBytes) are taken"
        case .sequence(let sequence): "sequence \(sequence) is beyond \(Limits.mostSequence)"
        case .rest(let bytes, let expected): "\(bytes) bytes follow a frame's header that announces \(expected)"
        case .extent(let offset, let length, let value):
            "a chunk of \(length) bytes at \(offset) does not lie in its value of \(value)"
        case .count(let count, let bytes): "\(count) entries do not fill \(bytes) bytes"
        case .entry(let index, let length, let left):
            "entry \(index) with \(length) bytes does not fit in the \(left) that are left of its frame"
        }
    }
}
