import SluiceModel
import SluiceTesting
import Testing

@Suite(.timeLimit(.minutes(1))) struct WaitingTests {
    @Test func looksUntilItHolds() async throws {
        var looks = 0
        let state = try await waitUntil("the third look") {
            looks += 1
            return looks
        } satisfies: {
            $0 == 3
        }
        #expect(state == 3)
    }

    @Test func tellsWhatItSawLast() async {
        let error = await #expect(throws: SluiceError.self) {
            try await waitUntil("seven", within: .milliseconds(5)) {
                6
            } satisfies: {
                $0 == 7
            }
        }
        #expect(error?.code == .timedOut)
        #expect(error?.message.contains("seven") == true)
        #expect(error?.message.contains("last seen: 6") == true)
    }

    @Test func anErrorIsNotYet() async throws {
        var looks = 0
        try await waitUntil("an end of errors") {
            looks += 1
            if looks < 3 { throw SluiceError(.closed, "not yet") }
            return true
        }
        #expect(looks == 3)
        let error = await #expect(throws: SluiceError.self) {
            try await waitUntil("an end of errors", within: .zero) { throw SluiceError(.closed, "never") }
        }
        #expect(error?.message.contains("never") == true)
    }

    @Test func canBeCancelled() async {
        let waiting = Task { try await waitUntil("what never comes", within: .infinite) { false } }
        waiting.cancel()
        let error = await #expect(throws: SluiceError.self) { try await waiting.value }
        #expect(error?.code == .cancelled)
    }
}
