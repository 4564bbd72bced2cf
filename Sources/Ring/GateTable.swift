internal import CSluice
internal import SharedMemory
internal import SluiceModel
internal import Synchronization

/// The gate list's image in the ring's control: written by the ring's writer, read by a restarted one.
package struct GateTable: Hashable, Sendable {
    /// Gates that a ring can have.
    package static let capacity = Int(SLUICE_GATES)

    /// Of the control; 0 if there is none (in the model).
    package let address: UInt

    package init(address: UInt) { self.address = address }

    /// A gate's line. Its state comes last: a process may die in the middle, and then there is no gate.
    func write(_ gate: Gate, nextNumber: UInt32) {
        guard address != 0 else { return }
        let line = unsafe line(gate.index)
        unsafe line.pointee.floor = gate.floor
        unsafe line.pointee.process = gate.request.life.rawValue
        unsafe line.pointee.start_time = gate.request.process.startTime
        unsafe line.pointee.pid = UInt32(bitPattern: gate.request.process.pid)
        unsafe line.pointee.line = gate.request.line
        unsafe line.pointee.number = gate.number
        unsafe line.pointee.reader = gate.request.reader
        unsafe line.pointee.offset = gate.request.offset
        unsafe ring.pointee.next_gate = nextNumber
        // SYNC POINT: with the load in `read`.
        unsafe state(gate.index).pointee.store(gate.request.kind.rawValue, ordering: .releasing)
    }

    func erase(_ index: Int) {
        guard address != 0 else { return }
        unsafe state(index).pointee.store(0, ordering: .releasing)
    }

    /// The gates that a former writer has left.
    func read() -> (gates: [Gate], nextNumber: UInt32) {
        var gates: [Gate] = []
        for index in 0..<Self.capacity {
            // SYNC POINT: with the store in `write`.
            let kind = unsafe GateKind(rawValue: state(index).pointee.load(ordering: .acquiring))
            guard let kind else { continue }
            let line = unsafe line(index).pointee
            let request = GateRequest(
                kind: kind, life: ProcessLife(rawValue: line.process),
                process: ProcessIdentity(pid: Int32(bitPattern: line.pid), startTime: line.start_time),
                line: line.line, reader: line.reader, offset: line.offset)
            gates.append(Gate(number: line.number, index: index, request: request, floor: line.floor, cursor: nil))
        }
        return (gates, unsafe max(1, ring.pointee.next_gate))
    }

    private var ring: UnsafeMutablePointer<sluice_ring> {
        unsafe UnsafeMutablePointer(bitPattern: address).unsafelyUnwrapped
    }

    private func line(_ index: Int) -> UnsafeMutablePointer<sluice_gate> {
        let first = address + UInt(RingLayout.gates)
        return unsafe UnsafeMutablePointer(bitPattern: first + UInt(index * RingLayout.gate))
            .unsafelyUnwrapped
    }

    private func state(_ index: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
        unsafe Word32(address: UInt(bitPattern: line(index)) + UInt(RingLayout.gateState)).atomic
    }
}
