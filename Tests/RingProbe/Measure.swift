internal import Ring
internal import RingTestKit
internal import SharedMemory
internal import SluiceModel

/// How fast the ring is between two threads of this process, over memfds: round trips and one way.
struct Measure {
    let seconds: Double

    init(_ arguments: [String]) { seconds = arguments.first.flatMap(Double.init) ?? 1 }

    func run() throws {
        for spins in [true, false] {
            WaitSettings.spins = spins
            try roundTrip(8, spins)
            try roundTrip(1024, spins)
            try roundTrip(1 << 20, spins)
        }
        WaitSettings.spins = true
        for slots in [16, 256, 4096] { try oneWay(64, slots: slots, readers: 1) }
        try oneWay(64, slots: 1024, readers: 4)
        try oneWay(1 << 20, slots: 8, readers: 1)
    }

    private func roundTrip(_ size: Int, _ spins: Bool) throws {
        let there = try Rig(.memfd, slots: 4, slotSize: max(size, 64))
        let back = try Rig(.memfd, slots: 4, slotSize: max(size, 64))
        let reader = try there.addReader()
        let answer = try back.addReader()
        let echo = try NamedThread("echo") {
            do {
                while true {
                    let lease = try reader.reader.lease()
                    let loan = try back.writer.loan(size)
                    unsafe loan.bytes.copyMemory(from: lease.bytes)
                    lease.release()
                    loan.publish()
                }
            } catch {}
        }
        var times: [UInt64] = []
        times.reserveCapacity(4_000_000)
        let out = [UInt8](repeating: 7, count: size)
        let end = monotonicNow() + UInt64(seconds * 1e9)
        var now = monotonicNow()
        while now < end, times.count < 4_000_000 {
            let loan = try there.writer.loan(size)
            unsafe out.withUnsafeBytes { unsafe loan.bytes.copyMemory(from: $0) }
            loan.publish()
            let lease = try answer.reader.lease()
            lease.release()
            let then = monotonicNow()
            times.append(then - now)
            now = then
        }
        there.writer.finish()
        reader.reader.recordEnd(final: there.writer.published, reason: .closed)
        echo.join()
        times.sort()
        print(
            "rtt", size, spins ? "spin" : "futex", "p50", times[times.count / 2], "ns p99",
            times[times.count * 99 / 100], "n", times.count)
    }

    private func oneWay(_ size: Int, slots: Int, readers: Int) throws {
        let rig = try Rig(.memfd, slots: slots, slotSize: size)
        let readers = try (0..<readers).map { _ in try rig.addReader() }
        let threads = try readers.map { reader in
            try NamedThread("reader") {
                var sum = 0
                do {
                    while true {
                        let lease = try reader.reader.lease()
                        sum &+= unsafe Int(lease.bytes[0])
                        lease.release()
                    }
                } catch {}
                if sum == 1 { print(sum) }
            }
        }
        let start = monotonicNow()
        let end = start + UInt64(seconds * 1e9)
        var count = 0
        let out = [UInt8](repeating: 7, count: size)
        while true {
            for _ in 0..<64 {
                let loan = try rig.writer.loan(size)
                unsafe out.withUnsafeBytes { unsafe loan.bytes.copyMemory(from: $0) }
                loan.publish()
                count += 1
            }
            if monotonicNow() >= end { break }
        }
        for reader in readers { reader.reader.recordEnd(final: rig.writer.published, reason: .closed) }
        for thread in threads { thread.join() }
        let elapsed = Double(monotonicNow() - start) / 1e9
        print(
            "oneway", size, "slots", slots, "readers", readers.count, "M/s", Double(count) / elapsed / 1e6, "GB/s",
            Double(count * size) / elapsed / 1e9)
    }
}
