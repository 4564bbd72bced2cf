internal import ArgumentParser

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Check, compile, draw and run plans: who computes what from what, and where every byte lies.",
        discussion: """
            A plan is declared in a file, YAML or JSON:

              plan: sums
              inputs:
                x: {dtype: float32, shape: [3, 3]}
              actors:
                double:
                  node: a             # or nodes: [a, b]; without it, the planner chooses
                  duration: 1.5ms     # of one firing; the planner counts slots by it
                  kernels:
                    - kernel: add_n
                      in: {in: [x, x]}
                      out: {out: {blob: y, dtype: float32, shape: [3, 3]}}
              outputs: {y: y}

            An actor fires when all that its kernels read is there, and all that they
            write has room; its kernels run in order. "in: {in: [x, x]}" are the
            arguments in/0 and in/1 of the kernel.

            Also possible
              of the plan         interval, budgets: {NODE: SIZE},
                                  control: [{before: ACTOR, after: ACTOR}],
                                  functions: {NAME: {inputs: […], outputs: […]}}
              of an input         dynamic: true (the shape is the most there can be),
                                  slots, node, device; bytes: SIZE instead of dtype for
                                  strings of bytes; example: what plan run pushes
              of an actor         nodes and parallel, firings
              of a kernel         attributes, scratch: SIZE, variables
              of what it makes    slots, in-place: ARGUMENT
              of an output        {blob: BLOB, node: NODE, index: PARALLEL PRODUCER}
            Durations have ns, us, ms, s, min or h; sizes B, KiB, MiB, GiB or TiB.

              sluice plan validate sums.yaml
              sluice plan show sums.yaml
            """,
        groupedSubcommands: [
            CommandGroup(
                name: "Without a cluster",
                subcommands: [PlanValidateCommand.self, PlanCompileCommand.self, PlanShowCommand.self]),
            CommandGroup(
                name: "In a cluster",
                subcommands: [
                    PlanRunCommand.self, PlanProfileCommand.self, PlanApplyCommand.self, PlanWorkerCommand.self,
                    PlanListCommand.self, PlanStopCommand.self,
                ]),
        ])
}
