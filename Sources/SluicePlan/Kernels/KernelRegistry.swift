public import SluiceModel

/// The kernels that a worker can run, by the names that plans call them.
public struct KernelRegistry: Sendable {
    public typealias Body = @Sendable (_ context: borrowing KernelContext) throws -> Void
    public typealias Factory = @Sendable (_ setup: KernelSetup) throws -> any Kernel

    private var factories: [String: Factory]

    /// With the kernels that come with the library: `matmul`, `add_n`, `copy`, `identity`, `map`, `fill`, `iota`,
    /// `accumulate` and `simulated_device`.
    public init() { factories = BuiltIns.factories }

    private init(_ factories: [String: Factory]) { self.factories = factories }

    /// Without any kernel.
    public static var empty: KernelRegistry { KernelRegistry([:]) }

    /// In order.
    public var names: [String] { factories.keys.sorted() }

    /// Registers a kernel that keeps nothing between firings.
    ///
    /// - Throws: ``SluiceError/Code/nameTaken``.
    public mutating func register(_ name: String, _ body: @escaping Body) throws(SluiceError) {
        try registerKernel(name, making: { _ in ClosureKernel(body: body) })
    }

    /// Registers a kernel that is made for each of its calls in a plan.
    ///
    /// - Parameter factory: Gets what the plan says of the call; may refuse it by throwing.
    /// - Throws: ``SluiceError/Code/nameTaken``.
    public mutating func registerKernel(_ name: String, making factory: @escaping Factory) throws(SluiceError) {
        guard factories[name] == nil else {
            throw SluiceError(.nameTaken, "a kernel \"\(name)\" is registered already; give this one another name")
        }
        factories[name] = factory
    }

    /// - Throws: ``SluiceError/Code/invalidArgument`` if there is none of that name; what the kernel refuses, with actor
    ///   and node.
    func make(_ setup: KernelSetup) throws(SluiceError) -> any Kernel {
        guard let factory = factories[setup.kernel] else {
            throw setup.refusal("it is not registered in this worker, which has: \(names.joined(separator: ", "))")
        }
        do { return try factory(setup) } catch { throw setup.told(error, "cannot be made") }
    }
}
