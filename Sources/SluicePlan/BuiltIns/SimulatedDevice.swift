internal import CSluice
internal import Glibc
internal import SluiceModel

/// `simulated_device`: `out` = `in`, but only after a time that no processor spends on it, as an accelerator would take it.
///
/// Attribute `duration`: nanoseconds from the start to the end of the device's work. Waiting for that moment is what the
/// simulated device is; it stands in for nothing else.
enum SimulatedDevice {
    /// A day: whoever asks for more has mistaken the unit.
    static let mostNanoseconds = 86_400_000_000_000

    static func make(_ setup: KernelSetup) throws -> any Kernel {
        let (input, output) = (try setup.requireInput("in"), try setup.requireOutput("out"))
        try setup.checkAlike(setup[input], setup[output])
        try setup.checkPlace(setup[input])
        try setup.checkPlace(setup[output])
        guard let duration = try setup.integer("duration"), 0...mostNanoseconds ~= duration else {
            throw setup.refusal("its attribute duration must be nanoseconds, 0 to \(mostNanoseconds)")
        }
        return ClosureKernel { context in
            let end = sluice_monotonic_ns() + UInt64(duration)
            var target = try context.require(output)
            if let source = context.input(input) { try target.copy(source) } else { target.omit() }
            wait(until: end)
        }
    }

    /// Until that moment of the monotonic clock.
    private static func wait(until end: UInt64) {
        var moment = timespec(tv_sec: Int(end / 1_000_000_000), tv_nsec: Int(end % 1_000_000_000))
        // A signal may wake it early.
        while unsafe clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &moment, nil) == EINTR {}
    }
}
