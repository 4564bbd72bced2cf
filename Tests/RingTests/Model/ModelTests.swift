import Foundation
import Ring
import SharedMemory
import Testing

private enum Environment {
    static var isLarge: Bool { ProcessInfo.processInfo.environment["SLUICE_MODEL"] == "large" }
}

/// Every interleaving of small worlds, run through the production steps over simulated memory with store buffers.
///
/// The model has no threads of its own, so the sanitizer would find nothing in ten times the time.
@Suite(.disabled(if: isThreadSanitized, "single-threaded")) struct ModelTests {
    @Test(arguments: 0..<Self.scenarios.count)
    func everyInterleavingHolds(_ number: Int) { explore(Self.scenarios[number]()) }

    /// Larger worlds, for a release build: minutes, and gigabytes. `SLUICE_MODEL=large`.
    @Test(.enabled(if: Environment.isLarge), arguments: 0..<Self.largeScenarios.count)
    func everyInterleavingOfLargerWorldsHolds(_ number: Int) { explore(Self.largeScenarios[number]()) }

    private func explore(_ scenario: Scenario) {
        let start = ContinuousClock.now
        let report = Explorer(scenario: scenario).run()
        print(
            "model: \(scenario.name): \(report.states) states, \(report.transitions) transitions, \(report.ends) ends,"
                + " \((ContinuousClock.now - start).components.seconds) s")
        #expect(report.fault == nil, "\(report.path.joined(separator: "\n"))")
        #expect(report.ends > 0)
    }

    /// What the page about the ring says of them; a kernel call that compares without a fence would make them needed.
    @Test(arguments: Bug.spare)
    func theFencesBeforeASleepAreSpare(_ bug: Bug) { explore(Self.scenario(for: bug)) }

    @Test(arguments: Bug.planted)
    func everyPlantedBugIsFound(_ bug: Bug) {
        let scenario = Self.scenario(for: bug)
        let report = Explorer(scenario: scenario).run()
        print(
            "model: \(bug.rawValue), in \(scenario.name): \(report.fault ?? "not found") after \(report.states) states")
        #expect(report.fault != nil)
    }

    private static let scenarios: [@Sendable () -> Scenario] = [
        { .stream(slots: 1, values: 2, readers: 1) },
        { .stream(slots: 1, values: 3, readers: 1, hasEnd: false) },
        { .stream(slots: 2, values: 4, readers: 1, hasEnd: false) },
        { .stream(slots: 1, values: 2, readers: 2, hasEnd: false) },
        { .stream(slots: 3, values: 4, readers: 1, hold: 2, hasEnd: false) },
        { .handOver(slots: 1, values: 3) },
        { .handOver(slots: 2, values: 3) },
        { .stream(slots: 1, values: 2, readers: 1, mortalWriter: true) },
        { .stream(slots: 1, values: 2, readers: 1, hasEnd: false, mortalReaders: 1) },
        { .attach(slots: 1, values: 2, early: false) },
        { .stream(slots: 1, values: 1, readers: 3, hasEnd: false) },
        { .attach(slots: 1, values: 2, early: false, mortalReader: true) },
        { .attach(slots: 1, values: 2, early: false, dropsFirst: true) },
        { .placeholder(slots: 1, values: 2) },
        { .stream(slots: 1, values: 2, readers: 1).waiving(after: 1) },
        { .stream(slots: 1, values: 3, readers: 1, hasEnd: false).waiving(after: 1) },
        { .stream(slots: 2, values: 3, readers: 1, hasEnd: false).waiving(after: 1) },
        { .stream(slots: 1, values: 2, readers: 1, hasEnd: false, mortalReaders: 1).waiving(after: 1) },
        { .attach(slots: 1, values: 2, early: false).waiving(after: 1) },
        { .handOver(slots: 1, values: 2).waiving(after: 1) },
        { .close(slots: 1, values: 3, others: 0).waiving(after: 1) },
        { .destination(slots: 1, values: 2).waiving(after: 1) },
        { .reference(slots: 1, values: 3).waiving(after: 1) },
        { .close(slots: 1, values: 3, others: 0) },
        { .destination(slots: 1, values: 2) },
        { .destination(slots: 2, values: 3) },
        { .replacedDestination(slots: 1, values: 2, landed: 1) },
        { .reference(slots: 1, values: 2) },
        { .growth(slots: 1, values: 3, growsAt: 1) },
        { .growth(slots: 2, values: 3, growsAt: 1) },
        { .growth(slots: 4, values: 3, growsAt: 1, mortalWriter: true) },
    ]

    private static let largeScenarios: [@Sendable () -> Scenario] = [
        { .attach(slots: 1, values: 1, early: true) },
        { .growth(slots: 2, values: 5, growsAt: 3) },
        { .growth(slots: 2, values: 4, growsAt: 2).waiving(after: 1) },
        { .placeholder(slots: 2, values: 4) },
        { .close(slots: 2, values: 4, others: 0) },
        { .reference(slots: 2, values: 4) },
        { .replacedDestination(slots: 2, values: 4, landed: 2) },
        { .stream(slots: 1, values: 3, readers: 1, mortalWriter: true) },
        { .stream(slots: 2, values: 3, readers: 1, hold: 2, mortalReaders: 1) },
        { .attach(slots: 2, values: 3, early: false, mortalReader: true) },
        { .attach(slots: 2, values: 3, early: false, dropsFirst: true) },
        { .destination(slots: 1, values: 2, readers: 1) },
        { .stream(slots: 2, values: 4, readers: 1, hasEnd: false).waiving(after: 2) },
        { .stream(slots: 1, values: 2, readers: 2, hasEnd: false).waiving(after: 1) },
        { .attach(slots: 1, values: 3, early: false).waiving(after: 1) },
        { .handOver(slots: 2, values: 4) },
        { .close(slots: 1, values: 2, others: 1) },
        { .stream(slots: 1, values: 1, readers: 2, mortalWriter: true) },
        { .stream(slots: 1, values: 2, readers: 2, hasEnd: false, mortalReaders: 1) },
    ]

    private static func scenario(for bug: Bug) -> Scenario {
        switch bug {
        case .publishBeforePayload, .publishBeforeHeader, .wakeBeforePublish, .unfencedPublish,
            .sleepWithoutCompare, .reuseBeforeRelease:
            .stream(bug, slots: 1, values: 2, readers: 1, hasEnd: false)
        case .wakeBeforeRelease, .unfencedRelease, .awaitedClearedEarly, .oneWakePerSleep:
            .stream(bug, slots: 1, values: 3, readers: 1, hasEnd: false)
        case .unfencedWaiting, .unfencedAwaited: .stream(bug, slots: 1, values: 3, readers: 1, hasEnd: false)
        case .sleepOnDataOnly, .eventReadLate, .endRecordedAfterBump: .stream(bug, slots: 1, values: 1, readers: 1)
        case .releaseOverHoles: .stream(bug, slots: 2, values: 4, readers: 1, hold: 2, hasEnd: false)
        case .releasedReadBeforePublished: .handOver(bug, slots: 1, values: 3)
        case .reuseBeforeDetach, .detachWithoutBump: .close(bug, slots: 1, values: 3, others: 0)
        case .firstReadOutsideLock, .attachWithoutVersion: .attach(bug, slots: 1, values: 3, early: false)
        case .replacedInTwoSteps: .placeholder(bug, slots: 1, values: 3)
        case .floorIgnoredOnReplace: .replacedDestination(bug, slots: 1, values: 2, landed: 1)
        case .unfencedBell, .unfencedArmed, .bellsNotLookedAtAgain, .drainedAfterArming:
            .destination(bug, slots: 1, values: 2)
        case .attachWithoutHeavyFence: .attach(bug, slots: 1, values: 3, early: false).waiving(after: 1)
        case .noHeavyFence, .heavyFenceBeforeAnnouncement, .omitsFenceUnasked, .noFenceWithoutWaiver:
            .stream(bug, slots: 1, values: 3, readers: 1, hasEnd: false).waiving(after: 1)
        case .grantedBeforeMapped, .readsNewestGeneration, .oldMemoryGoesAtOnce:
            .growth(bug, slots: 2, values: 3, growsAt: 1)
        case .generationCountedFirst, .generationCountedLate:
            .growth(bug, slots: 4, values: 3, growsAt: 1, mortalWriter: true)
        case .creditNotLookedAtAgain: .reference(bug, slots: 1, values: 2)
        }
    }
}
