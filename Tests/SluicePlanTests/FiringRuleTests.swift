import SluicePlan
import Testing

@Suite("When an actor fires") struct FiringRuleTests {
    /// Tells a rule what has happened, and returns what it asked for before each and at last.
    private func steps(_ rule: FiringRule, _ events: [FiringRule.Event]) -> [FiringRule.Step] {
        var rule = rule
        var steps = [rule.next()]
        for event in events {
            rule.tell(event)
            steps.append(rule.next())
        }
        return steps
    }

    @Test func r4AnActorFiresWithAllInputsAndAllOutputs() {
        #expect(
            steps(
                FiringRule(inputs: 2, outputs: 2),
                [.taken(failed: false), .taken(failed: false), .reserved, .reserved, .fired])
                == [.take(0), .take(1), .reserve(0), .reserve(1), .fire(0, failedInput: nil), .take(0)])
        // Without outputs it only consumes; without either it fires for ever.
        #expect(
            steps(FiringRule(inputs: 1, outputs: 0), [.taken(failed: false), .fired, .taken(failed: false)])
                == [.take(0), .fire(0, failedInput: nil), .take(0), .fire(1, failedInput: nil)])
        #expect(
            steps(FiringRule(inputs: 0, outputs: 1), [.reserved, .fired, .reserved])
                == [.reserve(0), .fire(0, failedInput: nil), .reserve(0), .fire(1, failedInput: nil)])
    }

    @Test func r9TheFirstInputThatEndsEndsTheActor() {
        #expect(
            steps(FiringRule(inputs: 2, outputs: 1), [.taken(failed: false), .ended(count: 0)])
                == [.take(0), .take(1), .finish(.inputEnded(1))])
        #expect(steps(FiringRule(inputs: 1, outputs: 1), [.ended(count: 0)]).last == .finish(.inputEnded(0)))
        let one: [FiringRule.Event] = [.taken(failed: false), .reserved, .fired]
        #expect(
            steps(FiringRule(inputs: 1, outputs: 1), one + [.ended(count: 1)]).last == .finish(.inputEnded(0)))
        // An end that is not where the last value was is a loss.
        #expect(
            steps(FiringRule(inputs: 1, outputs: 1), one + [.ended(count: 3)]).last
                == .finish(.inputLost(0, had: 3)))
    }

    @Test func r9SourcesEndByCountOrByTheirKernel() {
        #expect(steps(FiringRule(inputs: 0, outputs: 0, limit: 0), []) == [.finish(.limit)])
        #expect(
            steps(FiringRule(inputs: 0, outputs: 1, limit: 2), [.reserved, .fired, .reserved, .fired]).last
                == .finish(.limit))
        #expect(
            steps(FiringRule(inputs: 0, outputs: 1), [.reserved, .fired, .reserved, .noMoreData]).last
                == .finish(.noMoreData))
    }

    @Test func aFailedValueIsPassedOnOnce() {
        #expect(
            steps(
                FiringRule(inputs: 3, outputs: 0),
                [
                    .taken(failed: false), .taken(failed: true), .taken(failed: true), .fired, .taken(failed: false),
                    .taken(failed: false), .taken(failed: false),
                ])
                == [
                    .take(0), .take(1), .take(2), .fire(0, failedInput: 1), .take(0), .take(1), .take(2),
                    .fire(1, failedInput: nil),
                ])
    }

    @Test func cancellingAndFailingEndAtOnceAndOnce() {
        for position in 0..<4 {
            let events: [FiringRule.Event] = [.taken(failed: false), .taken(failed: false), .reserved]
            for (event, reason) in [(FiringRule.Event.cancelled, FiringRule.Reason.cancelled), (.failed, .failed)] {
                let told = events.prefix(position) + [event, .cancelled, .failed]
                #expect(
                    steps(FiringRule(inputs: 2, outputs: 1), Array(told)).suffix(3) == [
                        .finish(reason), .finish(reason), .finish(reason),
                    ])
            }
        }
    }
}
