internal import Planning
public import Sluice
public import SluiceModel
internal import Wire

/// Runs actors of plans in this process: a thread for each.
///
/// Kernels run here and nowhere else: agents and the coordinator only know where they are.
public final class PlanWorker: Sendable {
    private let worker: Worker
    private let kernels: KernelRegistry

    /// - Parameter kernels: What plans may call; those that come with the library if nothing is said.
    public init(_ worker: Worker, kernels: KernelRegistry = KernelRegistry()) {
        self.worker = worker
        self.kernels = kernels
    }

    /// Runs actors of a run until all of it is over.
    ///
    /// Each joins, opens its registers, waits at the barrier until every actor on every node has, and fires until its data
    /// ends. Cancelling the task ends the run for everyone.
    ///
    /// - Parameter actors: Their names in ``CompiledPlan/actors``; nil: all that the plan has on this worker's node.
    /// - Throws: Why the run has ended, if not in order; it names actor and node. ``SluiceError/Code/unknownActor`` for a
    ///   name that the plan does not have here, ``SluiceError/Code/nameTaken`` for one that another process has joined as.
    public func run(_ run: PlanRun, actors: [String]? = nil) async throws(SluiceError) {
        let numbers = try numbers(of: actors, in: run)
        let hosts = numbers.map { ActorHost(worker, run, number: $0, kernels) }
        let failure = await withTaskCancellationHandler {
            await Self.serve(hosts, run)
        } onCancel: {
            for host in hosts { host.stop() }
            let reason = "the worker process of \(hosts.map(\.actor.name).joined(separator: ", ")) was told to stop"
            Task { try? await run.stop(reason: reason) }
        }
        // What one of them has met is often only what the run's end looks like from there.
        do throws(SluiceError) { try await run.ended(timeout: .seconds(60)) } catch {
            switch error.code {
            // A coordinator that was started again does not know it.
            case .unknownRun: break
            case .timedOut: throw failure ?? error
            default: throw error
            }
        }
        if let failure { throw failure }
    }

    /// - Returns: The first failure that one of them has met.
    private static func serve(_ hosts: [ActorHost], _ run: PlanRun) async -> SluiceError? {
        let tasks = hosts.map { host in
            Task { () -> SluiceError? in
                do throws(SluiceError) {
                    try await host.serve()
                    return nil
                } catch {
                    return error
                }
            }
        }
        let watch = Task {
            // In order, it ends only when all of them have. Without an answer the coordinator does not know of it any more:
            // it goes on by itself.
            guard (try? await run.failure()) != nil else { return }
            // Whoever waits for a register elsewhere, or for somebody to open one, hears of it.
            for host in hosts { host.stop() }
            for task in tasks { task.cancel() }
        }
        var first: SluiceError?
        for task in tasks {
            let failure = await task.value
            first = first ?? failure
        }
        watch.cancel()
        return first
    }

    private func numbers(of actors: [String]?, in run: PlanRun) throws(SluiceError) -> [Int] {
        let plan = run.plan
        guard let actors else { return plan.actors.indices.filter { plan.actors[$0].node == worker.node } }
        var numbers: [Int] = []
        for name in actors {
            guard let number = plan.actor(named: name) else {
                let names = plan.actors.map(\.name).joined(separator: ", ")
                throw SluiceError(.unknownActor, "plan \(run.name) has no actor \(name); it has \(names)", actor: name)
            }
            guard plan.actors[number].node == worker.node else {
                throw SluiceError(
                    .unknownActor,
                    "actor \(name) of plan \(run.name) is placed on node \(plan.actors[number].node), and this worker is on "
                        + "\(worker.node): run it there", actor: name, node: plan.actors[number].node)
            }
            numbers.append(number)
        }
        return numbers
    }
}
