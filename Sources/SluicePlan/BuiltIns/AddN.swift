internal import Planning
internal import SluiceModel

/// `add_n`: `out` = `in/0` + `in/1` + …, element by element.
///
/// Sums are made in the order of the arguments; of 16-bit floating-point numbers in 32 bits, rounded once. Integers wrap
/// round. `out` may take over the memory of any input.
struct AddN: ElementWork {
    let setup: KernelSetup
    let inputs: [InputHandle]
    let output: OutputHandle

    /// Elements that are summed up at a time.
    private static let stretch = 1024

    static func make(_ setup: KernelSetup) throws -> any Kernel {
        let inputs = setup.inputs("in")
        let first = try setup.requireInput("in", inputs.first.map { setup[$0].name.index } ?? 0)
        let output = try setup.requireOutput("out")
        for input in inputs.dropFirst() { try setup.checkAlike(setup[first], setup[input]) }
        try setup.checkAlike(setup[first], setup[output])
        return try setup.make(AddN(setup: setup, inputs: inputs, output: output), for: setup[output])
    }

    func work<Element: NumericScalar>(on type: Element.Type) -> ClosureKernel {
        var sums = [Element.Work](repeating: .zero, count: Self.stretch)
        return ClosureKernel { context in
            let shape = try check(context)
            var view = try context.require(output)
            try view.setShape(shape)
            var target = try view.elements(of: type)
            var start = 0
            while start < target.count {
                let end = min(start + Self.stretch, target.count)
                try add(context, start..<end, type, &sums)
                for place in start..<end { target[place] = Element(rounding: sums[place - start]) }
                start = end
            }
        }
    }

    private func add<Element: NumericScalar>(
        _ context: borrowing KernelContext, _ range: Range<Int>, _ type: Element.Type, _ sums: inout [Element.Work]
    ) throws(SluiceError) {
        for position in inputs.indices {
            let elements = try context.require(inputs[position]).elements(of: type)
            if position == 0 {
                for place in range { sums[place - range.lowerBound] = elements[place].work }
            } else {
                for place in range {
                    sums[place - range.lowerBound] = .plus(sums[place - range.lowerBound], elements[place].work)
                }
            }
        }
    }

    /// - Returns: The shape that all have.
    private func check(_ context: borrowing KernelContext) throws(SluiceError) -> BlobShape {
        let shape = try context.require(inputs[0]).shape
        for position in inputs.indices.dropFirst() {
            let other = try context.require(inputs[position]).shape
            guard other == shape else {
                throw Self.refusal(context, setup[inputs[0]], shape, setup[inputs[position]], other)
            }
        }
        return shape
    }
}
