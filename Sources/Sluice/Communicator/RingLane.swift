internal import SharedMemory
internal import SluiceModel

/// A rank's place in the ring: it takes from the rank before it and sends to the one behind. All collectives run here.
final class RingLane: Sendable {
    private let group: CommunicatorGroup
    /// Nil in a group of one.
    private let outlet: Outlet?
    private let inlet: Inlet?
    private let counts: Lock<CommunicatorStatistics>
    private let state = Lock(State())

    private struct State {
        var isBusy = false
        var completed: UInt64 = 0
        /// Closed once so many are completed.
        var limit = UInt64.max
        /// What has timed out and is not over.
        var underWay: UnderWay?
    }

    private struct UnderWay {
        let signature: OperationSignature
        var item = 0
        var sent: UInt64 = 0
        var received: UInt64 = 0
    }

    init(_ group: CommunicatorGroup, outlet: Outlet?, inlet: Inlet?) {
        self.group = group
        self.outlet = outlet
        self.inlet = inlet
        counts = Lock(CommunicatorStatistics())
    }

    /// How many collectives this rank has completed.
    var completed: UInt64 { state.withLock { $0.completed } }
    var statistics: CommunicatorStatistics { counts.withLock { $0 } }

    /// Ends the ring as soon as so many collectives are completed; a call that waits beyond that is woken.
    func close(after limit: UInt64) {
        state.withLock { $0.limit = min($0.limit, limit) }
        closeIfDone()
    }

    private func closeIfDone() {
        guard state.withLock({ $0.completed >= $0.limit }) else { return }
        outlet?.writer.close()
        inlet?.reader.close()
    }
}

extension RingLane {
    /// Does a collective, or goes on with it.
    func perform(_ operation: CommunicatorOperation, until deadline: Deadline) throws(LaneError) {
        var progress = try enter(operation)
        let script = RingScript(
            operation, rank: group.rank, worldSize: group.worldSize, segmentBytes: group.segmentBytes,
            window: group.options.slots - 1)
        defer { leave(progress, isOver: progress.item == script.count) }
        while progress.item < script.count {
            try run(script.item(progress.item), of: operation, &progress, until: deadline)
            progress.item += 1
        }
    }

    private func enter(_ operation: CommunicatorOperation) throws(LaneError) -> UnderWay {
        try state.withLock { state throws(LaneError) in
            guard !state.isBusy else {
                throw .refused(
                    .invalidArgument(
                        "\(operation) in group \(group.name) on rank \(group.rank): another one is not over yet"))
            }
            let signature = OperationSignature(operation, sequence: state.completed)
            if let underWay = state.underWay, underWay.signature != signature {
                throw .refused(.notOver(operation, underWay.signature, group))
            }
            state.isBusy = true
            return state.underWay ?? UnderWay(signature: signature)
        }
    }

    private func leave(_ progress: UnderWay, isOver: Bool) {
        // Before others see that it is over.
        if isOver { counts.withLock { $0.collectives += 1 } }
        state.withLock { state in
            state.isBusy = false
            // A call that has done nothing yet binds nobody.
            state.underWay = isOver || progress.item == 0 ? nil : progress
            if isOver { state.completed += 1 }
        }
        if isOver { closeIfDone() }
    }

    /// The slot to send in is taken before what is received: a timeout of either leaves everything as it was.
    private func run(
        _ item: RingItem, of operation: CommunicatorOperation, _ progress: inout UnderWay, until deadline: Deadline
    ) throws(LaneError) {
        let memory = ItemMemory(item, operation)
        guard item.sends, let outlet else {
            if item.receives {
                try unsafe receive(item, progress, until: deadline) { incoming throws(LaneError) in
                    unsafe memory.process(incoming, nil)
                }
                progress.received += 1
            } else {
                unsafe memory.process(nil, nil)
            }
            return
        }
        var loan = try outlet.loan(until: deadline)
        if item.receives {
            try unsafe receive(item, progress, until: deadline) { incoming throws(LaneError) in
                unsafe loan.withUnsafeMutableBytes { slot in
                    unsafe memory.process(incoming, slot.baseAddress.map { unsafe $0 + UnitHeader.byteCount })
                }
            }
            progress.received += 1
        } else {
            unsafe loan.withUnsafeMutableBytes { slot in
                unsafe memory.process(nil, slot.baseAddress.map { unsafe $0 + UnitHeader.byteCount })
            }
        }
        let header = UnitHeader(progress.signature, unit: progress.sent)
        unsafe loan.withUnsafeMutableBytes { slot in unsafe header.store(to: slot) }
        try outlet.publish(loan, bytes: item.bytes)
        progress.sent += 1
        counts.withLock { $0.sent(item.bytes) }
    }

    private func receive(
        _ item: RingItem, _ progress: UnderWay, until deadline: Deadline,
        _ body: (UnsafeRawPointer) throws(LaneError) -> Void
    ) throws(LaneError) {
        guard let inlet else { return }
        let lease = try inlet.lease(until: deadline)
        try unsafe lease.withUnsafeBytes { unit throws(LaneError) in
            let expected = UnitHeader(progress.signature, unit: progress.received)
            try unsafe body(try inlet.elements(of: unit, expected, bytes: item.bytes))
        }
        counts.withLock { $0.payloadBytesReceived += UInt64(item.bytes) }
    }
}

/// Where an item finds the own elements, and where it puts the result.
@safe private struct ItemMemory {
    private let item: RingItem
    private let reduction: Reduction?
    private let scalarType: ScalarType
    private let own: UnsafeRawPointer?
    private let target: UnsafeMutableRawPointer?

    init(_ item: RingItem, _ operation: CommunicatorOperation) {
        self.item = item
        scalarType = operation.scalarType
        switch operation.kind {
        case .allReduce(let how), .reduceScatter(let how): reduction = how
        default: reduction = nil
        }
        let output = unsafe operation.output.baseAddress
        unsafe target = unsafe output.map { unsafe $0 + item.output }
        // The root of a broadcast sends what lies in the output.
        let input =
            if case .broadcast = operation.kind { UnsafeRawPointer(output) } else {
                unsafe operation.input.baseAddress
            }
        unsafe own = unsafe input.map { unsafe $0 + item.input }
    }

    /// From the leased slot, or the own elements, straight to where they go: output, slot to send, or both.
    func process(_ incoming: UnsafeRawPointer?, _ slot: UnsafeMutableRawPointer?) {
        guard item.bytes > 0 else { return }
        var source = unsafe incoming ?? own
        if item.combines, let reduction, let incoming = unsafe incoming, let own = unsafe own,
            let result = unsafe item.stores ? target : slot
        {
            unsafe Reducer.combine(reduction, scalarType, incoming, own, result, bytes: item.bytes)
            unsafe source = UnsafeRawPointer(result)
        }
        guard let source = unsafe source else { return }
        if item.stores, let target = unsafe target, unsafe UnsafeRawPointer(target) != source {
            unsafe target.copyValue(from: source, byteCount: item.bytes)
        }
        if let slot = unsafe slot, unsafe UnsafeRawPointer(slot) != source {
            unsafe slot.copyValue(from: source, byteCount: item.bytes)
        }
    }
}

extension SluiceError {
    static func notOver(
        _ operation: CommunicatorOperation, _ underWay: OperationSignature, _ group: CommunicatorGroup
    ) -> SluiceError {
        .invalidArgument(
            """
            \(operation) in group \(group.name) on rank \(group.rank): an earlier call has timed out and is not over, \
            \(underWay); make that call again, or destroy the group
            """)
    }
}

extension CommunicatorStatistics {
    mutating func sent(_ bytes: Int) {
        payloadBytesSent += UInt64(bytes)
        bytesPublished += UInt64(UnitHeader.byteCount + bytes)
        segmentsSent += 1
    }
}
