import SharedMemory
import Testing

@Suite struct PieceCopyTests {
    private static let piece = PieceCopy.piece

    private static func pattern(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8 &+ $0 >> 16) }
    }

    @Test(arguments: [0, 1, 64, piece - 1, piece, piece + 1, 2 * piece, 2 * piece + 1, 5 * piece - 7])
    func `All bytes arrive, and none beyond them is touched`(count: Int) {
        let source = Self.pattern(count)
        for offset in [0, 1, 63] {
            var target = [UInt8](repeating: 0xEE, count: offset + count + 1)
            unsafe target.withUnsafeMutableBytes { target in
                unsafe source.withUnsafeBytes { source in
                    unsafe UnsafeMutableRawBufferPointer(rebasing: target[offset...]).copyValue(from: source)
                }
            }
            #expect(target[offset..<(offset + count)].elementsEqual(source))
            #expect(target.last == 0xEE && target[..<offset].allSatisfy { $0 == 0xEE })
        }
    }

    @Test(arguments: [1, piece / 2, piece, 2 * piece + 5, 3 * piece])
    func `Source and target may overlap`(distance: Int) {
        let count = 3 * Self.piece + 3
        let whole = Self.pattern(count + distance)
        var (ahead, behind) = (whole, whole)
        unsafe ahead.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            unsafe (base + distance).copyValue(from: base, byteCount: count)
        }
        unsafe behind.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            unsafe base.copyValue(from: base + distance, byteCount: count)
        }
        #expect(ahead[distance...].elementsEqual(whole[..<count]))
        #expect(behind[..<count].elementsEqual(whole[distance...]))
    }
}
