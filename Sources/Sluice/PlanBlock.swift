internal import SharedMemory
package import SluiceModel

/// A plan's block of shared memory on this worker's node, mapped for writing: registers, and what actors keep for
/// themselves, lie in it where the plan says.
@safe
package final class PlanBlock: Sendable {
    private let mapping: Mapping?

    /// Of a node on which the plan takes no memory.
    package static let empty = PlanBlock()

    private init() { mapping = nil }

    init(_ descriptors: [Descriptor], bytes: UInt64) throws(SluiceError) {
        guard descriptors.count == 1, let size = Int(exactly: bytes) else {
            throw SluiceError(
                .protocolViolation, "a block of \(bytes) bytes came with \(descriptors.count) descriptors")
        }
        do {
            mapping = try Mapping.shared(Segment(adopting: descriptors[0], size: size), writable: true)
        } catch let error as SystemCallError {
            throw error.asSluiceError
        } catch {
            throw SluiceError(.protocolViolation, "a plan's block cannot be used", cause: "\(error)")
        }
    }

    /// All of it. Registers' slots have the same addresses when they come as leases and loans.
    package var bytes: UnsafeMutableRawBufferPointer {
        guard let mapping else { return unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0) }
        return unsafe UnsafeMutableRawBufferPointer(start: mapping.base, count: mapping.size)
    }
}

extension SluiceActor {
    /// Maps the block that a plan's run has on this actor's node.
    package func openBlock(_ run: RunID, timeout: Timeout = .seconds(30)) throws(SluiceError) -> PlanBlock {
        try block(run, try handle.core.ask(.openBlock(run), timeout: timeout))
    }

    /// Maps the block that a plan's run has on this actor's node.
    nonisolated(nonsending)
        package func openBlock(_ run: RunID, timeout: Timeout = .seconds(30)) async throws(SluiceError) -> PlanBlock
    {
        try block(run, try await handle.core.ask(.openBlock(run), timeout: timeout))
    }

    private func block(_ run: RunID, _ answer: Answer) throws(SluiceError) -> PlanBlock {
        guard case .block(let block) = answer else { throw .unexpectedAnswer("opening the block of plan run \(run)") }
        return block
    }
}
