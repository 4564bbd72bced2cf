/// A process of its own for the ring's tests, and a stopwatch: `RingProbe read|write|measure …`.
@main
struct RingProbe {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst(2))
        switch CommandLine.arguments.dropFirst().first {
        case "read": try ReadRole(arguments).run()
        case "write": try WriteRole(arguments).run()
        case "measure": try Measure(arguments).run()
        default: print("usage: RingProbe measure [SECONDS] (read and write are the tests' own)")
        }
    }
}
