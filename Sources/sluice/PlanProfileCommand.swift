internal import ArgumentParser
internal import Foundation
internal import PlanFiles
internal import Planning
internal import SluiceModel
internal import SluicePlan

struct PlanProfileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile",
        abstract: "Run a plan, measure how long each actor's firing takes, and put that into the plan file.",
        discussion: """
            The planner gives a register as many slots as values live in it at once: by the
            durations of its actors. This measures them, prints the plan file with them (or
            writes it back), and says how slots change.

              sluice plan profile sums.yaml --jobs 100
              sluice plan profile sums.yaml --jobs 100 --write
            """)

    @Argument(help: "The plan file.")
    var file: String

    @Flag(help: "Change the file, instead of printing it changed.")
    var write = false

    @OptionGroup var session: PlanSessionOptions

    func run() async throws {
        let source = try PlanFile.read(path: file)
        let session = try await PlanSession(source, session)
        async let measured = session.run.durations()
        try await session.complete { _, _ in }
        let instances = try await measured
        // Of parallel instances the slowest counts: the others wait for it.
        var durations: [String: UInt64] = [:]
        for actor in session.run.plan.spec.actors {
            let own = instances.filter {
                $0.key == actor.name || actor.parallel > 1 && $0.key.hasPrefix(actor.name + ".")
            }
            if let longest = own.values.max() { durations[actor.name] = longest }
        }
        let text = try source.setting(durations: durations)
        report(session.run.plan, try PlanFile.read(text: text, named: source.name), durations)
        if write {
            try Data(text.utf8).write(to: URL(fileURLWithPath: file), options: .atomic)
            Console.say("\(file) has the durations now")
        } else {
            Console.show(text)
        }
    }

    private func report(_ before: CompiledPlan, _ file: PlanFile, _ durations: [String: UInt64]) {
        for (name, duration) in durations.sorted(by: { $0.key < $1.key }) {
            Console.say("\(name): \(PlanFile.text(duration: duration)) a firing")
        }
        var spec = before.spec
        for index in spec.actors.indices { spec.actors[index].duration = durations[spec.actors[index].name] }
        let sites = before.nodes.map { Compiler.Site($0.name, budget: 1 << 50) }
        guard let after = try? Compiler.compile(spec, sites: sites) else { return }
        for register in before.registers where register.lag == 0 && register.kind == .channel {
            guard let same = after.register(named: register.name) else { continue }
            let slots = after.registers[same].slots
            if slots != register.slots { Console.say("\(register.name): \(register.slots) slots become \(slots)") }
        }
    }
}
