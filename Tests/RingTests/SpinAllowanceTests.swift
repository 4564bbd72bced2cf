import Ring
import Testing

// Within the suite that changes how everything waits: one after the other.
extension WaitTests {
    @Suite(.enabled(if: WaitSettings.canSpin, "one core: nothing spins"))
    struct Allowances {
        var allowance = SpinAllowance(most: 100_000)

        /// How often it says to sleep at once before it says otherwise.
        private mutating func rests() -> Int {
            for count in 0..<10_000 where allowance.next() != nil { return count }
            return .max
        }

        @Test mutating func `A spin that fails is half as long next time, until it is not worth a try`() {
            #expect(allowance.next() == 100_000)
            for expected: UInt64 in [50_000, 25_000, 12_500, 6_250, 3_125] {
                allowance.failed()
                #expect(allowance.next() == expected)
            }
            allowance.failed()
            #expect(rests() == 16)
        }

        @Test mutating func `A try that fails doubles the rest, and one that pays ends it`() {
            for expected in [16, 32, 64, 128, 256, 512, 1024, 1024] {
                allowance.giveUp()
                #expect(rests() == expected)
            }
            allowance.paid(after: 10, turn: 10)
            #expect(allowance.next() != nil)
            allowance.giveUp()
            #expect(rests() == 16)
        }

        @Test mutating func `What comes while others have the core has paid, unless they keep it for a slice`() {
            allowance.failed()
            allowance.paid(after: SpinAllowance.slice - 1, turn: SpinAllowance.slice - 1)
            #expect(allowance.next() == 100_000)
            allowance.paid(after: SpinAllowance.slice, turn: SpinAllowance.slice)
            #expect(allowance.next() == 50_000)
        }
    }
}
