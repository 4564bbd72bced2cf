public import SluiceModel

/// The reading end of a channel of any kind, for one of its declared readers.
///
/// Each of its calls takes the next item of the stream: decoded, encoded, or not looked at. One call at a time; only
/// ``close()`` may come from any thread at any time.
public protocol ChannelReader<Value>: AnyObject, Sendable {
    associatedtype Value: Sendable

    /// The channel's name.
    var channel: String { get }

    /// Takes the next value; nil at the end of the stream.
    ///
    /// - Parameter timeout: How long to wait for it; after ``SluiceError/Code/timedOut`` nothing has changed.
    /// - Throws: ``SluiceError/Code/application`` for an error that the writer published, and
    ///   ``SluiceError/Code/cannotDecode``: these are consumed like values, and the channel goes on.
    ///   ``SluiceError/Code/timedOut``; ``SluiceError/Code/writerDied`` or ``SluiceError/Code/nodeLost`` once everything
    ///   published is read; ``SluiceError/Code/closed`` …
    func read(timeout: Timeout) throws(SluiceError) -> Value?

    /// Takes the next value without blocking a thread of the cooperative pool; also throws
    /// ``SluiceError/Code/cancelled``, and then nothing has changed.
    nonisolated(nonsending)
        func read(timeout: Timeout) async throws(SluiceError) -> Value?

    /// Takes the next item as the channel carries it, errors included; nil at the end of the stream.
    func readEncoded(timeout: Timeout) throws(SluiceError) -> EncodedValue?

    /// Takes the next item as the channel carries it, without blocking a thread of the cooperative pool.
    nonisolated(nonsending)
        func readEncoded(timeout: Timeout) async throws(SluiceError) -> EncodedValue?

    /// Takes the next item, whatever it is, and gives it back without a look at it; false at the end of the stream.
    func skip(timeout: Timeout) throws(SluiceError) -> Bool

    /// Takes the next item and gives it back, without blocking a thread of the cooperative pool.
    nonisolated(nonsending)
        func skip(timeout: Timeout) async throws(SluiceError) -> Bool

    /// Takes no more items; a second call does nothing.
    func close()
}

extension ChannelReader {
    /// Takes the next value, waited for as long as ``Timeout/usual`` says; nil at the end of the stream.
    public func read() throws(SluiceError) -> Value? { try read(timeout: .usual) }

    /// Takes the next value, waited for as long as ``Timeout/usual`` says; nil at the end of the stream.
    nonisolated(nonsending)
        public func read() async throws(SluiceError) -> Value?
    { try await read(timeout: .usual) }
}
