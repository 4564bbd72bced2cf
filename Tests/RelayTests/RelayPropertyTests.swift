import Relay
import Testing

@Suite struct RelayPropertyTests {
    static let schedulesPerBlock = 200

    /// 3,200 random schedules: whatever breaks, every value arrives once, in order and whole, and it all ends.
    @Test(.timeLimit(.minutes(1)), arguments: 0..<16)
    func `Every value arrives once, in order and whole`(block: Int) {
        for number in 0..<Self.schedulesPerBlock {
            let seed = UInt64(block * Self.schedulesPerBlock + number)
            do throws(BrokenRule) { try SimulatedRelay(seed: seed).run() } catch {
                Issue.record("seed \(seed): \(error)")
                return
            }
        }
    }
}
