/// How a value of a typed channel lies in its slot. Whatever has more than one byte is little-endian.
///
/// Of kind ``ValueKind/typed``:
///
///     0    u32 version, 1          4    u32 tensors, 0 ... 65536
///     8    u64 body, bytes         16   u64 metadata, bytes
///     24   u64 0
///     32   the body; the metadata; each tensor's elements at the next multiple of 64
///
/// The metadata of a tensor, one after the other: u8 type of the elements, u8 axes (0 ... 64), u16 0, i32 kind of
/// device, i32 which of that kind, u32 0, u64 bytes; for each axis i64 elements, i64 stride. Its elements fill their bytes
/// without a hole, none of them twice, in the order that the strides tell: so a reader can make no more of a slot than
/// there is in it. The value ends with the last tensor.
///
/// Of kind ``ValueKind/tensors``, where shapes are declared: the elements of each declared tensor, in row-major order,
/// each at the next multiple of 64 from 0 on; the rest is the body.
///
/// The body is JSON, with its number in the place of each tensor: 0, 1, 2 … It is empty if the value is a bare tensor, and
/// it is what the user's code has made if the value's type is registered.
enum SlotLayout {
    static let version: UInt32 = 1
    static let headerBytes = 32
    static let mostTensors = 1 << 16
    static let tensorBytes = 24
    static let axisBytes = 16
    /// Of tensors from the slot's start, which is itself a multiple of it.
    static let alignment = TensorMemory.alignment
    /// Arrays and objects within one another in a body: few enough for any thread's stack.
    static let mostDepth = 256

    /// Where so many bytes lie behind what ends at `end`; nil if that cannot be counted.
    static func place(_ byteCount: Int, after end: Int) -> Range<Int>? {
        guard byteCount >= 0, end >= 0, end <= .max - alignment else { return nil }
        let start = (end + alignment - 1) / alignment * alignment
        let (upper, isTooFar) = start.addingReportingOverflow(byteCount)
        return isTooFar ? nil : start..<upper
    }

    /// Whether arrays and objects of JSON lie within one another no deeper than is good for a stack.
    static func isShallow(_ json: UnsafeRawBufferPointer) -> Bool {
        var (depth, isInString, isEscaped) = (0, false, false)
        for index in json.indices {
            let byte = unsafe json[index]
            if isEscaped {
                isEscaped = false
            } else if isInString {
                if byte == UInt8(ascii: "\\") { isEscaped = true }
                if byte == UInt8(ascii: "\"") { isInString = false }
            } else {
                switch byte {
                case UInt8(ascii: "\""): isInString = true
                case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
                case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
                default: break
                }
                if depth > mostDepth { return false }
            }
        }
        return true
    }
}
