/// The kernels that come with the library. Their inputs are called `in` (0, 1 … where there are several) and their output
/// `out`, but for `matmul`, which has `a` and `b`.
enum BuiltIns {
    static let factories: [String: KernelRegistry.Factory] = [
        "accumulate": Accumulate.make,
        "add_n": AddN.make,
        "copy": Copy.make,
        "fill": Fill.make,
        // Does nothing where its output has taken over its input's memory.
        "identity": Copy.make,
        "iota": Fill.makeIota,
        "map": Map.make,
        "matmul": MatMul.make,
        "simulated_device": SimulatedDevice.make,
    ]
}
