internal import Planning
internal import SluiceModel

/// `fill` and `iota`: sources of the same number, or of start, start + step, start + 2 · step …
///
/// Attributes: `value` (0) of the one; `start` (0) and `step` (1) of the other; and of both `advance` (0), which each firing
/// adds once more to all elements; and `ends`: the firing, counted from 0, that is the end of the data.
struct Fill: ElementWork {
    let setup: KernelSetup
    let output: OutputHandle
    let start: String
    let step: String?
    let end: UInt64?

    static func make(_ setup: KernelSetup) throws -> any Kernel { try make(setup, start: "value", step: nil) }
    static func makeIota(_ setup: KernelSetup) throws -> any Kernel { try make(setup, start: "start", step: "step") }

    private static func make(_ setup: KernelSetup, start: String, step: String?) throws -> any Kernel {
        let output = try setup.requireOutput("out")
        let ends = try setup.integer("ends")
        if let ends, ends < 0 { throw setup.refusal("it cannot end at firing \(ends)") }
        let fill = Fill(setup: setup, output: output, start: start, step: step, end: ends.map { UInt64($0) })
        return try setup.make(fill, for: setup[output])
    }

    func work<Element: NumericScalar>(on type: Element.Type) throws(SluiceError) -> ClosureKernel {
        let start: Element.Work = try setup.value(start) ?? .zero
        let advance: Element.Work = try setup.value("advance") ?? .zero
        var step = Element.Work.zero
        if let name = self.step { step = try setup.value(name) ?? Element.Work(wrapping: 1) }
        return ClosureKernel { [output, end, step] context in
            if let end, context.firing >= end { return context.finish() }
            let firing = Element.Work(wrapping: Int(truncatingIfNeeded: context.firing))
            let first = Element.Work.plus(start, .times(advance, firing))
            var view = try context.require(output)
            var target = try view.elements(of: type)
            for place in target.indices {
                target[place] = Element(rounding: .plus(first, .times(step, Element.Work(wrapping: place))))
            }
        }
    }
}

extension KernelSetup {
    /// An attribute as a number of a kernel's elements; nil if it is not said.
    func value<Work: Arithmetic>(_ name: String) throws(SluiceError) -> Work? {
        if case .integer(let value) = attributes[name] { return Work(wrapping: value) }
        guard let number = try number(name) else { return nil }
        guard let value = Work(number: number) else {
            throw refusal("its attribute \(name), \(number), is no number of its elements")
        }
        return value
    }
}
