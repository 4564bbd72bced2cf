import Sluice
import SluiceModel
import Testing

/// Both ends of a typed channel, and the plain ends beneath them.
struct ValueChannel<Value: Sendable> {
    let worker: Worker
    let writer: ValueWriter<Value>
    let reader: ValueReader<Value>
    let plainWriter: Writer
    let plainReader: Reader
}

extension Fixture {
    /// A typed channel; the declaration crosses as bytes.
    func values<Value: Sendable>(
        of type: Value.Type, hint: ValueHint = .auto, coding: ValueCoding = ValueCoding(),
        allocator: TensorAllocator? = nil, slots: Int = 4, slotSize: Int = 4096
    ) throws -> ValueChannel<Value> {
        let (worker, writer, readers) = try channel(slots: slots, slotSize: slotSize)
        let declared = try Declaration(type, hint: hint)
        let declaration = try Declaration(decoding: declared.encoded(), channel: "c")
        #expect(declaration == declared)
        return ValueChannel(
            worker: worker, writer: try ValueWriter(writer, coding: coding, declaration: declaration),
            reader: try ValueReader(readers[0], coding: coding, declaration: declaration, allocator: allocator),
            plainWriter: writer, plainReader: readers[0])
    }
}

/// What a value is once it has crossed. Each time by an agent of its own: one that has just lost a worker may not know it
/// yet, and its actors' names would be taken.
func crossed<Value: Sendable>(_ value: Value, hint: ValueHint = .auto) throws -> Value {
    let channel = try Fixture().values(of: Value.self, hint: hint)
    defer { channel.worker.close() }
    try channel.writer.write(value, timeout: .zero)
    return try #require(try channel.reader.read(timeout: .zero))
}

/// Tensors are compared by type, shape and bits.
func expectSame(_ a: Tensor?, _ b: Tensor?, _ location: SourceLocation = #_sourceLocation) throws {
    let (a, b) = (try #require(a, sourceLocation: location), try #require(b, sourceLocation: location))
    #expect(a.dtype == b.dtype, sourceLocation: location)
    #expect(a.shape == b.shape, sourceLocation: location)
    #expect(try a.hasSameElements(as: b), sourceLocation: location)
}

/// Numbers that look random and are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
