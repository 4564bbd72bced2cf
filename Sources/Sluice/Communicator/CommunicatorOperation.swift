internal import SluiceModel

/// One operation of a ``Communicator``, described in full: what, of which elements, from and to which memory.
///
/// The memory has to stay valid until the operation is over. Input and output may be the same memory where a kind says
/// so, and must not overlap otherwise.
@safe public struct CommunicatorOperation: @unchecked Sendable {
    /// What is done. `count` is the operation's ``CommunicatorOperation/count``, n the number of ranks.
    public enum Kind: Hashable, Sendable {
        /// Input: `count` elements for another rank. It is over once they lie in the channel, read or not.
        case send(to: Int)
        /// Output: `count` elements that another rank sends.
        case receive(from: Int)
        /// Input: `count` elements of each rank; output: `count`, reduced over all ranks. They may be the same memory.
        case allReduce(Reduction)
        /// Input: `count` elements; output: n · `count`, those of rank 0 first. The input may be its place in the output.
        case allGather
        /// Input: n · `count` elements; output: `count`, the part of this rank's number, reduced over all ranks. The
        /// output may be its place in the input.
        case reduceScatter(Reduction)
        /// Output: `count` elements, read on the root and written on every other rank. No input. The root waits until the
        /// rank before it has begun.
        case broadcast(root: Int)
        /// Over on no rank before every rank has begun it. No memory.
        case barrier
    }

    public let kind: Kind
    public let scalarType: ScalarType
    /// Elements; see ``Kind``.
    public let count: Int
    public let input: UnsafeRawBufferPointer
    public let output: UnsafeMutableRawBufferPointer
    /// Where the memory is. A communicator says which devices it works on.
    public let device: TensorDevice

    public init(
        _ kind: Kind, of scalarType: ScalarType, count: Int,
        input: UnsafeRawBufferPointer = unsafe UnsafeRawBufferPointer(start: nil, count: 0),
        output: UnsafeMutableRawBufferPointer = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0),
        device: TensorDevice = .cpu
    ) {
        self.kind = kind
        self.scalarType = scalarType
        self.count = count
        unsafe self.input = unsafe input
        unsafe self.output = unsafe output
        self.device = device
    }
}

extension CommunicatorOperation: CustomStringConvertible {
    public var description: String {
        switch kind {
        case .send(let rank): "send of \(count) \(scalarType) to rank \(rank)"
        case .receive(let rank): "receive of \(count) \(scalarType) from rank \(rank)"
        case .allReduce(let reduction): "all-reduce (\(reduction)) of \(count) \(scalarType)"
        case .allGather: "all-gather of \(count) \(scalarType)"
        case .reduceScatter(let reduction): "reduce-scatter (\(reduction)) of \(count) \(scalarType)"
        case .broadcast(let root): "broadcast of \(count) \(scalarType) from rank \(root)"
        case .barrier: "barrier"
        }
    }
}

extension CommunicatorOperation {
    /// Bytes of the input and of the output, as the kind wants them; nil if they cannot be counted.
    private func sizes(_ worldSize: Int) -> (input: Int, output: Int)? {
        let (one, overflow) = count.multipliedReportingOverflow(by: scalarType.byteCount)
        let (all, tooMany) = one.multipliedReportingOverflow(by: worldSize)
        guard count >= 0, !overflow, !tooMany else { return nil }
        return switch kind {
        case .send: (one, 0)
        case .receive, .broadcast: (0, one)
        case .allReduce: (one, one)
        case .allGather: (one, all)
        case .reduceScatter: (all, one)
        case .barrier: (0, 0)
        }
    }

    /// Whether it can be done by a rank of a group of that size, on memory of this process.
    func check(rank: Int, worldSize: Int, group: String) throws(SluiceError) {
        func refuse(_ why: String) -> SluiceError { .invalidArgument("\(self) in group \(group): \(why)") }
        guard device == .cpu else { throw refuse("the memory of \(device) is not of this process") }
        guard let sizes = sizes(worldSize) else { throw refuse("the count is out of bounds") }
        guard unsafe input.count == sizes.input, unsafe output.count == sizes.output else {
            throw refuse(
                """
                the input has \(unsafe input.count) bytes and the output \(unsafe output.count); they need \
                \(sizes.input) and \(sizes.output)
                """)
        }
        let mask = UInt(scalarType.byteCount - 1)
        guard unsafe UInt(bitPattern: input.baseAddress) & mask == 0,
            unsafe UInt(bitPattern: output.baseAddress) & mask == 0
        else { throw refuse("the memory is not aligned to \(scalarType.byteCount) bytes") }
        switch kind {
        case .send(let other), .receive(let other):
            guard 0..<worldSize ~= other, other != rank else {
                throw refuse("rank \(rank) can do that with another of the ranks 0 to \(worldSize - 1)")
            }
        case .broadcast(let root):
            guard 0..<worldSize ~= root else { throw refuse("there are the ranks 0 to \(worldSize - 1)") }
        case .allReduce, .reduceScatter:
            guard scalarType != .bool else { throw refuse("truth values cannot be reduced; use uint8") }
        case .allGather, .barrier: break
        }
    }
}
