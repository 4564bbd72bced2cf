internal import SluiceModel

/// One small value in a batch: 24 bytes, little-endian, then `length` bytes, then padding to a multiple of 8.
@frozen package struct BatchEntry: Hashable, Sendable {
    package static let bytes = 24

    package var stream: UInt64
    package var sequence: UInt64
    package var length: UInt32
    package var valueKind: UInt32

    @inlinable package init(stream: UInt64, sequence: UInt64, length: UInt32, valueKind: UInt32) {
        self.stream = stream
        self.sequence = sequence
        self.length = length
        self.valueKind = valueKind
    }

    /// Bytes that a value of `length` takes in a batch.
    @inlinable package static func room(for length: Int) -> Int { bytes + (length + 7) & ~7 }
}

/// Fills a caller's buffer with a batch frame; the buffer must outlive the writer.
@safe @frozen package struct BatchWriter: ~Copyable {
    @usableFromInline let buffer: UnsafeMutableRawBufferPointer
    @usableFromInline let session: UInt64
    @usableFromInline var used = FrameHeader.bytes
    /// Values so far.
    package private(set) var count: UInt32 = 0

    /// - Parameter buffer: Room for the header and at least one entry; what exceeds a frame's most is left alone.
    @inlinable package init(into buffer: UnsafeMutableRawBufferPointer, session: UInt64) {
        precondition(buffer.count >= FrameHeader.bytes, "a batch needs room for its header")
        let most = min(buffer.count, FrameHeader.bytes + Limits.mostFrameBytes)
        unsafe self.buffer = UnsafeMutableRawBufferPointer(rebasing: buffer[..<most])
        self.session = session
    }

    /// Bytes of the frame so far.
    @inlinable package var bytes: Int { used }

    /// Copies one value to the end; false, and nothing changed, if it does not fit.
    @inlinable package mutating func append(
        stream: UInt64, sequence: UInt64, valueKind: UInt32, _ payload: UnsafeRawBufferPointer
    ) -> Bool {
        let left = unsafe buffer.count - used
        guard payload.count <= left, BatchEntry.room(for: payload.count) <= left else { return false }
        unsafe FrameHeader.store(stream, buffer, used)
        unsafe FrameHeader.store(sequence, buffer, used + 8)
        unsafe FrameHeader.store(UInt32(payload.count), buffer, used + 16)
        unsafe FrameHeader.store(valueKind, buffer, used + 20)
        let end = used + BatchEntry.room(for: payload.count)
        if let base = payload.baseAddress, payload.count > 0 {
            // The padding lies in the last 8 bytes: cleared first, so that no stale byte of ours leaves the process.
            unsafe FrameHeader.store(0 as UInt64, buffer, end - 8)
            let place = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[(used + BatchEntry.bytes)...])
            unsafe place.copyMemory(from: UnsafeRawBufferPointer(start: base, count: payload.count))
        }
        used = end
        count += 1
        return true
    }

    /// Writes the header; what was appended is now a frame of the returned length at the buffer's start.
    @inlinable package mutating func finish() -> Int {
        var header = FrameHeader(kind: .batch, session: session)
        header.count = count
        header.chunkLength = UInt32(used - FrameHeader.bytes)
        unsafe header.encode(into: buffer)
        return used
    }
}

/// Goes through the values of a batch frame that arrived; never reads beyond it. The frame must outlive the reader.
@safe @frozen package struct BatchReader: ~Copyable {
    @usableFromInline let frame: UnsafeRawBufferPointer
    @usableFromInline let count: UInt32
    @usableFromInline var index: UInt32 = 0
    @usableFromInline var offset = FrameHeader.bytes

    /// - Parameter header: As decoded from this very `frame`.
    @inlinable package init(_ header: FrameHeader, frame: UnsafeRawBufferPointer) {
        precondition(header.kind == .batch, "\(header.kind) is not a batch")
        unsafe self.frame = frame
        self.count = header.count
    }

    /// The next value and where its bytes lie in the frame, or nil at the end.
    ///
    /// - Throws: ``FrameError/entry(index:length:left:)`` where an entry does not fit; nothing after it can be found.
    @inlinable package mutating func next() throws(FrameError) -> (entry: BatchEntry, payload: UnsafeRawBufferPointer)?
    {
        guard index < count else {
            guard unsafe offset == frame.count else { throw .rest(bytes: unsafe frame.count - offset, expected: 0) }
            return nil
        }
        let left = unsafe frame.count - offset
        guard left >= BatchEntry.bytes else { throw .entry(index: index, length: 0, left: left) }
        let entry = unsafe BatchEntry(
            stream: FrameHeader.load(frame, offset), sequence: FrameHeader.load(frame, offset + 8),
            length: FrameHeader.load(frame, offset + 16), valueKind: FrameHeader.load(frame, offset + 20))
        let length = Int(entry.length)
        guard BatchEntry.room(for: length) <= left else {
            throw .entry(index: index, length: entry.length, left: left)
        }
        guard entry.sequence <= Limits.mostSequence else { throw .sequence(entry.sequence) }
        let start = offset + BatchEntry.bytes
        let payload = unsafe UnsafeRawBufferPointer(rebasing: frame[start..<(start + length)])
        offset += BatchEntry.room(for: length)
        index += 1
        return unsafe (entry, payload)
    }
}
