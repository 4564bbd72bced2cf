/// What one rank does for one collective, as a list of items that is a function of rank and arguments alone.
///
/// A reduction runs round the ring as Patarasuk and Yuan describe it ("Bandwidth optimal all-reduce algorithms for
/// clusters of workstations", JPDC 69(2), 2009): the elements are cut into as many blocks as there are ranks; a block's
/// partial result moves from rank to rank, each adds its own, and after n - 1 steps one rank has it whole; n - 1 further
/// steps bring it to all. So each rank sends 2(n - 1)/n of the size, which is the least that is possible.
///
/// Blocks are cut into segments, one slot each. A *round* takes `window` segments of every block through all steps, and
/// the items of all ranks correspond. That cannot block itself while the window is smaller than the number of slots: of
/// all ranks, look at one that is least far. What its item receives, the rank before it has published, being no less far;
/// and the slot that its item fills is free, since the rank behind it has taken all but `window` of what was published.
struct RingScript {
    private let form: Form
    private let rank: Int
    private let worldSize: Int
    private let segmentBytes: Int
    private let segments: Int
    private let window: Int
    private let blocks: Blocks
    /// How many items there are.
    let count: Int

    private enum Form {
        case pass(Pass)
        case chain(root: Int)
    }

    /// In step t a rank works on block (rank + shift - t) mod n.
    private struct Pass {
        var steps: Int
        var shift = 0
        var sends: Range<Int>
        var combines: Range<Int>
        var stores: Range<Int>
    }

    init(_ operation: CommunicatorOperation, rank: Int, worldSize n: Int, segmentBytes: Int, window: Int) {
        self.rank = rank
        worldSize = n
        self.segmentBytes = segmentBytes
        let layout: Blocks.Layout
        switch operation.kind {
        case .allReduce:
            layout = .split
            form = .pass(Pass(steps: 2 * n - 1, sends: 0..<2 * n - 2, combines: 1..<n, stores: n - 1..<2 * n - 1))
        case .reduceScatter:
            layout = .scattered
            form = .pass(Pass(steps: n, shift: -1, sends: 0..<n - 1, combines: 1..<n, stores: n - 1..<n))
        case .allGather, .barrier:
            layout = .gathered
            form = .pass(Pass(steps: n, sends: 0..<n - 1, combines: n..<n, stores: 0..<n))
        case .broadcast(let root):
            layout = .whole
            form = .chain(root: root)
        case .send, .receive: preconditionFailure("no collective")
        }
        blocks = Blocks(
            layout: layout, count: operation.count, scalarBytes: operation.scalarType.byteCount, worldSize: n)
        segments = max(1, (blocks.largest + segmentBytes - 1) / segmentBytes)
        self.window = min(window, segments)
        switch form {
        case .pass(let pass): count = pass.steps * segments
        case .chain: count = n == 1 ? 0 : segments + 2
        }
    }

    /// Item number `index`, 0 ..< ``count``.
    func item(_ index: Int) -> RingItem {
        switch form {
        case .pass(let pass): item(index, of: pass)
        case .chain(let root): item(index, root: root)
        }
    }

    private func item(_ index: Int, of pass: Pass) -> RingItem {
        let (round, place) = index.quotientAndRemainder(dividingBy: pass.steps * window)
        let (step, lane) = place.quotientAndRemainder(dividingBy: min(window, segments - round * window))
        let block = ((rank + pass.shift - step) % worldSize + worldSize) % worldSize
        let part = blocks.part(round * window + lane, of: block, segmentBytes)
        return RingItem(
            sends: pass.sends.contains(step), receives: step > 0, combines: pass.combines.contains(step),
            stores: pass.stores.contains(step), input: part.input, output: part.output, bytes: part.bytes)
    }

    /// Along the ring from the root. Before that every rank tells the next what it is about to do, and hears it from the
    /// one before: else several that take themselves for the root would wait for each other to receive.
    private func item(_ index: Int, root: Int) -> RingItem {
        if index == 0 { return RingItem(sends: true) }
        if index == 1 { return RingItem(receives: true) }
        let part = blocks.part(index - 2, of: 0, segmentBytes)
        return RingItem(
            sends: (rank + 1) % worldSize != root, receives: rank != root, stores: rank != root, input: part.input,
            output: part.output, bytes: part.bytes)
    }
}

/// One step with one segment: any of receive, combine with the own elements, store in the output, and send.
struct RingItem: Hashable {
    var sends = false
    var receives = false
    var combines = false
    var stores = false
    /// Where the segment begins, bytes.
    var input = 0
    var output = 0
    var bytes = 0
}

/// Where the blocks of a collective lie in input and output.
private struct Blocks {
    enum Layout { case split, gathered, scattered, whole }

    let layout: Layout
    let count: Int
    let scalarBytes: Int
    let worldSize: Int

    /// Bytes of the largest block.
    var largest: Int { extent(of: 0).bytes }

    private func extent(of block: Int) -> (input: Int, output: Int, bytes: Int) {
        let all = count * scalarBytes
        switch layout {
        case .split:
            // The first blocks have one element more where the count does not divide.
            let (each, rest) = count.quotientAndRemainder(dividingBy: worldSize)
            let start = (block * each + min(block, rest)) * scalarBytes
            return (start, start, (each + (block < rest ? 1 : 0)) * scalarBytes)
        case .gathered: return (0, block * all, all)
        case .scattered: return (block * all, 0, all)
        case .whole: return (0, 0, all)
        }
    }

    /// A segment of a block; empty past its end.
    func part(_ segment: Int, of block: Int, _ segmentBytes: Int) -> (input: Int, output: Int, bytes: Int) {
        let extent = extent(of: block)
        let start = min(segment * segmentBytes, extent.bytes)
        return (extent.input + start, extent.output + start, min(segmentBytes, extent.bytes - start))
    }
}
