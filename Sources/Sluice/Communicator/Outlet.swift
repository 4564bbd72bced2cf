internal import SharedMemory
internal import SluiceModel

/// This end of a channel to another rank.
struct Outlet: Sendable {
    let rank: Int
    let writer: Writer

    /// The next slot.
    func loan(until deadline: Deadline) throws(LaneError) -> WriteLoan {
        do throws(SluiceError) { return try writer.loan(timeout: deadline.timeLeft) } catch {
            switch error.code {
            case .timedOut: throw .late(error)
            case .forked, .invalidArgument: throw .refused(error)
            case .closed: throw .ended(rank: rank)
            case .nodeLost, .writerDied: throw .died(rank: rank, error)
            default: throw .broken(rank: rank, error)
            }
        }
    }

    /// Publishes a slot with `bytes` bytes of elements behind its header.
    func publish(_ loan: consuming WriteLoan, bytes: Int) throws(LaneError) {
        do throws(SluiceError) { try loan.publish(count: UnitHeader.byteCount + bytes) } catch {
            throw .refused(error)
        }
    }
}

/// This end of a channel from another rank.
struct Inlet: Sendable {
    let rank: CommunicatorGroup.Rank
    let me: CommunicatorGroup.Rank
    let reader: Reader

    /// The next unit.
    func lease(until deadline: Deadline) throws(LaneError) -> ReadLease {
        do throws(SluiceError) {
            if let lease = try reader.lease(timeout: deadline.timeLeft) { return lease }
        } catch {
            switch error.code {
            case .timedOut: throw .late(error)
            case .forked, .invalidArgument: throw .refused(error)
            case .closed: throw .ended(rank: rank.number)
            case .nodeLost, .writerDied: throw .died(rank: rank.number, error)
            default: throw .broken(rank: rank.number, error)
            }
        }
        throw .ended(rank: rank.number)
    }

    /// The elements of a unit that is what was expected: `bytes` of them.
    func elements(
        of unit: UnsafeRawBufferPointer, _ expected: UnitHeader, bytes: Int
    ) throws(LaneError) -> UnsafeRawPointer {
        guard let header = unsafe UnitHeader(unit), let start = unit.baseAddress else {
            throw broken(.protocolViolation, "\(rank.description) sent what is no part of an operation")
        }
        guard header.signature == expected.signature else {
            throw broken(
                .invalidArgument,
                """
                the ranks do not call the same operation: \(rank.description) is at \(header.signature), \
                \(me.description) at \(expected.signature); destroy the group and make a new one
                """)
        }
        guard header.unit == expected.unit, unit.count == UnitHeader.byteCount + bytes else {
            throw broken(
                .protocolViolation,
                """
                \(rank.description) sent part \(header.unit) with \(unit.count - UnitHeader.byteCount) bytes of \
                \(header.signature), where part \(expected.unit) with \(bytes) bytes was to come
                """)
        }
        return unsafe start + UnitHeader.byteCount
    }

    private func broken(_ code: SluiceError.Code, _ message: String) -> LaneError {
        .broken(
            rank: rank.number,
            SluiceError(
                code, message, channel: reader.channel, actor: rank.actor, node: rank.node, pid: rank.pid,
                sequence: reader.next))
    }
}

extension Deadline {
    /// What is left of it as a call's timeout.
    var timeLeft: Timeout { Timeout(nanoseconds: remaining(at: monotonicNow())) }
}
