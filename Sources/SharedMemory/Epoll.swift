internal import CSluice
internal import Glibc

/// A set of descriptors to wait for, each with a tag of the caller's.
package final class Epoll: Sendable {
    /// What to wait for, and what has happened.
    package struct Events: OptionSet, Hashable, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        package static let readable = Events(rawValue: EPOLLIN.rawValue)
        package static let writable = Events(rawValue: EPOLLOUT.rawValue)
        package static let error = Events(rawValue: EPOLLERR.rawValue)
        package static let hangup = Events(rawValue: EPOLLHUP.rawValue)
        package static let peerClosed = Events(rawValue: EPOLLRDHUP.rawValue)
        package static let edgeTriggered = Events(rawValue: EPOLLET.rawValue)
    }

    package struct Event: Hashable, Sendable {
        package let tag: UInt64
        package let events: Events

        package init(tag: UInt64, events: Events) {
            self.tag = tag
            self.events = events
        }
    }

    /// Events that one wait returns at most: as many as lie on the stack. More would be an allocation for each look.
    package static let mostEvents = 64

    package let descriptor: Descriptor

    package init() throws(SystemCallError) {
        descriptor = Descriptor(owning: try check("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) })
    }

    package func add(_ raw: Int32, _ events: Events, tag: UInt64) throws(SystemCallError) {
        try control(EPOLL_CTL_ADD, raw, events, tag, "epoll_ctl(ADD)")
    }

    package func modify(_ raw: Int32, _ events: Events, tag: UInt64) throws(SystemCallError) {
        try control(EPOLL_CTL_MOD, raw, events, tag, "epoll_ctl(MOD)")
    }

    package func remove(_ raw: Int32) throws(SystemCallError) {
        try control(EPOLL_CTL_DEL, raw, [], 0, "epoll_ctl(DEL)")
    }

    private func control(
        _ operation: Int32, _ raw: Int32, _ events: Events, _ tag: UInt64, _ name: String
    ) throws(SystemCallError) {
        var event = unsafe epoll_event(events: events.rawValue, data: epoll_data_t(u64: tag))
        try check(name) { unsafe epoll_ctl(descriptor.raw, operation, raw, &event) }
    }

    /// What has happened, or nothing after `nanoseconds` (nil: for ever; rounded up to milliseconds).
    package func wait(nanoseconds: UInt64?) throws(SystemCallError) -> [Event] {
        var events: [Event] = []
        try wait(nanoseconds: nanoseconds) { events.append($0) }
        return events
    }

    /// The same, without an array.
    ///
    /// - Returns: How many there were.
    @discardableResult
    package func wait(nanoseconds: UInt64?, _ body: (Event) -> Void) throws(SystemCallError) -> Int {
        let milliseconds = nanoseconds.map { Int32(clamping: ($0 / 1_000_000) + ($0 % 1_000_000 == 0 ? 0 : 1)) } ?? -1
        var failure: Int32 = 0
        let raw = descriptor.raw
        let events = unsafe withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.mostEvents) { buffer in
            let count = unsafe epoll_wait(raw, buffer.baseAddress, Int32(Self.mostEvents), milliseconds)
            // An interrupted wait is an empty one: the caller's deadline decides what is next.
            if count < 0 { failure = sluice_errno() }
            for index in 0..<max(0, Int(count)) {
                unsafe body(Event(tag: buffer[index].data.u64, events: Events(rawValue: buffer[index].events)))
            }
            return max(0, Int(count))
        }
        guard failure == 0 || failure == EINTR else { throw SystemCallError("epoll_wait", failure) }
        return events
    }
}
