internal import FoundationEssentials
internal import Ring
internal import SluiceModel

/// Makes values of what lies in slots, which is data: nothing of it is executed, and nothing believed.
struct ValueDecoder<Value: Sendable>: Sendable {
    private let coding: ValueCoding
    private let declared: [TensorLayout]
    private let allocator: TensorAllocator?
    private let form: ValueForm<Value>

    /// - Parameter allocator: Where tensors are copied to; nil if they shall view their slot.
    /// - Throws: ``SluiceError/Code/invalidArgument`` for a type that is neither `Codable` nor registered.
    init(_ coding: ValueCoding, _ declaration: Declaration, _ allocator: TensorAllocator? = nil) throws(SluiceError) {
        self.coding = coding
        self.allocator = allocator
        form = try ValueForm(coding)
        do throws(TensorFault) {
            var layouts: [TensorLayout] = []
            for shape in declaration.hint.declaredShapes { layouts.append(try TensorLayout(shape.dtype, shape.shape)) }
            declared = layouts
        } catch { throw .invalidArgument("the declared shapes cannot be used: \(error)") }
    }

    /// The value in a slot, which is given back at once, or with the last tensor that views it.
    ///
    /// - Throws: ``SluiceError/Code/cannotDecode``; the slot is given back then.
    func decode(_ slot: consuming Ring.ReadLease, at place: ValuePlace) throws(SluiceError) -> Value {
        let (kind, bytes) = unsafe (slot.kind, slot.bytes)
        let received = try unsafe take(kind, bytes, place)
        guard allocator == nil, received.tensors.contains(where: { !$0.place.isEmpty }) else {
            let value = try value(received, place) { layout, range in
                try unsafe copied(UnsafeRawBufferPointer(rebasing: bytes[range]), layout, allocator ?? .heap)
            }
            // Not before: the tensors are copied from it.
            slot.release()
            return value
        }
        let held = HeldSlot(slot)
        return try value(received, place) { _, range in
            // What has no bytes does not keep a slot.
            unsafe range.isEmpty
                ? TensorMemory(byteCount: 0) : TensorMemory(UnsafeRawBufferPointer(rebasing: bytes[range]), of: held)
        }
    }

    /// The value in bytes that are not in a slot: its tensors are copied.
    func decode(_ encoded: EncodedValue, at place: ValuePlace) throws(SluiceError) -> Value {
        let result: Result<Value, SluiceError> = unsafe encoded.bytes.withUnsafeBytes { bytes in
            Result { () throws(SluiceError) in
                let received = try unsafe take(encoded.kind, bytes, place)
                return try value(received, place) { layout, range in
                    try unsafe copied(UnsafeRawBufferPointer(rebasing: bytes[range]), layout, allocator ?? .heap)
                }
            }
        }
        return try result.get()
    }
}

extension ValueDecoder {
    private func take(
        _ kind: UInt32, _ bytes: UnsafeRawBufferPointer, _ place: ValuePlace
    ) throws(SluiceError) -> ReceivedValue {
        do throws(TensorFault) {
            switch kind {
            case ValueKind.typed where declared.isEmpty: return try unsafe ReceivedValue(typed: bytes)
            case ValueKind.tensors where !declared.isEmpty:
                return try unsafe ReceivedValue(tensors: bytes, declared: declared)
            case ValueKind.typed: throw TensorFault("it describes its tensors, although their shapes are declared")
            case ValueKind.tensors: throw TensorFault("it does not describe its tensors, and no shapes are declared")
            default: throw TensorFault("it is of kind \(kind), which no typed writer makes")
            }
        } catch { throw place.cannotDecode(Value.self, error.description) }
    }

    private func copied(
        _ bytes: UnsafeRawBufferPointer, _ layout: TensorLayout, _ allocator: TensorAllocator
    ) throws -> TensorMemory {
        let memory = try allocator.allocate(TensorShape(layout.dtype, layout.shape), bytes.count)
        unsafe memory.fill(bytes)
        return memory
    }

    private func value(
        _ received: ReceivedValue, _ place: ValuePlace, memory: (TensorLayout, Range<Int>) throws -> TensorMemory
    ) throws(SluiceError) -> Value {
        do {
            var tensors: [Tensor] = []
            tensors.reserveCapacity(received.tensors.count)
            for (layout, range) in received.tensors {
                // A tensor that runs backwards begins behind its lowest byte; being dense it reaches no further than it is
                // long.
                tensors.append(try Tensor(layout, memory(layout, range), byteOffset: -layout.lowest))
            }
            return try value(of: received.body, tensors)
        } catch { throw place.cannotDecode(Value.self, error) }
    }

    private func value(of body: Data, _ tensors: [Tensor]) throws -> Value {
        switch form {
        case .tensor:
            guard tensors.count == 1, body.isEmpty, let value = tensors[0] as? Value else {
                throw TensorFault("\(tensors.count) tensors and \(body.count) bytes besides are no bare tensor")
            }
            return value
        case .registered(let registration):
            do { return try registration.decode(CodedForm(bytes: [UInt8](body), tensors: tensors)) } catch {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: [], debugDescription: "its coding threw", underlyingError: error))
            }
        case .codable:
            guard unsafe body.withUnsafeBytes({ unsafe SlotLayout.isShallow($0) }) else {
                throw TensorFault("its fields lie within one another more than \(SlotLayout.mostDepth) deep")
            }
            let source = TensorSource(tensors, coding)
            let value = try form.decode(body, source.makeDecoder())
            if let number = source.leftOver {
                throw TensorFault("no field stands for tensor \(number) of \(tensors.count)")
            }
            return value
        }
    }
}
