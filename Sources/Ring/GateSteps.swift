/// Changes of the gate list, taken by the control thread of the ring writer's process.
package enum GateSteps {
    /// Adds a cursor that the writer waits for from now on.
    ///
    /// - Returns: The gate's number, and `first`: the reader's first value.
    package static func attach<Memory: MemoryAccess>(
        _ memory: Memory, _ words: WriterWords, _ gates: Memory.Gates, _ request: GateRequest, _ cursor: CursorWords?,
        _ view: ProcessView?
    ) throws(Memory.Interrupt) -> Result<Attached, GateError> {
        var list = try memory.lock(gates)
        let result = try join(memory, words, &list, request, cursor, view)
        try memory.unlock(gates, list)
        // A writer that sleeps for the gate that was replaced has another to wait for, or none.
        try WaitSteps.bump(memory, words.event)
        return result
    }

    private static func join<Memory: MemoryAccess>(
        _ memory: Memory, _ words: WriterWords, _ list: inout GateList, _ request: GateRequest, _ cursor: CursorWords?,
        _ view: ProcessView?
    ) throws(Memory.Interrupt) -> Result<Attached, GateError> {
        // SYNC POINT: with the store in WriterSteps.loan. Under the lock: a limit computed before this section is at most
        // slots above what was loaned then, so above `first`; one computed later knows this gate.
        let loaned = try memory.load(words.loaned)
        var floor = loaned
        if let number = request.replaces {
            guard let position = list.index(of: number) else { return .failure(.unknownGate(number)) }
            let gate = list.gates[position]
            let released = if let cursor = gate.cursor { try memory.load(cursor.released) } else { UInt64(0) }
            // A cursor that broke its bounds counts for nothing here either.
            let trusted = gate.isBroken(released, published: loaned) ? 0 : released
            floor = max(gate.effective(trusted, published: loaned), request.floor ?? 0)
            guard floor <= loaned else { return .failure(.floorTooHigh(floor: floor, loaned: loaned)) }
        }
        guard let number = list.insert(request, floor: floor, cursor: cursor, view: view) else {
            return .failure(.tooManyGates)
        }
        // The new one is in before the old one goes: there is no moment without either, also for a table that a restarted
        // writer reads.
        if let replaced = request.replaces, let position = list.index(of: replaced) { list.remove(at: position) }
        // SYNC POINT: with the load in WriterSteps.publish.
        try memory.store(list.version, to: words.version)
        // A publish that has not seen the new version and has no fence is seen by the reader that joins.
        try memory.heavyFence()
        return .success(Attached(gate: number, first: floor))
    }

    /// Takes a cursor out of the list; the writer does not wait for it any more. False if there was none.
    package static func detach<Memory: MemoryAccess>(
        _ memory: Memory, _ words: WriterWords, _ gates: Memory.Gates, _ number: UInt32
    ) throws(Memory.Interrupt) -> Bool {
        var list = try memory.lock(gates)
        let position = list.index(of: number)
        if let position {
            list.remove(at: position)
            // SYNC POINT: with the load in WriterSteps.publish.
            try memory.store(list.version, to: words.version)
        }
        try memory.unlock(gates, list)
        try WaitSteps.bump(memory, words.event)
        return position != nil
    }
}

/// What a writer's process answers when a gate has joined.
package struct Attached: Hashable, Sendable {
    package let gate: UInt32
    /// The first value that is the new reader's.
    package let first: UInt64

    package init(gate: UInt32, first: UInt64) {
        self.gate = gate
        self.first = first
    }
}
