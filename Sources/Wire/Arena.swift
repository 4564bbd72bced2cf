internal import CSluiceProtos

/// The C memory of one packing or one unpacking; all of it goes back at once, whatever happened.
///
/// As protobuf-c's allocator it also bounds what a message may expand to: an empty submessage takes two bytes on the
/// wire and a hundred in memory.
@safe final class Arena {
    private var chunks: [UnsafeMutableRawPointer] = unsafe []
    private var next: UnsafeMutableRawPointer?
    private var left = 0
    private var budget: Int
    /// Whether an allocation was refused because the budget is used up.
    private(set) var isExhausted = false

    private static let chunkBytes = 4096
    private static let alignment = 16

    init(budget: Int) { self.budget = budget }

    deinit {
        for index in unsafe chunks.indices { unsafe chunks[index].deallocate() }
    }

    /// Room for `bytes`, aligned for any C type; nil if that exceeds the budget.
    func allocate(_ bytes: Int) -> UnsafeMutableRawPointer? {
        guard bytes >= 0, bytes <= budget else {
            isExhausted = true
            return nil
        }
        budget -= bytes
        // Never zero bytes: protobuf-c takes nil for a failure.
        let rounded = (max(bytes, 1) + Self.alignment - 1) & ~(Self.alignment - 1)
        if rounded > left { refill(rounded) }
        let result = unsafe next
        unsafe next = unsafe next.map { unsafe $0 + rounded }
        left -= rounded
        return unsafe result
    }

    private func refill(_ bytes: Int) {
        let size = max(bytes, Self.chunkBytes)
        let chunk = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: Self.alignment)
        unsafe chunks.append(chunk)
        unsafe next = chunk
        left = size
    }
}

extension Arena {
    /// This arena as protobuf-c's allocator, valid while the arena lives.
    var allocator: ProtobufCAllocator {
        unsafe ProtobufCAllocator(
            alloc: { data, bytes in
                guard let data = unsafe data else { return nil }
                return unsafe Unmanaged<Arena>.fromOpaque(data).takeUnretainedValue().allocate(bytes)
            },
            // Nothing is given back singly, so an error path of protobuf-c cannot free anything twice.
            free: { _, _ in },
            allocator_data: Unmanaged.passUnretained(self).toOpaque())
    }
}

// What packing needs; a packing's arena has no budget that could run out.
extension Arena {
    /// A C message as its generated `init` function leaves it.
    func new<C>(_ initialize: (UnsafeMutablePointer<C>?) -> Void) -> UnsafeMutablePointer<C> {
        let place = unsafe room(C.self, 1)
        unsafe initialize(place)
        return unsafe place
    }

    func bytes(_ text: String) -> ProtobufCBinaryData { unsafe bytes(Array(text.utf8)) }

    func bytes(_ bytes: [UInt8]) -> ProtobufCBinaryData {
        let place = unsafe room(UInt8.self, bytes.count)
        unsafe place.initialize(from: bytes, count: bytes.count)
        return unsafe ProtobufCBinaryData(len: bytes.count, data: place)
    }

    /// A repeated field: its count and its elements.
    func list<C>(_ elements: [C]) -> (Int, UnsafeMutablePointer<C>?) {
        let place = unsafe room(C.self, elements.count)
        unsafe place.initialize(from: elements, count: elements.count)
        return unsafe (elements.count, place)
    }

    func list<Value: WireValue>(_ values: [Value]) -> (Int, UnsafeMutablePointer<UnsafeMutablePointer<Value.C>?>?) {
        unsafe list(values.map { value in unsafe value.packed(in: self) })
    }

    private func room<C>(_ type: C.Type, _ count: Int) -> UnsafeMutablePointer<C> {
        guard let place = unsafe allocate(count * MemoryLayout<C>.stride) else {
            preconditionFailure("a message to be packed asks for \(count) × \(C.self)")
        }
        return unsafe place.bindMemory(to: C.self, capacity: count)
    }
}
