internal import RingTestKit

/// A process of its own for the ring's tests: `RingProbe measure|read|write …`.
@main
struct RingProbe {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments.first {
        case "measure": try Measure(Array(arguments.dropFirst())).run()
        default: fatalError("usage: RingProbe measure")
        }
    }
}
