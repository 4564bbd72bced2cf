internal import SluiceModel

/// How far one stream has come at its receiver: 24 bytes, little-endian.
@frozen package struct ProgressEntry: Hashable, Sendable {
    package static let bytes = 24

    package var stream: UInt64
    /// Values below are published in the reader reference.
    package var landed: UInt64
    /// The first sequence that has no slot there yet.
    package var mayReach: UInt64

    @inlinable package init(stream: UInt64, landed: UInt64, mayReach: UInt64) {
        self.stream = stream
        self.landed = landed
        self.mayReach = mayReach
    }
}

/// Fills a caller's buffer with a progress frame; the buffer must outlive the writer.
@safe @frozen package struct ProgressWriter: ~Copyable {
    @usableFromInline let buffer: UnsafeMutableRawBufferPointer
    @usableFromInline let session: UInt64
    @usableFromInline var used = FrameHeader.bytes

    /// - Parameter buffer: Room for the header and at least one entry; what exceeds a frame's most is left alone.
    @inlinable package init(into buffer: UnsafeMutableRawBufferPointer, session: UInt64) {
        precondition(buffer.count >= FrameHeader.bytes, "progress needs room for its header")
        let most = min(buffer.count, FrameHeader.bytes + Limits.mostFrameBytes)
        unsafe self.buffer = UnsafeMutableRawBufferPointer(rebasing: buffer[..<most])
        self.session = session
    }

    @inlinable package var count: UInt32 { UInt32((used - FrameHeader.bytes) / ProgressEntry.bytes) }

    /// Adds one stream; false, and nothing changed, if it does not fit.
    @inlinable package mutating func append(_ entry: ProgressEntry) -> Bool {
        guard unsafe buffer.count - used >= ProgressEntry.bytes else { return false }
        unsafe FrameHeader.store(entry.stream, buffer, used)
        unsafe FrameHeader.store(entry.landed, buffer, used + 8)
        unsafe FrameHeader.store(entry.mayReach, buffer, used + 16)
        used += ProgressEntry.bytes
        return true
    }

    /// Writes the header; what was appended is now a frame of the returned length at the buffer's start.
    @inlinable package mutating func finish() -> Int {
        var header = FrameHeader(kind: .progress, session: session)
        header.count = count
        header.chunkLength = UInt32(used - FrameHeader.bytes)
        unsafe header.encode(into: buffer)
        return used
    }
}

/// Goes through the streams of a progress frame that arrived; never reads beyond it. The frame must outlive the reader.
@safe @frozen package struct ProgressReader: ~Copyable {
    @usableFromInline let frame: UnsafeRawBufferPointer
    @usableFromInline let count: UInt32
    @usableFromInline var index: UInt32 = 0

    /// - Parameter header: As decoded from this very `frame`.
    @inlinable package init(_ header: FrameHeader, frame: UnsafeRawBufferPointer) {
        precondition(header.kind == .progress, "\(header.kind) is not progress")
        unsafe self.frame = frame
        self.count = header.count
    }

    /// The next stream, or nil at the end.
    ///
    /// - Throws: ``FrameError`` where an entry does not fit, or grants more than a ring can have, or less than it has.
    @inlinable package mutating func next() throws(FrameError) -> ProgressEntry? {
        guard index < count else { return nil }
        let offset = FrameHeader.bytes + Int(index) * ProgressEntry.bytes
        let left = unsafe frame.count - offset
        guard left >= ProgressEntry.bytes else { throw .entry(index: index, length: 0, left: left) }
        let entry = unsafe ProgressEntry(
            stream: FrameHeader.load(frame, offset), landed: FrameHeader.load(frame, offset + 8),
            mayReach: FrameHeader.load(frame, offset + 16))
        guard entry.landed <= Limits.mostSequence else { throw .sequence(entry.landed) }
        guard entry.mayReach >= entry.landed, entry.mayReach - entry.landed <= Limits.mostSlots else {
            throw .sequence(entry.mayReach)
        }
        index += 1
        return entry
    }
}
