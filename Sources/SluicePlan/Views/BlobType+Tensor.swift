public import Planning
public import Sluice
public import SluiceModel

// What is asked of an array before it is pushed.
extension BlobType {
    /// Checks that a blob of this type can become what a tensor is.
    ///
    /// - Parameter name: What the blob is called in the error.
    /// - Throws: ``SluiceError/Code/invalidArgument`` for other elements, another shape or a tensor on another device;
    ///   ``SluiceError/Code/valueTooLarge`` for more elements than planned, with bytes.
    public func check(_ tensor: Tensor, for name: String) throws(SluiceError) {
        guard case .scalar(let dtype) = element, dtype == tensor.dtype else {
            throw .invalidArgument("\(name) is made of \(self); a tensor of \(tensor.declaredShape) cannot become it")
        }
        guard tensor.device == .cpu else {
            throw .invalidArgument("the tensor for \(name) is on \(tensor.device); copy it to the main memory first")
        }
        guard isDynamic ? tensor.shape.count == shape.count : tensor.shape == shape else {
            throw .invalidArgument("\(name) is \(self); a tensor of \(tensor.declaredShape) has another shape")
        }
        guard let count, tensor.count <= count else {
            throw SluiceError(
                .valueTooLarge, "\(name) is \(self); a tensor of \(tensor.declaredShape) has more elements",
                needed: UInt64(tensor.byteCount), available: UInt64(clamping: capacity ?? 0))
        }
    }
}
