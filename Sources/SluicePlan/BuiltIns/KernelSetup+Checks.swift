internal import Planning
internal import SluiceModel

// What kernels ask of their arguments when they are made.
extension KernelSetup {
    /// - Returns: The type of its elements.
    /// - Throws: ``SluiceError/Code/invalidArgument`` for strings, or what is not in the main memory.
    func scalar(_ argument: Argument) throws(SluiceError) -> ScalarType {
        guard case .scalar(let dtype) = argument.type.element else {
            throw refusal("its \(argument) is made of strings; it needs numbers")
        }
        try checkPlace(argument)
        return dtype
    }

    func checkPlace(_ argument: Argument) throws(SluiceError) {
        guard argument.type.device == .cpu else {
            throw refusal("its \(argument) is on \(argument.type.device); it works in the main memory")
        }
    }

    /// Both must have the same elements and, as far as that was planned, the same shape.
    func checkAlike(_ a: Argument, _ b: Argument) throws(SluiceError) {
        guard a.type.element.isLike(b.type.element) else {
            throw refusal("its \(a) and its \(b) must have the same elements")
        }
        guard a.type.shape.count == b.type.shape.count,
            a.type.isDynamic || b.type.isDynamic || a.type.shape == b.type.shape
        else { throw refusal("its \(a) and its \(b) must have the same shape") }
    }

    /// Made for the elements of an argument.
    func make(_ work: some ElementWork<ClosureKernel>, for argument: Argument) throws(SluiceError) -> ClosureKernel {
        guard let kernel = try work.work(for: try scalar(argument)) else {
            throw refusal("its \(argument) is no number; nothing can be calculated with it")
        }
        return kernel
    }
}

extension KernelSetup.Argument: CustomStringConvertible {
    public var description: String { "argument \(name), blob \(blob) (\(type))," }
}

extension ElementWork where Result == ClosureKernel {
    /// The argument's shape at this firing, as an error names it.
    static func refusal(
        _ context: borrowing KernelContext, _ a: KernelSetup.Argument, _ aShape: BlobShape, _ b: KernelSetup.Argument,
        _ bShape: BlobShape
    ) -> SluiceError {
        context.refusal("its \(a) has the shape \(aShape) now, and its \(b) has \(bShape)")
    }
}
