internal import ArgumentParser
internal import Foundation

/// Which lengths a channel's values have.
enum Lengths: String, ExpressibleByArgument, CaseIterable {
    /// Nothing, one byte, a full slot, and anything between, in turn.
    case mixed
    /// Full slots.
    case full
    /// As mixed, in slots of which each step of values needs twice as large ones as the step before.
    case growing
    /// Whatever somebody else writes: nothing is compared.
    case any
}

/// What value number n of a channel holds: a function of n alone, so that a reader can make it again and compare.
struct Values {
    private let template: [UInt8]
    private let lengths: Lengths
    private let slotSize: Int

    private static let spread = 4099
    private static let stepLength: UInt64 = 64
    private static let mostSteps: UInt64 = 8

    init(_ lengths: Lengths, slotSize: Int) {
        self.lengths = lengths
        self.slotSize = slotSize
        var state = UInt64(slotSize)
        let longest = lengths == .growing ? slotSize << Int(Self.mostSteps) : slotSize
        template = (0..<longest + Self.spread).map { _ in
            state = Self.mix(state)
            return UInt8(truncatingIfNeeded: state >> 32)
        }
    }

    func length(_ number: UInt64) -> Int {
        let slotSize =
            lengths == .growing ? slotSize << Int(min(number / Self.stepLength, Self.mostSteps)) : slotSize
        return switch (lengths, number % 4) {
        case (.full, _), (_, 2): slotSize
        case (_, 0): 0
        case (_, 1): 1
        default: Int(Self.mix(number) % UInt64(slotSize + 1))
        }
    }

    /// Fills a slot.
    func write(_ number: UInt64, to slot: UnsafeMutableRawBufferPointer) -> Int {
        let length = length(number)
        unsafe template.withUnsafeBytes { template in
            unsafe slot.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: template[offset(number)..<offset(number) + length]))
        }
        if length >= 8 { unsafe slot.storeBytes(of: number, as: UInt64.self) }
        return length
    }

    /// What is wrong with a value that should be number n; nil if nothing is.
    func complaint(_ number: UInt64, _ value: UnsafeRawBufferPointer) -> String? {
        if lengths == .any { return nil }
        let length = length(number)
        guard value.count == length else { return "value \(number) has \(value.count) bytes instead of \(length)" }
        guard length > 0 else { return nil }
        if length >= 8 {
            let found = unsafe value.load(as: UInt64.self)
            if found != number { return "value \(number) says that it is \(found)" }
        }
        let skipped = length >= 8 ? 8 : 0
        let isSame = unsafe template.withUnsafeBytes { template in
            let wanted = unsafe UnsafeRawBufferPointer(rebasing: template[(offset(number) + skipped)...])
            let found = unsafe UnsafeRawBufferPointer(rebasing: value[skipped...])
            guard let a = found.baseAddress, let b = wanted.baseAddress, found.count > 0 else { return true }
            return unsafe memcmp(a, b, found.count) == 0
        }
        return isSame ? nil : "value \(number) of \(length) bytes is torn"
    }

    private func offset(_ number: UInt64) -> Int { Int(Self.mix(number ^ 0x5bd1) % UInt64(Self.spread)) }

    /// splitmix64
    private static func mix(_ x: UInt64) -> UInt64 {
        var z = x &+ 0x9e37_79b9_7f4a_7c15
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
