import SluiceModel
import Wire

extension PlanCall: AnyMessage {
    static var cases: Int { 18 }

    static func random(_ index: Int, _ r: inout RandomValues) -> PlanCall {
        PlanCall(caller: r.nonZero(), body(index, &r))
    }

    private static func body(_ index: Int, _ r: inout RandomValues) -> Body {
        switch index {
        case 0: .apply(spec: r.json())
        case 1: .wait(r.run(), r.phase())
        case 2: .join(plan: r.label(), actor: r.label())
        case 3: .ready(r.run(), actor: r.label())
        case 4: .fail(r.run(), actor: r.label(), r.error())
        case 5: .ended(r.run(), actor: r.label(), firings: r.u64())
        case 6: .put(r.run(), key: r.label(), r.json())
        case 7: .get(r.run(), key: r.label())
        case 8: .connect(plan: r.label())
        case 9: .disconnect(r.run(), connection: r.u32())
        case 10:
            .launch(
                r.run(), connection: r.u32(), job: r.nonZero(), function: r.label(), count: r.sequence())
        case 11: .events(r.run(), actor: r.label(), after: r.sequence())
        case 12: .done(r.run(), actor: r.label(), job: r.nonZero())
        case 13: .finished(r.run(), job: r.nonZero())
        case 14: .finish(r.run())
        case 15: .stop(r.run(), reason: r.label())
        case 16: .abort(r.run(), connection: r.u32(), job: r.nonZero())
        default: .show(plan: r.optional(r.label()))
        }
    }
}

extension PlanAnswer: AnyMessage {
    static var cases: Int { 8 }

    static func random(_ index: Int, _ r: inout RandomValues) -> PlanAnswer {
        switch index {
        case 0: .done
        case 1: .applied(r.run(), plan: r.json())
        case 2: .reached(r.phase(), error: r.optional(r.error()))
        case 3: .joined(r.run(), plan: r.json())
        case 4: .connected(r.run(), connection: r.u32(), plan: r.json())
        case 5: .value(r.json())
        case 6: .events(r.list(5) { PlanEvent(index: $0.sequence(), $0.event()) })
        default: .runs(r.list(3) { $0.report() })
        }
    }
}

extension RandomValues {
    mutating func run() -> RunID { RunID(rawValue: nonZero()) }
    mutating func phase() -> PlanPhase { PlanPhase(rawValue: UInt32(1 + below(6))) ?? .ended }
    mutating func label() -> String { (name() as NodeName).rawValue }

    mutating func event() -> PlanEvent.Kind {
        switch below(3) {
        case 0: .granted(job: nonZero(), connection: u32(), function: label(), count: sequence())
        case 1: .aborted(job: nonZero())
        default: .closed
        }
    }

    mutating func report() -> RunReport {
        RunReport(
            run: run(), plan: label(), hash: text(), phase: phase(), isFinishing: bool(), error: optional(error()),
            actors: list(4) {
                RunActorReport(
                    name: $0.label(), node: $0.label(),
                    state: PlanActorState(rawValue: UInt32(1 + $0.below(4))) ?? .ended,
                    pid: $0.pid(), firings: $0.u64())
            },
            connections: u32(), queued: u32(), granted: u32(), compiled: json())
    }

    mutating func part() -> PlanPart {
        let registers = list(4) { r in
            PartRegister(
                channel: r.name(), offset: 64 * UInt64(r.below(1000)), stride: 64 * UInt64(1 + r.below(100)),
                slots: 1 + r.below(10))
        }
        let bytes = registers.map { $0.offset + $0.stride * UInt64($0.slots) }.max() ?? 0
        return PlanPart(
            run: run(), plan: label(), blockBytes: bool() ? bytes : bytes + 1, registers: registers)
    }
}
