internal import ArgumentParser
internal import Foundation
internal import Sluice
internal import SluiceModel
internal import SluicePlan

struct PlanListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show the runs of plans that there are, or have been not long ago.",
        discussion: """
              sluice plan list
              sluice plan list sums --format json | jq '.[].actors'
            """)

    @Argument(help: "A plan's name, or a run's number (default: all).")
    var plan: String?

    @Option(help: "table, or json for one list with an object for each run.")
    var format: Format = .table

    @OptionGroup var agent: AgentAddress

    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json }

    func run() async throws {
        let worker = try await Worker.connect(to: agent.value, timeout: .seconds(10))
        let runs = try await PlanRun.list(plan, by: worker)
        switch format {
        case .json: Console.print(try runs.map(Row.init).json())
        case .table: for line in Self.table(runs) { Console.print(line) }
        }
        worker.close()
    }

    private struct Row: Codable {
        var run: String
        var plan: String
        var hash: String
        var phase: PlanRunStatus.Phase
        var isFinishing: Bool
        var error: String?
        var clients: Int
        var queuedJobs: Int
        var grantedJobs: Int
        var actors: [PlanRunStatus.Actor]

        init(_ status: PlanRunStatus) {
            run = status.run.description
            plan = status.plan
            hash = status.hash
            phase = status.phase
            isFinishing = status.isFinishing
            error = status.error.map { "\($0)" }
            clients = status.clients
            queuedJobs = status.queuedJobs
            grantedJobs = status.grantedJobs
            actors = status.actors
        }
    }

    private static func table(_ runs: [PlanRunStatus]) -> [String] {
        guard !runs.isEmpty else { return ["no plan runs; start one with: sluice plan run FILE"] }
        return runs.flatMap { run in
            let end = run.error.map { ", because of \($0)" } ?? ""
            let head =
                "run \(run.run) of plan \(run.plan): \(run.phase.rawValue)\(run.isFinishing ? ", finishing" : "")\(end); "
                + "\(run.clients) clients, \(run.queuedJobs) jobs queued, \(run.grantedJobs) under way"
            let width = run.actors.map(\.name.count).max() ?? 0
            return [head]
                + run.actors.map { actor in
                    let name = actor.name + String(repeating: " ", count: width - actor.name.count)
                    let pid = actor.pid == 0 ? "" : " pid \(actor.pid)"
                    let firings = actor.state == .ended ? ", \(actor.firings) firings" : ""
                    return "  \(name)  \(actor.state.rawValue)  \(actor.node)\(pid)\(firings)"
                }
        }
    }
}

struct PlanStopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "End a run of a plan: in order, or at once.",
        discussion: """
            In order, jobs that wait are served, inputs close, and everything under way
            comes out. With --now every actor and every client gets an error.

              sluice plan stop sums
              sluice plan stop sums --now
            """)

    @Argument(help: "The plan's name, or its run's number.")
    var plan: String

    @Flag(help: "Do not wait for what is under way.")
    var now = false

    @Option(help: ArgumentHelp("How long to wait for its end.", valueName: "time"))
    var timeout = Seconds(60)

    @OptionGroup var agent: AgentAddress

    func run() async throws {
        let worker = try await Worker.connect(to: agent.value, timeout: .seconds(10))
        let run = try await PlanRun.find(plan, by: worker)
        if now {
            try await run.stop(reason: "sluice plan stop --now")
            // Its end is that error, which is what was asked for.
            do { try await run.ended(timeout: timeout.timeout) } catch  where error.code == .timedOut {
                throw error
            } catch {}
        } else {
            try await run.finish()
            try await run.ended(timeout: timeout.timeout)
        }
        Console.say("run \(run.id) of plan \(run.name) has ended")
        worker.close()
    }
}
