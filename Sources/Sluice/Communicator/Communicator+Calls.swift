public import SluiceModel

// Each kind of operation as a call, on raw memory and on arrays. All throw as ``Communicator/perform(_:timeout:)`` does.
extension Communicator {
    /// Reduces elements over all ranks, in place.
    public func allReduce(
        _ elements: UnsafeMutableRawBufferPointer, of type: ScalarType, _ reduction: Reduction = .sum,
        timeout: Timeout = .infinite
    ) throws(SluiceError) {
        let input = UnsafeRawBufferPointer(elements)
        try perform(
            unsafe CommunicatorOperation(
                .allReduce(reduction), of: type, count: elements.count / type.byteCount, input: input,
                output: elements), timeout: timeout)
    }

    /// Reduces elements over all ranks, in place.
    public func allReduce<Scalar: TensorScalar>(
        _ elements: inout [Scalar], _ reduction: Reduction = .sum, timeout: Timeout = .infinite
    ) throws(SluiceError) {
        try unsafe elements.withBytes { bytes throws(SluiceError) in
            try unsafe allReduce(bytes, of: Scalar.scalarType, reduction, timeout: timeout)
        }
    }

    /// Reduces parts over all ranks; each rank gets the part of its number.
    ///
    /// - Parameters:
    ///   - parts: ``worldSize`` times as many elements as `output`.
    ///   - output: As many elements as one part has.
    public func reduceScatter<Scalar: TensorScalar>(
        _ parts: [Scalar], into output: inout [Scalar], _ reduction: Reduction = .sum, timeout: Timeout = .infinite
    ) throws(SluiceError) {
        try unsafe output.withBytes { output throws(SluiceError) in
            try unsafe parts.readBytes { parts throws(SluiceError) in
                try perform(
                    unsafe CommunicatorOperation(
                        .reduceScatter(reduction), of: Scalar.scalarType,
                        count: output.count / MemoryLayout<Scalar>.stride, input: parts, output: output),
                    timeout: timeout)
            }
        }
    }

    /// Collects the elements of all ranks on each of them.
    ///
    /// - Parameter output: ``worldSize`` times as many elements as `elements`; those of rank 0 come first.
    public func allGather<Scalar: TensorScalar>(
        _ elements: [Scalar], into output: inout [Scalar], timeout: Timeout = .infinite
    ) throws(SluiceError) {
        try unsafe output.withBytes { output throws(SluiceError) in
            try unsafe elements.readBytes { input throws(SluiceError) in
                try perform(
                    unsafe CommunicatorOperation(
                        .allGather, of: Scalar.scalarType, count: elements.count, input: input, output: output),
                    timeout: timeout)
            }
        }
    }

    /// Brings the root's elements to every rank.
    public func broadcast(
        _ elements: UnsafeMutableRawBufferPointer, of type: ScalarType, root: Int, timeout: Timeout = .infinite
    ) throws(SluiceError) {
        try perform(
            unsafe CommunicatorOperation(
                .broadcast(root: root), of: type, count: elements.count / type.byteCount, output: elements),
            timeout: timeout)
    }

    /// Brings the root's elements to every rank.
    public func broadcast<Scalar: TensorScalar>(
        _ elements: inout [Scalar], root: Int, timeout: Timeout = .infinite
    ) throws(SluiceError) {
        try unsafe elements.withBytes { bytes throws(SluiceError) in
            try unsafe broadcast(bytes, of: Scalar.scalarType, root: root, timeout: timeout)
        }
    }

    /// Sends elements to another rank, which receives as many of the same type.
    public func send(
        _ elements: UnsafeRawBufferPointer, of type: ScalarType, to rank: Int, timeout: Timeout = .infinite
    ) throws(SluiceError) {
        try perform(
            unsafe CommunicatorOperation(
                .send(to: rank), of: type, count: elements.count / type.byteCount, input: elements), timeout: timeout)
    }

    /// Sends elements to another rank, which receives as many of the same type.
    public func send<Scalar: TensorScalar>(
        _ elements: [Scalar], to rank: Int, timeout: Timeout = .infinite
    ) throws(SluiceError) {
        try unsafe elements.readBytes { bytes throws(SluiceError) in
            try unsafe send(bytes, of: Scalar.scalarType, to: rank, timeout: timeout)
        }
    }

    /// Receives elements from another rank: as many as there is room for.
    public func receive(
        into elements: UnsafeMutableRawBufferPointer, of type: ScalarType, from rank: Int,
        timeout: Timeout = .infinite
    ) throws(SluiceError) {
        try perform(
            unsafe CommunicatorOperation(
                .receive(from: rank), of: type, count: elements.count / type.byteCount, output: elements),
            timeout: timeout)
    }

    /// Receives elements from another rank: as many as the array has.
    public func receive<Scalar: TensorScalar>(
        into elements: inout [Scalar], from rank: Int, timeout: Timeout = .infinite
    ) throws(SluiceError) {
        try unsafe elements.withBytes { bytes throws(SluiceError) in
            try unsafe receive(into: bytes, of: Scalar.scalarType, from: rank, timeout: timeout)
        }
    }

    /// Waits until every rank has come here.
    public func barrier(timeout: Timeout = .infinite) throws(SluiceError) {
        try perform(unsafe CommunicatorOperation(.barrier, of: .uint8, count: 0), timeout: timeout)
    }
}

extension Array where Element: TensorScalar {
    // The standard library's own forms do not carry a typed error out of an array's memory.
    fileprivate mutating func withBytes(
        _ body: (UnsafeMutableRawBufferPointer) throws(SluiceError) -> Void
    ) throws(SluiceError) {
        let outcome = unsafe withUnsafeMutableBytes { bytes in
            Result { () throws(SluiceError) in try unsafe body(bytes) }
        }
        try outcome.get()
    }

    fileprivate func readBytes(_ body: (UnsafeRawBufferPointer) throws(SluiceError) -> Void) throws(SluiceError) {
        let outcome = unsafe withUnsafeBytes { bytes in
            Result { () throws(SluiceError) in try unsafe body(bytes) }
        }
        try outcome.get()
    }
}
