internal import FoundationEssentials

/// What lies in a slot, taken apart. Another process has written it: every number is copied, then checked, then used.
struct ReceivedValue {
    let body: Data
    let tensors: [(layout: TensorLayout, place: Range<Int>)]

    /// With its metadata.
    init(typed slot: UnsafeRawBufferPointer) throws(TensorFault) {
        var header = unsafe ByteReader(slot, 0..<min(slot.count, SlotLayout.headerBytes))
        let (version, count): (UInt32, UInt32) = (try header.next(), try header.next())
        let (bodyBytes, metadataBytes, zero): (UInt64, UInt64, UInt64) =
            (try header.next(), try header.next(), try header.next())
        guard version == SlotLayout.version else {
            throw TensorFault("it is of version \(version); this build reads version \(SlotLayout.version)")
        }
        let room = UInt64(slot.count - SlotLayout.headerBytes)
        guard zero == 0, count <= SlotLayout.mostTensors, bodyBytes <= room, metadataBytes <= room - bodyBytes else {
            throw TensorFault(
                """
                its header is broken: \(count) tensors, \(bodyBytes) bytes of body and \(metadataBytes) of metadata in \
                \(slot.count)
                """)
        }
        let bodyEnd = SlotLayout.headerBytes + Int(bodyBytes)
        let metadataEnd = bodyEnd + Int(metadataBytes)
        body = unsafe Data(UnsafeRawBufferPointer(rebasing: slot[SlotLayout.headerBytes..<bodyEnd]))
        var metadata = unsafe ByteReader(slot, bodyEnd..<metadataEnd)
        var tensors: [(TensorLayout, Range<Int>)] = []
        var end = metadataEnd
        for number in 0..<Int(count) {
            let layout: TensorLayout
            do throws(TensorFault) { layout = try metadata.nextTensor() } catch {
                throw TensorFault("tensor \(number): \(error)")
            }
            tensors.append((layout, try Self.place(layout, number, after: &end, in: slot.count)))
        }
        guard metadata.isAtEnd, end == slot.count else {
            throw TensorFault("it has more bytes than its \(count) tensors account for")
        }
        self.tensors = tensors
    }

    /// Of declared shapes.
    init(tensors slot: UnsafeRawBufferPointer, declared: [TensorLayout]) throws(TensorFault) {
        var end = 0
        var tensors: [(TensorLayout, Range<Int>)] = []
        for (number, layout) in declared.enumerated() {
            tensors.append((layout, try Self.place(layout, number, after: &end, in: slot.count)))
        }
        self.tensors = tensors
        body = unsafe Data(UnsafeRawBufferPointer(rebasing: slot[end...]))
    }

    private static func place(
        _ layout: TensorLayout, _ number: Int, after end: inout Int, in bytes: Int
    ) throws(TensorFault) -> Range<Int> {
        guard let place = SlotLayout.place(layout.byteCount, after: end), place.upperBound <= bytes else {
            throw TensorFault("tensor \(number), of \(layout.byteCount) bytes, exceeds the value's \(bytes)")
        }
        end = place.upperBound
        return place
    }
}

/// Takes numbers, little-endian, from a part of a slot.
struct ByteReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ slot: UnsafeRawBufferPointer, _ range: Range<Int>) {
        bytes = unsafe Array(slot[range])
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func next<Number: FixedWidthInteger>() throws(TensorFault) -> Number {
        let size = MemoryLayout<Number>.size
        guard bytes.count - position >= size else { throw TensorFault("it is cut short") }
        var number: Number = 0
        for index in 0..<size { number |= Number(truncatingIfNeeded: bytes[position + index]) << Number(8 * index) }
        position += size
        return number
    }

    /// The metadata of a tensor.
    mutating func nextTensor() throws(TensorFault) -> TensorLayout {
        let (type, axes, zero): (UInt8, UInt8, UInt16) = (try next(), try next(), try next())
        let (kind, index, nothing): (Int32, Int32, UInt32) = (try next(), try next(), try next())
        let byteCount: UInt64 = try next()
        guard let dtype = ScalarType(rawValue: type) else {
            throw TensorFault("no type of elements has number \(type)")
        }
        guard zero == 0, nothing == 0 else { throw TensorFault("its metadata is broken") }
        let device = TensorDevice(.init(rawValue: kind), index)
        guard device == .cpu else {
            throw TensorFault("it is on \(device); this channel carries what is in the main memory")
        }
        var (shape, strides): ([Int], [Int]) = ([], [])
        for _ in 0..<axes {
            let (extent, stride): (Int64, Int64) = (try next(), try next())
            shape.append(Int(extent))
            strides.append(Int(stride))
        }
        let layout = try TensorLayout(dtype, shape, strides: strides)
        guard layout.isDense else { throw TensorFault("its elements do not fill its bytes: strides \(strides)") }
        guard UInt64(layout.byteCount) == byteCount else {
            throw TensorFault("\(dtype) \(shape) has \(layout.byteCount) bytes, not \(byteCount)")
        }
        return layout
    }
}
