internal import CZeroMQ

/// Whether a message went on its way.
package enum SendResult: Hashable, Sendable {
    case sent
    /// The peer's queue is full, or nobody is connected; nothing was sent.
    case wouldBlock
}

extension Socket {
    /// Copies and sends one part. Without `dontWait` it waits as the options say.
    package func send(_ bytes: UnsafeRawBufferPointer, more: Bool = false, dontWait: Bool = false)
        throws(ZeroMQError) -> SendResult
    {
        let flags = flags(more, dontWait)
        let sent = try unlessBusy("zmq_send", label) { unsafe zmq_send(raw, bytes.baseAddress, bytes.count, flags) }
        return sent == nil ? .wouldBlock : .sent
    }

    package func send(_ bytes: [UInt8], more: Bool = false, dontWait: Bool = false)
        throws(ZeroMQError) -> SendResult
    {
        let flags = flags(more, dontWait)
        let sent = try unlessBusy("zmq_send", label) { unsafe zmq_send(raw, bytes, bytes.count, flags) }
        return sent == nil ? .wouldBlock : .sent
    }

    /// Sends a part without copying it. Where it is not sent it is dropped, and its `free` is called.
    package func send(_ message: consuming Message, more: Bool = false, dontWait: Bool = false)
        throws(ZeroMQError) -> SendResult
    {
        try send(keeping: &message, more: more, dontWait: dontWait)
    }

    /// Sends a part without copying it. Sent, the message is empty; else it is what it was, to be tried again.
    package func send(keeping message: inout Message, more: Bool = false, dontWait: Bool = false)
        throws(ZeroMQError) -> SendResult
    {
        let flags = flags(more, dontWait)
        let pointer = unsafe message.raw
        let sent = try unlessBusy("zmq_msg_send", label) { unsafe zmq_msg_send(pointer, raw, flags) }
        return sent == nil ? .wouldBlock : .sent
    }

    private func flags(_ more: Bool, _ dontWait: Bool) -> Int32 {
        (more ? ZMQ_SNDMORE : 0) | (dontWait ? ZMQ_DONTWAIT : 0)
    }
}

extension Socket {
    /// Receives one part; nil if there is none.
    package func receive(dontWait: Bool = false) throws(ZeroMQError) -> Message? {
        var message = Message()
        guard try receive(into: &message, dontWait: dontWait) else { return nil }
        return message
    }

    /// Receives one part in place of what `message` held; false if there is none.
    package func receive(into message: inout Message, dontWait: Bool = false) throws(ZeroMQError) -> Bool {
        let pointer = unsafe message.raw
        let flags = dontWait ? ZMQ_DONTWAIT : 0
        return try unlessBusy("zmq_msg_recv", label) { unsafe zmq_msg_recv(pointer, raw, flags) } != nil
    }

    /// Receives one part into `buffer`; nil if there is none.
    ///
    /// - Returns: Its size; where that exceeds the buffer, what does not fit is lost.
    package func receive(into buffer: UnsafeMutableRawBufferPointer, dontWait: Bool = false)
        throws(ZeroMQError) -> Int?
    {
        let flags = dontWait ? ZMQ_DONTWAIT : 0
        let size = try unlessBusy("zmq_recv", label) {
            unsafe zmq_recv(raw, buffer.baseAddress, buffer.count, flags)
        }
        return size.map(Int.init)
    }

    /// Receives a message of up to `most` parts; nil if there is none. Further parts are dropped.
    ///
    /// libzmq delivers all parts of a message or none, so that those after the first do not wait.
    package func receiveParts(most: Int, dontWait: Bool = false) throws(ZeroMQError) -> [[UInt8]]? {
        var part = Message()
        guard try receive(into: &part, dontWait: dontWait) else { return nil }
        var parts = [part.array()]
        while part.more, try receive(into: &part) {
            if parts.count < most { parts.append(part.array()) }
        }
        return parts
    }

    /// Drops the parts that still belong to the message whose last received part is `message`.
    package func skipRest(of message: inout Message) throws(ZeroMQError) {
        while message.more, try receive(into: &message) {}
    }
}
