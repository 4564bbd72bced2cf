internal import CSluice
internal import Glibc
internal import Planning
internal import SluiceModel

/// `simulated_device`: takes a time that no processor spends on it, as an accelerator would.
///
/// Attribute `microseconds`: from the start to the end of the device's work. Waiting for that moment is what the simulated
/// device is; it stands in for nothing else. Each output is a copy of the first input that is declared like it, or zeros
/// if there is none.
enum SimulatedDevice {
    /// A day: whoever asks for more has mistaken the unit.
    static let mostMicroseconds = 86_400_000_000.0

    static func make(_ setup: KernelSetup) throws -> any Kernel {
        guard let duration = try setup.number("microseconds"), 0...mostMicroseconds ~= duration else {
            throw setup.refusal("its attribute microseconds must be there, 0 to \(mostMicroseconds)")
        }
        for argument in setup.inputs + setup.outputs { try setup.checkPlace(argument) }
        let sources = setup.outputs.map { output in
            setup.inputs.firstIndex { $0.type.element == output.type.element && $0.type.shape == output.type.shape }
        }
        return ClosureKernel { context in
            let end = sluice_monotonic_ns() + UInt64(duration * 1000)
            for output in sources.indices {
                guard var target = context.output(at: output) else { continue }
                guard let number = sources[output], let source = context.input(at: number) else {
                    target.clear()
                    continue
                }
                try target.copy(source)
            }
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
