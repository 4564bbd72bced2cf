/// `copy` and `identity`: `out` = `in`, of any elements, strings too; nothing is done if both are the same memory.
enum Copy {
    static func make(_ setup: KernelSetup) throws -> any Kernel {
        let (input, output) = (try setup.requireInput("in"), try setup.requireOutput("out"))
        try setup.checkAlike(setup[input], setup[output])
        try setup.checkPlace(setup[input])
        try setup.checkPlace(setup[output])
        return ClosureKernel { context in
            var target = try context.require(output)
            guard let source = context.input(input) else { return target.omit() }
            try target.copy(source)
        }
    }
}
