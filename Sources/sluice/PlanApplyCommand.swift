internal import ArgumentParser
internal import Foundation
internal import PlanFiles
internal import Planning
internal import Sluice
internal import SluiceModel
internal import SluicePlan

struct PlanApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Give a plan to the coordinator, which compiles it and has each node reserve its memory.",
        discussion: """
            The plan then waits for its actors: processes that run `sluice plan worker`, or
            a program of your own that uses the library. Applying the same file again finds
            the run that is there.

              sluice plan apply sums.yaml
              sluice plan worker sums
              sluice plan list
              sluice plan stop sums
            """)

    @Argument(help: ArgumentHelp("The plan file; - is standard input.", valueName: "file"))
    var file: String

    @OptionGroup var placement: PlanPlacement
    @OptionGroup var agent: AgentAddress

    func run() async throws {
        let file = try placement.placing(try PlanFile.read(path: file))
        let worker = try await Worker.connect(to: agent.value, timeout: .seconds(10))
        let run = try await PlanRun.apply(file.spec, by: worker)
        Console.print("run \(run.id) of plan \(run.name), hash \(run.plan.hash)")
        for node in run.plan.nodes {
            let actors = run.plan.actors.filter { $0.node == node.name }.map(\.name).joined(separator: ", ")
            Console.print("\(node.name): \(ByteSize.rounded(node.blockBytes)), actors \(actors)")
        }
        for note in run.plan.notes { Console.say("note: \(note)") }
        worker.close()
    }
}

/// `--place`, for commands that give a plan to the coordinator.
struct PlanPlacement: ParsableArguments {
    @Option(
        name: .customLong("place"), parsing: .singleValue,
        help: ArgumentHelp(
            "Where an actor is to be, whatever the file says, such as matmul=a; once for each.", valueName: "actor=node"
        ))
    var places: [String] = []

    @Option(help: ArgumentHelp("Slots of every register, whatever the file and the planner say.", valueName: "n"))
    var slots: Int?

    func validate() throws {
        if let slots, slots < 1 { throw ValidationError("--slots is \(slots); a register has at least one") }
        for place in places where place.split(separator: "=", omittingEmptySubsequences: false).count != 2 {
            throw ValidationError("--place \(place) is not ACTOR=NODE")
        }
    }

    func placing(_ file: PlanFile) throws -> (spec: PlanSpec, examples: [String: PlanExample]) {
        var spec = file.spec
        for place in places {
            let parts = place.split(separator: "=").map(String.init)
            guard let index = spec.actors.firstIndex(where: { $0.name == parts[0] }) else {
                throw ValidationError(
                    "plan \(spec.name) has no actor \(parts[0]); it has \(spec.actors.map(\.name).joined(separator: ", "))"
                )
            }
            spec.actors[index].nodes = [parts[1]]
        }
        if let slots { spec.setSlots(slots) }
        return (spec, file.examples)
    }
}

extension PlanSpec {
    fileprivate mutating func setSlots(_ slots: Int) {
        for index in inputs.indices { inputs[index].slots = slots }
        for actor in actors.indices {
            for kernel in actors[actor].kernels.indices {
                for output in actors[actor].kernels[kernel].outputs.indices {
                    actors[actor].kernels[kernel].outputs[output].slots = slots
                }
            }
        }
    }
}
