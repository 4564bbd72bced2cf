import Foundation

/// Where an address of this process lies: in which file, and how far into it. What two mappings of one file have at the
/// same place is the same memory.
struct MemoryPlace: Hashable, CustomStringConvertible {
    var file: String
    var inode: UInt64
    var offset: UInt64

    var description: String { "\(file) (inode \(inode)) at \(offset)" }

    /// Nil for memory that is not a file's.
    init?(of pointer: UnsafeRawPointer?) {
        let address = UInt64(UInt(bitPattern: pointer))
        guard let data = try? FileHandle(forReadingAtPath: "/proc/self/maps")?.readToEnd() else { return nil }
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: " ", maxSplits: 5)
            let bounds = fields[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
            guard bounds.count == 2, bounds[0]..<bounds[1] ~= address else { continue }
            guard fields.count == 6, let inode = UInt64(fields[4]), inode != 0,
                let start = UInt64(fields[2], radix: 16)
            else { return nil }
            file = fields[5].trimmingCharacters(in: .whitespaces)
            self.inode = inode
            offset = start + address - bounds[0]
            return
        }
        return nil
    }
}
