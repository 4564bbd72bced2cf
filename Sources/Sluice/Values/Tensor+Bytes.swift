package import SluiceModel

// For what moves tensors to and from memory that is not theirs.
extension Tensor {
    /// Copies its elements in row-major order to the start of `target`.
    ///
    /// - Throws: ``SluiceError/Code/invalidArgument`` if it is on another device, ``SluiceError/Code/valueTooLarge`` if
    ///   `target` has fewer bytes.
    package func copyElements(into target: UnsafeMutableRawBufferPointer) throws(SluiceError) {
        guard device == .cpu else {
            throw .invalidArgument("the tensor is on \(device); only what is in the main memory can be copied here")
        }
        guard target.count >= byteCount else {
            throw SluiceError(
                .valueTooLarge, "a tensor of \(byteCount) bytes does not fit into \(target.count)",
                needed: UInt64(byteCount), available: UInt64(target.count))
        }
        unsafe compact(into: target)
    }

    /// Elements in row-major order, copied.
    ///
    /// - Throws: ``SluiceError/Code/invalidArgument`` if the shape has another number of bytes.
    package init(
        copying bytes: UnsafeRawBufferPointer, _ dtype: ScalarType, shape: [Int]
    ) throws(SluiceError) {
        try unsafe self.init(TensorMemory(copying: bytes), dtype, shape: shape)
        guard byteCount == bytes.count else {
            throw .invalidArgument("\(bytes.count) bytes are no tensor of \(declaredShape), which has \(byteCount)")
        }
    }
}
