internal import CSluice
internal import SharedMemory
package import SluiceModel

/// The one place where threads of this process sleep on shared memory.
package enum Waiter {
    /// Points that one call can take.
    package static let mostPoints = Int(SLUICE_WAITV_MOST) - 1

    /// Sleeps until a point's data word, or the event word, differs from what was expected or is woken; at most until
    /// `deadline`. It may also return for no reason: look again.
    ///
    /// - Parameter points: 1 ... ``mostPoints`` of one process, from `prepareWait()`.
    package static func wait(_ points: some Collection<WaitPoint>, until deadline: Deadline) {
        guard let first = points.first else { return }
        precondition(points.count <= mostPoints, "\(points.count) points in one wait")
        // Prepared at different times: something has happened in between, and some of them have not seen it.
        guard points.allSatisfy({ $0.eventExpected == first.eventExpected }) else { return }
        let end = points.contains(where: \.isUnannounced) ? slice(deadline) : deadline
        if WaitSettings.usesWaitv {
            if waitOnAll(points, first, end) { return }
            WaitSettings.usesWaitv = false
        }
        waitInSlices(points, first, deadline)
    }

    /// False if the kernel has no such call.
    private static func waitOnAll(
        _ points: some Collection<WaitPoint>, _ first: WaitPoint, _ deadline: Deadline
    ) -> Bool {
        unsafe withUnsafeTemporaryAllocation(of: sluice_waitv.self, capacity: points.count + 1) { words in
            var count = 0
            func add(_ word: Word32, _ expected: UInt32) {
                unsafe words[count] = sluice_waitv(
                    val: UInt64(expected), uaddr: UInt64(word.address), flags: SLUICE_FUTEX_32, reserved: 0)
                count += 1
            }
            for point in points where point.data != point.event { add(point.data, point.expected) }
            add(first.event, first.eventExpected)
            let result = unsafe withTime(deadline) {
                unsafe sluice_futex_waitv(words.baseAddress, UInt32(count), $0)
            }
            return result >= 0 || sluice_errno() != ENOSYS
        }
    }

    /// Where one call waits on one word only: short sleeps on the data, and a look at the event between them.
    private static func waitInSlices(
        _ points: some Collection<WaitPoint>, _ first: WaitPoint, _ deadline: Deadline
    ) {
        // With several data words there is none to prefer; the event word at least wakes at once.
        let (word, expected) = points.count == 1 ? (first.data, first.expected) : (first.event, first.eventExpected)
        let memory = HardwareMemory()
        guard memory.load(first.event) == first.eventExpected else { return }
        _ = unsafe withTime(slice(deadline)) { unsafe sluice_futex_wait(word.plain, expected, $0) }
    }

    private static func slice(_ deadline: Deadline) -> Deadline {
        min(deadline, Deadline(nanoseconds: monotonicNow() + WaitSettings.sliceNanoseconds))
    }

    private static func withTime<Result>(_ deadline: Deadline, _ body: (UnsafePointer<timespec>?) -> Result) -> Result {
        guard deadline != .never else { return body(nil) }
        var time = timespec(
            tv_sec: Int(deadline.nanoseconds / 1_000_000_000), tv_nsec: Int(deadline.nanoseconds % 1_000_000_000))
        return unsafe withUnsafePointer(to: &time) { unsafe body($0) }
    }
}
