internal import Planning
public import Sluice
internal import SluiceModel

/// What `matmul` multiplies.
public protocol MatrixScalar: TensorScalar {}
extension Float: MatrixScalar {}
extension Double: MatrixScalar {}

// The kernels that come with the library, with types that the compiler checks and shapes that follow from the inputs'.
extension PlanBuilder {
    /// The product of two matrices.
    public mutating func matmul<Element: MatrixScalar>(
        _ name: String, _ a: Blob<Element>, _ b: Blob<Element>, on actor: Actor, slots: Int? = nil
    ) -> Blob<Element> {
        call(
            "matmul", on: actor, ["a": a, "b": b],
            makes: Making(
                name, Element.self, Array(a.shape.prefix(1) + b.shape.dropFirst().prefix(1)),
                isDynamic: a.type.isDynamic || b.type.isDynamic, slots: slots))
    }

    /// The sum of blobs, in their order.
    ///
    /// - Parameter inPlaceOf: The one whose memory the sum may take over.
    public mutating func addN<Element: TensorScalar>(
        _ name: String, _ blobs: [Blob<Element>], on actor: Actor, slots: Int? = nil, inPlaceOf: Blob<Element>? = nil
    ) -> Blob<Element> {
        call(
            "add_n", on: actor, ["in": blobs],
            makes: Making(
                name, Element.self, blobs.first?.shape ?? [], isDynamic: blobs.contains { $0.type.isDynamic },
                slots: slots, inPlaceOf: inPlaceOf))
    }

    /// A function of a blob, element by element.
    ///
    /// - Parameter isInPlace: Whether the result may take over the blob's memory.
    public mutating func map<Element: TensorScalar>(
        _ name: String, _ blob: Blob<Element>, _ function: ElementFunction, on actor: Actor, slots: Int? = nil,
        isInPlace: Bool = false
    ) -> Blob<Element> {
        call(
            "map", on: actor, ["in": blob],
            makes: Making(
                name, Element.self, blob.shape, isDynamic: blob.type.isDynamic, slots: slots,
                inPlaceOf: isInPlace ? blob : nil), attributes: function.attributes)
    }

    /// The sum of all values of a blob so far, from job to job.
    public mutating func accumulate<Element: TensorScalar>(
        _ name: String, _ blob: Blob<Element>, on actor: Actor, slots: Int? = nil
    ) -> Blob<Element> {
        call(
            "accumulate", on: actor, ["in": blob], makes: Making(name, Element.self, blob.shape, slots: slots),
            variables: [PlanVariable("sum", Element.self, blob.shape)])
    }
}

/// What `map` does with each element.
public enum ElementFunction: Hashable, Sendable {
    case relu, negate, abs, square
    case scale(Double)
    case add(Double)

    var attributes: [String: PlanAttribute] {
        switch self {
        case .relu: ["function": .text("relu")]
        case .negate: ["function": .text("negate")]
        case .abs: ["function": .text("abs")]
        case .square: ["function": .text("square")]
        case .scale(let factor): ["function": .text("scale"), "factor": .number(factor)]
        case .add(let constant): ["function": .text("add"), "constant": .number(constant)]
        }
    }
}
