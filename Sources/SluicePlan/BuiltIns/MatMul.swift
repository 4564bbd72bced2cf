internal import CBLAS
internal import Planning
internal import Sluice
internal import SluiceModel

/// `matmul`: `out` = `a` · `b`, matrices of 32- or 64-bit floating-point numbers.
///
/// Attributes: `transpose_a` and `transpose_b` (false). It works through the system's BLAS.
struct MatMul {
    private let setup: KernelSetup
    private let a: InputHandle
    private let b: InputHandle
    private let output: OutputHandle
    private let transposesA: Bool
    private let transposesB: Bool

    static func make(_ setup: KernelSetup) throws -> any Kernel {
        let kernel = try MatMul(setup)
        switch try kernel.check() {
        case .float32: return ClosureKernel { try kernel.multiply($0, Float.self, sgemm) }
        case .float64: return ClosureKernel { try kernel.multiply($0, Double.self, dgemm) }
        case let other: throw setup.refusal("it multiplies float32 and float64, not \(other)")
        }
    }

    private init(_ setup: KernelSetup) throws(SluiceError) {
        self.setup = setup
        (a, b) = (try setup.requireInput("a"), try setup.requireInput("b"))
        output = try setup.requireOutput("out")
        transposesA = try setup.bool("transpose_a") ?? false
        transposesB = try setup.bool("transpose_b") ?? false
    }

    private func check() throws(SluiceError) -> ScalarType {
        let dtype = try setup.scalar(setup[output])
        var shapes: [BlobShape] = []
        for argument in [setup[a], setup[b], setup[output]] {
            guard try setup.scalar(argument) == dtype else {
                throw setup.refusal("its \(argument) and its \(setup[output]) must have the same elements")
            }
            guard argument.type.shape.count == 2, let shape = BlobShape(argument.type.shape) else {
                throw setup.refusal("its \(argument) must have two axes")
            }
            shapes.append(shape)
        }
        guard !setup[a].type.isDynamic, !setup[b].type.isDynamic else { return dtype }
        let size = try size(shapes[0], shapes[1])
        guard setup[output].type.isDynamic || shapes[2].elementsEqual([size.m, size.n]) else {
            throw setup.refusal("its \(setup[output]) must have the shape [\(size.m), \(size.n)]")
        }
        return dtype
    }

    /// `out` is m × n, and each of its elements the sum of k products.
    fileprivate struct Size {
        var m: Int
        var n: Int
        var k: Int
    }

    private func size(_ aShape: BlobShape, _ bShape: BlobShape) throws(SluiceError) -> Size {
        let (m, k) = transposesA ? (aShape[1], aShape[0]) : (aShape[0], aShape[1])
        let (inner, n) = transposesB ? (bShape[1], bShape[0]) : (bShape[0], bShape[1])
        guard inner == k else {
            throw setup.refusal("its \(setup[a]) of \(aShape) cannot be multiplied by its \(setup[b]) of \(bShape)")
        }
        guard max(m, n, k) <= Int(Int32.max) else { throw setup.refusal("\(aShape) times \(bShape) is too large") }
        return Size(m: m, n: n, k: k)
    }

    private func multiply<Element: TensorScalar>(
        _ context: borrowing KernelContext, _ type: Element.Type, _ gemm: (Operands<Element>) -> Void
    ) throws(SluiceError) {
        let (aView, bView) = (try context.require(a), try context.require(b))
        let size = try size(aView.shape, bView.shape)
        var target = try context.require(output)
        guard !target.field.isAt(aView.field), !target.field.isAt(bView.field) else {
            throw setup.refusal("its \(setup[output]) cannot take over the memory of an input")
        }
        var shape = BlobShape()
        _ = shape.append(size.m)
        _ = shape.append(size.n)
        try target.setShape(shape)
        try aView.field.check(type)
        try bView.field.check(type)
        try target.field.check(type)
        // Without elements there is nothing to write; without products it writes zeros.
        guard size.m > 0, size.n > 0 else { return }
        unsafe gemm(
            Operands(
                size: size, a: aView.field.bytes.baseAddress?.assumingMemoryBound(to: type),
                b: bView.field.bytes.baseAddress?.assumingMemoryBound(to: type),
                out: target.field.mutableBytes.baseAddress?.assumingMemoryBound(to: type),
                // The shapes are those of memory, in rows.
                columns: (Int32(aView.shape[1]), Int32(bView.shape[1])),
                transposes: (transposesA ? CblasTrans : CblasNoTrans, transposesB ? CblasTrans : CblasNoTrans)))
    }
}

@safe private struct Operands<Element> {
    let size: MatMul.Size
    let a: UnsafePointer<Element>?
    let b: UnsafePointer<Element>?
    let out: UnsafeMutablePointer<Element>?
    let columns: (a: Int32, b: Int32)
    let transposes: (a: CBLAS_TRANSPOSE, b: CBLAS_TRANSPOSE)
}

private func sgemm(_ x: Operands<Float>) {
    unsafe cblas_sgemm(
        CblasRowMajor, x.transposes.a, x.transposes.b, Int32(x.size.m), Int32(x.size.n), Int32(x.size.k), 1, x.a,
        max(1, x.columns.a), x.b, max(1, x.columns.b), 0, x.out, Int32(x.size.n))
}

private func dgemm(_ x: Operands<Double>) {
    unsafe cblas_dgemm(
        CblasRowMajor, x.transposes.a, x.transposes.b, Int32(x.size.m), Int32(x.size.n), Int32(x.size.k), 1, x.a,
        max(1, x.columns.a), x.b, max(1, x.columns.b), 0, x.out, Int32(x.size.n))
}
