internal import SluiceModel

/// `map`: `out` = a function of `in`, element by element; `out` may take over the memory of `in`.
///
/// Attribute `function`: `relu`, `negate`, `abs`, `square`, `scale` (by attribute `factor`) or `add` (attribute `constant`).
/// Integers wrap round; 16-bit floating-point numbers are calculated with in 32 bits and rounded once.
struct Map: ElementWork {
    let setup: KernelSetup
    let input: InputHandle
    let output: OutputHandle
    let function: Function

    enum Function: String, CaseIterable { case relu, negate, abs, square, scale, add }

    static func make(_ setup: KernelSetup) throws -> any Kernel {
        let (input, output) = (try setup.requireInput("in"), try setup.requireOutput("out"))
        try setup.checkAlike(setup[input], setup[output])
        let name = try setup.text("function")
        guard let function = name.flatMap(Function.init) else {
            let all = Function.allCases.map(\.rawValue).joined(separator: ", ")
            throw setup.refusal("its attribute function must be one of \(all), not \(name ?? "nothing")")
        }
        return try setup.make(
            Map(setup: setup, input: input, output: output, function: function), for: setup[output])
    }

    func work<Element: NumericScalar>(on type: Element.Type) throws(SluiceError) -> ClosureKernel {
        switch function {
        case .relu: return loop(type) { $0.isNegative ? .zero : $0 }
        case .negate: return loop(type) { .times($0, Element.Work(wrapping: -1)) }
        case .abs: return loop(type) { $0.absolute }
        case .square: return loop(type) { .times($0, $0) }
        case .scale:
            let factor: Element.Work = try constant("factor")
            return loop(type) { .times($0, factor) }
        case .add:
            let constant: Element.Work = try constant("constant")
            return loop(type) { .plus($0, constant) }
        }
    }

    private func loop<Element: NumericScalar>(
        _ type: Element.Type, _ function: @escaping (Element.Work) -> Element.Work
    ) -> ClosureKernel {
        ClosureKernel { [input, output] context in
            let view = try context.require(input)
            let source = try view.elements(of: type)
            var target = try context.require(output)
            try target.setShape(view.shape)
            var elements = try target.elements(of: type)
            for place in source.indices { elements[place] = Element(rounding: function(source[place].work)) }
        }
    }

    private func constant<Work: Arithmetic>(_ name: String) throws(SluiceError) -> Work {
        guard let value: Work = try setup.value(name) else {
            throw setup.refusal("it needs the attribute \(name)")
        }
        return value
    }
}
