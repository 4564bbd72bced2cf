internal import CSluice
package import SharedMemory
package import SluiceModel

/// What a gate stands for.
package enum GateKind: UInt32, Hashable, Sendable {
    /// A declared reader that has not come yet.
    case placeholder = 1
    /// A reader's cursor, in its worker's segment.
    case reader = 2
    /// The agent's cursor for one remote node.
    case destination = 3
    /// A cursor of another ring.
    case foreign = 4
}

/// A cursor that a ring's writer is to wait for.
package struct GateRequest: Hashable, Sendable {
    package var kind: GateKind
    /// Whose segment holds the cursor.
    package var life: ProcessLife
    package var process: ProcessIdentity
    package var line: UInt32
    /// Index in the channel's declared readers; for a destination, of the first reader there.
    package var reader: UInt32
    /// The gate whose place this one takes, in one step.
    package var replaces: UInt32?
    /// With `replaces`: a floor higher than what that one had released. Without: ignored.
    package var floor: UInt64?
    /// Foreign gates: what to add, modulo 2⁶⁴, to the cursor for a sequence of this ring.
    package var offset: UInt64

    package init(
        kind: GateKind, life: ProcessLife, process: ProcessIdentity, line: UInt32, reader: UInt32,
        replaces: UInt32? = nil, floor: UInt64? = nil, offset: UInt64 = 0
    ) {
        self.kind = kind
        self.life = life
        self.process = process
        self.line = line
        self.reader = reader
        self.replaces = replaces
        self.floor = floor
        self.offset = offset
    }
}

/// Why a gate could not be changed.
package enum GateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// All ``GateTable/capacity`` places are taken.
    case tooManyGates
    case unknownGate(UInt32)
    /// The cursor's line is not in its process's segment.
    case noSuchLine(UInt32)
    /// The floor is beyond what the writer has handed out.
    case floorTooHigh(floor: UInt64, loaned: UInt64)

    package var description: String {
        switch self {
        case .tooManyGates: "all \(GateTable.capacity) gates of the ring are taken"
        case .unknownGate(let number): "the ring has no gate \(number)"
        case .noSuchLine(let line): "the process's segment has no cursor \(line)"
        case .floorTooHigh(let floor, let loaned):
            "the floor \(floor) is beyond \(loaned), the next value to be written"
        }
    }
}

/// A cursor that broke an invariant; its gate is gone, the others are not concerned.
package struct GateViolation: Hashable, Sendable, CustomStringConvertible {
    package let gate: Gate
    package let released: UInt64
    package let published: UInt64

    package var description: String {
        "gate \(gate.number) of pid \(gate.request.process.pid) says that it has released \(released) values, "
            + "after \(gate.last), of \(published) published"
    }
}

/// One entry of a writer's gate list: a cursor, and how far it counts as released whatever it says.
package struct Gate: Hashable, Sendable {
    /// Never 0, never reused in this ring.
    package var number: UInt32
    /// Its place in the control's table.
    package var index: Int
    package var request: GateRequest
    package var floor: UInt64
    /// The cursor; nil while its process's segment is not known here (after a restart): then the floor counts.
    package var cursor: CursorWords?
    /// What the cursor held when it was last looked at.
    package var last: UInt64 = 0

    /// The sequence up to which this gate lets the writer reuse slots.
    @inline(__always)
    package func effective(_ released: UInt64, published: UInt64) -> UInt64 {
        guard request.kind == .foreign else { return max(floor, released) }
        // A foreign cursor may lie before this ring's first value, or beyond its last.
        let shifted = released &+ request.offset
        return Int64(bitPattern: shifted) < 0 ? floor : max(floor, min(shifted, published))
    }

    /// What is given back never goes back, and is never more than was handed out. (`floor` may be one more than
    /// `published`: an attach while a loan was open.)
    @inline(__always)
    package func isBroken(_ released: UInt64, published: UInt64) -> Bool {
        guard request.kind != .foreign else { return false }
        return released < last || (released > published && released > floor)
    }
}
