/// Outputs that take over the memory of an input, slot by slot.
///
/// The output's actor must be the only one that still reads the input there when it writes: the only reader on its node and,
/// if the input is also made there, the only one anywhere, since values for other nodes are sent from that same memory.
struct InPlace {
    /// By register: the one whose memory it takes over, on its own producer's node.
    var takes: [Int?]
    /// By register: the first of those that hand one memory on. They have the same slots and stride.
    var chain: [Int]
    /// By chain: slots that one of its registers asks for.
    var slots: [Int?]
    /// By register: where its one field's body lies in a slot; nil: where it lies by itself.
    var body: [Int?]
    var notes: [String] = []

    /// Nobody takes over anything.
    init(none drafts: Drafts) {
        takes = Array(repeating: nil, count: drafts.registers.count)
        body = takes
        chain = Array(drafts.registers.indices)
        slots = drafts.registers.map(\.slots)
    }

    init(_ graph: Graph, order: [Int], homes: [Int], drafts: Drafts) {
        self.init(none: drafts)
        var hints = [[Int]](repeating: [], count: graph.instances.count)
        for (b, blob) in graph.blobs.enumerated() where blob.hint != nil { hints[blob.producer].append(b) }
        var taken: Set<[Int]> = []
        // An input's chain is settled before its readers are asked.
        for actor in order {
            for blob in hints[actor] {
                let hint = graph.blobs[blob].hint!
                let (output, input) = (drafts.register[blob], drafts.register[hint.blob])
                if let reason = obstacle(blob, hint, graph, homes: homes, drafts: drafts, taken) {
                    let name = graph.name(ofBlob: blob)
                    notes.append("blob '\(name)' does not take over the memory of '\(hint.argument)': \(reason)")
                    continue
                }
                taken.insert([input, homes[actor]])
                takes[output] = input
                chain[output] = chain[input]
                slots[chain[input]] = slots[chain[input]] ?? drafts.registers[output].slots
                body[output] = body(of: input, drafts)
            }
        }
    }

    private func body(of register: Int, _ drafts: Drafts) -> Int {
        body[register] ?? drafts.registers[register].fields[0].body
    }
}

extension InPlace {
    /// Why it cannot be; nil: it can.
    private func obstacle(
        _ blob: Int, _ hint: Graph.Hint, _ graph: Graph, homes: [Int], drafts: Drafts, _ taken: Set<[Int]>
    ) -> String? {
        let me = graph.blobs[blob].producer
        let (output, input) = (drafts.registers[drafts.register[blob]], drafts.registers[drafts.register[hint.blob]])
        guard output.isChannel else { return "no other actor reads the blob" }
        guard input.producer != me else { return "that one is made by the same actor" }
        guard !hint.isReadInParallel else { return "all parallel instances read that one" }
        let readers =
            homes[input.producer] == homes[me] ? input.consumers : input.consumers.filter { homes[$0] == homes[me] }
        guard readers == [me] else { return "others read that one, too" }
        guard !taken.contains([drafts.register[hint.blob], homes[me]]) else { return "another blob does" }
        if readsAgain(hint, graph.instances[me]) { return "the actor reads that one again" }
        return mismatch(output, drafts.register[blob], drafts.register[hint.blob], drafts)
    }

    /// Whether its actor reads the input as another argument of the kernel, or in a later kernel.
    private func readsAgain(_ hint: Graph.Hint, _ actor: Graph.Instance) -> Bool {
        let uses = actor.kernels[hint.kernel...].reduce(0) { count, kernel in
            count + kernel.inputs.count { $0.blob == hint.blob }
        }
        return uses > 1
    }

    private func mismatch(_ output: Draft, _ o: Int, _ i: Int, _ drafts: Drafts) -> String? {
        let first = drafts.registers[chain[i]]
        let (field, body) = (output.fields[0], body(of: i, drafts))
        guard field.type.device == first.fields[0].type.device else { return "they are on different devices" }
        guard field.type.headerBytes <= body, UInt64(body + field.type.capacity!) <= first.stride else {
            return "it does not fit: \(output.stride) bytes into \(first.stride)"
        }
        guard output.nodes.count == 1 || output.stride == first.stride else {
            return "its copies on other nodes would grow from \(output.stride) to \(first.stride) bytes"
        }
        if let asked = output.slots, let others = slots[chain[i]], asked != others {
            return "it asks for \(asked) slots, and that one for \(others)"
        }
        return nil
    }
}
