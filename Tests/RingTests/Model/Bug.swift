/// A planted bug: what the protocol would be without one of its lines. The checker must find each.
enum Bug: String, CaseIterable, Sendable {
    // Order of stores.
    case publishBeforePayload
    case publishBeforeHeader
    case wakeBeforePublish
    case wakeBeforeRelease
    // Full fences that are not there.
    case unfencedPublish
    case unfencedRelease
    case unfencedBell
    case unfencedArmed
    // Reuse of slots.
    case reuseBeforeRelease
    case reuseBeforeDetach
    case releaseOverHoles
    case releasedReadBeforePublished
    // Sleeping.
    case sleepOnDataOnly
    case sleepWithoutCompare
    case eventReadLate
    case awaitedClearedEarly
    case oneWakePerSleep
    case bellsNotLookedAtAgain
    case drainedAfterArming
    case creditNotLookedAtAgain
    // Control.
    case firstReadOutsideLock
    case attachWithoutVersion
    case detachWithoutBump
    case endRecordedAfterBump
    case replacedInTwoSteps
    case floorIgnoredOnReplace

    // Growth.
    case grantedBeforeMapped
    case oldMemoryGoesAtOnce
    case readsNewestGeneration
    case generationCountedFirst
    case generationCountedLate

    // Fences that one side waives.
    case noHeavyFence
    case heavyFenceBeforeAnnouncement
    case attachWithoutHeavyFence
    case omitsFenceUnasked
    case noFenceWithoutWaiver

    // Not there either, and nothing is lost: the kernel takes a lock before it compares a futex's word.
    case unfencedWaiting
    case unfencedAwaited

    static let spare: [Bug] = [.unfencedWaiting, .unfencedAwaited]
    static let planted = allCases.filter { !spare.contains($0) }

    /// A word whose ordered store is an ordinary one.
    var unfenced: Role? {
        switch self {
        case .unfencedPublish: .published
        case .unfencedRelease: .released
        case .unfencedArmed: .armed
        case .unfencedWaiting: .waiting
        case .unfencedAwaited: .awaited
        default: nil
        }
    }

    /// A word that is stored only when the operation is over, so after its wake.
    var delayed: Role? {
        switch self {
        case .wakeBeforePublish: .published
        case .wakeBeforeRelease: .released
        default: nil
        }
    }
}

/// What a word of the model is for.
enum Role: Hashable, Sendable {
    case published, awaited, sequence, header, payload
    case released, acquired, acquiredAt, waiting
    case event, loaned, version, end
    case bell, armed, signalled
    case generationLine, generationCount, mapped
    case flag
}

struct ModelWord {
    var index: Int
    /// The one thread that stores to it; nil if there are several.
    var owner: Int?
    var role: Role
    /// Nobody ever stores to it.
    var isConstant = false
    /// Stored and looked at, but nothing in this scenario depends on it.
    var isIgnored = false
}
