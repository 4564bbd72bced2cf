/// Combines runs of elements. Each loop is for one type and one operation, so that it becomes vector code.
enum Reducer {
    /// `target[i] = incoming[i] ∘ own[i]` for `bytes` bytes of whole elements, all three aligned for the type. `target`
    /// may be `own`.
    static func combine(
        _ reduction: Reduction, _ type: ScalarType, _ incoming: UnsafeRawPointer, _ own: UnsafeRawPointer,
        _ target: UnsafeMutableRawPointer, bytes: Int
    ) {
        switch type {
        case .bool: preconditionFailure("truth values are not reduced")
        case .int8: unsafe combine(Int8.self, reduction, incoming, own, target, bytes)
        case .int16: unsafe combine(Int16.self, reduction, incoming, own, target, bytes)
        case .int32: unsafe combine(Int32.self, reduction, incoming, own, target, bytes)
        case .int64: unsafe combine(Int64.self, reduction, incoming, own, target, bytes)
        case .uint8: unsafe combine(UInt8.self, reduction, incoming, own, target, bytes)
        case .uint16: unsafe combine(UInt16.self, reduction, incoming, own, target, bytes)
        case .uint32: unsafe combine(UInt32.self, reduction, incoming, own, target, bytes)
        case .uint64: unsafe combine(UInt64.self, reduction, incoming, own, target, bytes)
        case .float16: unsafe combine(Float16.self, reduction, incoming, own, target, bytes)
        case .bfloat16: unsafe combine(BFloat16.self, reduction, incoming, own, target, bytes)
        case .float32: unsafe combine(Float.self, reduction, incoming, own, target, bytes)
        case .float64: unsafe combine(Double.self, reduction, incoming, own, target, bytes)
        }
    }

    @inline(__always)
    private static func combine<Scalar: Reducible>(
        _: Scalar.Type, _ reduction: Reduction, _ incoming: UnsafeRawPointer, _ own: UnsafeRawPointer,
        _ target: UnsafeMutableRawPointer, _ bytes: Int
    ) {
        let count = bytes / MemoryLayout<Scalar>.stride
        let a = unsafe incoming.assumingMemoryBound(to: Scalar.self)
        let b = unsafe own.assumingMemoryBound(to: Scalar.self)
        let result = unsafe target.assumingMemoryBound(to: Scalar.self)
        switch reduction {
        case .sum: for i in 0..<count { unsafe result[i] = Scalar.sum(a[i], b[i]) }
        case .product: for i in 0..<count { unsafe result[i] = Scalar.product(a[i], b[i]) }
        case .minimum: for i in 0..<count { unsafe result[i] = Scalar.least(a[i], b[i]) }
        case .maximum: for i in 0..<count { unsafe result[i] = Scalar.greatest(a[i], b[i]) }
        }
    }
}
