import Ring
import RingTestKit
import Testing

/// The holes of leases given back out of order, and how long spinning goes on.
@Suite struct LeaseSetTests {
    @Test(arguments: [1, 2, 63, 64, 65, 200] as [UInt64])
    func anyOrderOfReleases(_ slots: UInt64) throws {
        var random = SystemRandomNumberGenerator()
        var state = ReleaseState(first: 1_000, slots: slots)
        var held: Set<UInt64> = []
        var next: UInt64 = 1_000
        for _ in 0..<5_000 {
            let lowest = held.min() ?? next
            #expect(state.leases.lowest == lowest)
            if next < lowest + slots, held.isEmpty || Bool.random(using: &random) {
                held.insert(next)
                next += 1
            } else if let sequence = held.randomElement(using: &random) {
                held.remove(sequence)
                let moves = state.leases.giveBack(sequence)
                #expect(moves == (sequence == lowest))
                #expect(state.leases.count == next - UInt64(held.count))
            }
        }
    }
}
