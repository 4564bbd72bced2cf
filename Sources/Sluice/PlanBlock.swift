internal import SharedMemory
package import SluiceModel

/// A plan's block of shared memory on this worker's node, mapped for writing: registers, and what actors keep for
/// themselves, lie in it where the plan says.
@safe
package final class PlanBlock: Sendable {
    private let mapping: Mapping

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
        unsafe UnsafeMutableRawBufferPointer(start: mapping.base, count: mapping.size)
    }
}

extension SluiceActor {
    /// Maps the block that a plan's run has on this actor's node.
    package func openBlock(_ run: RunID, timeout: Timeout = .seconds(30)) throws(SluiceError) -> PlanBlock {
        let answer = try handle.core.ask(.openBlock(run), timeout: timeout)
        guard case .block(let block) = answer else { throw .unexpectedAnswer("opening the block of plan run \(run)") }
        return block
    }
}
