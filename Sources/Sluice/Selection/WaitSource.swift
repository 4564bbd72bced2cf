internal import Ring
internal import SluiceModel

/// A reader around another one, such as one that makes its own type of value of the other's.
///
/// It can be waited for together with others, by a ``Selector`` or a ``MultiReader``, just when the one inside can. It must
/// give every item of ``base`` as one of its own.
public protocol ReaderWrapper: ChannelReader {
    var base: any ChannelReader { get }
}

/// A reader that can be waited for together with others.
protocol SelectableReader: AnyObject {
    /// What to wait for; nil if this one cannot be waited for, as it is around a reader of the user's own making.
    var waitSource: (any WaitSource)? { get }
}

extension ChannelReader {
    /// What to wait for, of a reader of any kind.
    var anyWaitSource: (any WaitSource)? {
        if let selectable = self as? any SelectableReader { return selectable.waitSource }
        return (self as? any ReaderWrapper)?.base.anyWaitSource
    }
}

/// A reader whose values come through a ring.
protocol RingBackedReader: SelectableReader {
    var source: ReaderEndpoint { get }
}

extension RingBackedReader {
    var waitSource: (any WaitSource)? { source }
}

extension Reader {
    /// Whether a call is under way: another one would be refused.
    package var isInUse: Bool { endpoint.gate.isBusy }
    /// Whether the end of the stream has been heard of.
    package var knowsEnd: Bool { endpoint.ring.knowsEnd }
}

extension Writer {
    /// Whether a call is under way, or a slot is staged or on loan.
    package var isInUse: Bool { endpoint.gate.isBusy }
}

extension Reader: RingBackedReader {
    var source: ReaderEndpoint { endpoint }
}

/// What a wait for several readers needs of each of them.
///
/// The wait is the reader's one call from ``enter()`` to ``leave()``; everything between is done by one thread at a time.
protocol WaitSource: AnyObject, Sendable {
    /// Whose waiter threads sleep for it, and whose event word tells of what is no value.
    var core: WorkerCore { get }
    /// The channel's name.
    var channel: String { get }

    /// The reader's call begins.
    ///
    /// - Throws: ``SluiceError/Code/closed``, which counts as readable; anything else ends the selection.
    func enter() throws(SluiceError)
    /// The reader's call is over.
    func leave()

    /// Whether a read that tries once would not time out: a value, an error, an end or a failure is there.
    var isReadable: Bool { get }
    /// Announces a sleep, on a word that changes with the next value and on the worker's event word; nil, and nothing
    /// announced, just where ``isReadable`` is true.
    func prepareWait() -> WaitPoint?
    /// Takes the announcement back.
    func finishWait()
}

extension ReaderEndpoint: WaitSource {
    var channel: String { spec.name.rawValue }

    var isReadable: Bool { ring.isReadable || isInterrupted }

    func prepareWait() -> WaitPoint? {
        guard let point = ring.prepareWait() else { return nil }
        // After the event word was loaded: what interrupts has bumped it since, or is seen here.
        guard isInterrupted else { return point }
        ring.finishWait()
        return nil
    }

    func finishWait() { ring.finishWait() }
}
