import Ring

/// Walks every interleaving of a scenario, each state once.
struct Explorer {
    struct Report {
        var states = 0
        var transitions = 0
        var ends = 0
        /// What is broken, and the steps that lead there.
        var fault: String?
        var path: [String] = []
    }

    enum Action: Hashable, CustomStringConvertible {
        case step(Int)
        case flush(Int)
        case kill(Int)

        var description: String {
            switch self {
            case .step(let thread): "thread \(thread) goes on"
            case .flush(let thread): "a store of thread \(thread) reaches memory"
            case .kill(let process): "process \(process) dies"
            }
        }
    }

    let scenario: Scenario
    /// States at most: a scenario that has more is too large for its test.
    var most = 20_000_000

    private struct Frame {
        var world: World
        var actions: [Action]
        var next = 0
        var hasMoved = false
    }

    func run() -> Report {
        var report = Report()
        do throws(ModelInterrupt) {
            let first = try scenario.start()
            var seen: Set<Int> = [first.hashValue]
            var stack = [Frame(world: first, actions: actions(first))]
            report.states = 1
            while let top = stack.indices.last {
                guard stack[top].next < stack[top].actions.count else {
                    // Deaths are no progress: a state in which only they are left is an end.
                    if !stack[top].hasMoved {
                        report.ends += 1
                        if let fault = fault(stack[top].world) { return found(fault, stack, &report) }
                    }
                    stack.removeLast()
                    continue
                }
                let action = stack[top].actions[stack[top].next]
                stack[top].next += 1
                let successor: World?
                do throws(ModelInterrupt) {
                    successor = try apply(action, stack[top].world)
                } catch {
                    guard case .broken(let what) = error else { fatalError("\(error)") }
                    return found(what, stack, &report)
                }
                guard let successor else { continue }
                if case .kill = action {} else { stack[top].hasMoved = true }
                report.transitions += 1
                guard seen.insert(successor.hashValue).inserted else { continue }
                report.states += 1
                guard report.states <= most else { return found("more than \(most) states", stack, &report) }
                stack.append(Frame(world: successor, actions: actions(successor)))
            }
        } catch {
            report.fault = "\(error)"
        }
        return report
    }

    private func found(_ fault: String, _ stack: [Frame], _ report: inout Report) -> Report {
        report.fault = fault
        report.path = stack.compactMap { frame in
            guard frame.next > 0 else { return nil }
            let action = frame.actions[frame.next - 1]
            guard case .step(let thread) = action else { return "\(action)" }
            let memory = ModelMemory(frame.world, scenario)
            memory.isTracing = true
            _ = try? memory.step(thread)
            return "thread \(thread), operation \(frame.world.threads[thread].locals.pc): \(memory.last)"
        }
        return report
    }

    private func actions(_ world: World) -> [Action] {
        var actions: [Action] = []
        for (index, thread) in world.threads.enumerated() {
            if !thread.buffer.isEmpty { actions.append(.flush(index)) }
            if !thread.isDone { actions.append(.step(index)) }
        }
        if world.dead == 0 { actions += scenario.mortals.map { .kill($0) } }
        return actions
    }

    private func apply(_ action: Action, _ world: World) throws(ModelInterrupt) -> World? {
        switch action {
        case .step(let thread):
            let memory = ModelMemory(world, scenario)
            return try memory.step(thread) ? memory.world : nil
        case .flush(let thread):
            var world = world
            // A header's words get there together: they are looked at together.
            repeat {
                let store = world.threads[thread].buffer.removeFirst()
                world.memory[store.word] = store.value
            } while world.threads[thread].buffer.first.map { scenario.followsInHeader($0.word) } ?? false
            return world
        case .kill(let process):
            return killed(process, world)
        }
    }

    /// The threads stop where they are; what they have stored still gets to memory.
    private func killed(_ process: Int, _ world: World) -> World {
        var world = world
        world.dead |= 1 << process
        for index in world.threads.indices where world.threads[index].process == process {
            world.threads[index].locals = Locals()
            world.threads[index].locals.pc = -2
            world.threads[index].log.removeAll()
            world.threads[index].queued.removeAll()
            world.threads[index].isWoken = false
            world.threads[index].late.removeAll()
            if world.listOwner == index { world.listOwner = -2 }
        }
        return world
    }

    /// What is wrong with a world in which nothing can happen any more.
    private func fault(_ world: World) -> String? {
        for (index, thread) in world.threads.enumerated() where !thread.isDone {
            let how = thread.queued.isEmpty ? "waits" : "sleeps"
            return
                "thread \(index) \(how) for ever, in operation \(thread.locals.pc) of its round \(thread.locals.round)"
        }
        if let violation = world.list.violations.first { return "\(violation)" }
        return scenario.verdict(world)
    }
}
