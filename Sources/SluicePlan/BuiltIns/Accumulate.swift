internal import Planning
internal import SluiceModel

/// `accumulate`: the variable `sum` += `in`; `out` = `sum`. It begins with zeros, and goes on from job to job.
struct Accumulate: ElementWork {
    let setup: KernelSetup
    let input: InputHandle
    let output: OutputHandle
    let sum: VariableHandle

    static func make(_ setup: KernelSetup) throws -> any Kernel {
        let (input, output) = (try setup.requireInput("in"), try setup.requireOutput("out"))
        let sum = try setup.requireVariable("sum")
        for argument in [setup[output], setup[sum]] {
            guard !argument.type.isDynamic else { throw setup.refusal("its \(argument) cannot be dynamic") }
            try setup.checkAlike(setup[input], argument)
        }
        try setup.checkAlike(setup[output], setup[sum])
        return try setup.make(Accumulate(setup: setup, input: input, output: output, sum: sum), for: setup[sum])
    }

    func work<Element: NumericScalar>(on type: Element.Type) -> ClosureKernel {
        ClosureKernel { [setup, input, output, sum] context in
            let view = try context.require(input)
            var variable = try context.require(sum)
            var target = try context.require(output)
            guard view.shape == variable.shape else {
                throw Self.refusal(context, setup[input], view.shape, setup[sum], variable.shape)
            }
            let source = try view.elements(of: type)
            var sums = try variable.elements(of: type)
            var elements = try target.elements(of: type)
            for place in source.indices {
                sums[place] = Element(rounding: .plus(sums[place].work, source[place].work))
                elements[place] = sums[place]
            }
        }
    }
}
