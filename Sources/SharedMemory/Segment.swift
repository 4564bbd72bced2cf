internal import CSluice
internal import Glibc

/// Why a descriptor that came from outside is not mapped.
package enum SegmentError: Error, Hashable, Sendable, CustomStringConvertible {
    case system(SystemCallError)
    /// It is no memfd, or its size could still change under a reader.
    case notSealed
    case wrongSize(expected: Int, actual: Int)

    package var description: String {
        switch self {
        case .system(let error): error.description
        case .notSealed: "the descriptor is not a memfd sealed against shrinking, growing and unsealing"
        case .wrongSize(let expected, let actual): "the segment has \(actual) bytes, not \(expected)"
        }
    }
}

/// Shared memory without a name: a memfd that can neither shrink nor grow.
package struct Segment: Sendable {
    package let descriptor: Descriptor
    package let size: Int

    private static let seals = Int32(SLUICE_SEAL_SHRINK | SLUICE_SEAL_GROW | SLUICE_SEAL_SEAL)

    /// New, zeroed memory of `size` bytes.
    ///
    /// Whether a budget or a cgroup has room for it is for the caller to find out first: past those the kernel does not
    /// refuse, it kills. The check here is only the net below, against what the machine cannot have.
    ///
    /// - Parameter isReserved: Whether all of it is allocated now. Without that, a full machine shows as a SIGBUS at some
    ///   later access instead of an error here.
    package init(name: String, size: Int, isReserved: Bool = true) throws(SystemCallError) {
        if isReserved, size > Self.uncheckedBytes, let available = Self.availableBytes(),
            !Self.mayReserve(size, available: available)
        {
            throw SystemCallError("fallocate", ENOMEM)
        }
        let descriptor = Descriptor(owning: try check("memfd_create") { unsafe sluice_memfd_create(name) })
        try check("ftruncate") { ftruncate(descriptor.raw, size) }
        if isReserved { try check("fallocate") { sluice_fallocate(descriptor.raw, size) } }
        try check("fcntl(F_ADD_SEALS)") { sluice_add_seals(descriptor.raw, Self.seals) }
        self.descriptor = descriptor
        self.size = size
    }

    /// What was received from another process: its seals and its size are checked, nothing else is.
    ///
    /// - Parameters:
    ///   - size: What it must have exactly; nil if any size of at least `minimum` will do.
    package init(adopting descriptor: Descriptor, size: Int?, minimum: Int = 1) throws(SegmentError) {
        let seals: Int32
        var status = stat()
        do throws(SystemCallError) {
            seals = try check("fcntl(F_GET_SEALS)") { sluice_get_seals(descriptor.raw) }
            try check("fstat") { unsafe fstat(descriptor.raw, &status) }
        } catch {
            // Only memfds know seals.
            throw error.errno == EINVAL ? .notSealed : .system(error)
        }
        guard seals & Self.seals == Self.seals else { throw .notSealed }
        let actual = Int(status.st_size)
        guard actual == size ?? actual, actual >= minimum else {
            throw .wrongSize(expected: size ?? minimum, actual: actual)
        }
        self.descriptor = descriptor
        self.size = actual
    }

    /// A descriptor that refuses writable mappings.
    package func reopenReadOnly() throws(SystemCallError) -> Segment {
        Segment(descriptor: try descriptor.reopen(flags: O_RDONLY), size: size)
    }

    /// A writable descriptor, also from a read-only one: what a restarted agent does with what it is handed back.
    package func reopenWritable() throws(SystemCallError) -> Segment {
        Segment(descriptor: try descriptor.reopen(flags: O_RDWR), size: size)
    }

    package func map(writable: Bool) throws(SystemCallError) -> Mapping {
        try Mapping(descriptor, size: size, writable: writable)
    }

    /// Reservations up to this are not worth a look at the machine's memory, bytes.
    package static let uncheckedBytes = 16 << 20

    /// A memfd has no limit of its own: `fallocate` takes page after page until the kernel starts to kill processes.
    package static func mayReserve(_ size: Int, available: Int) -> Bool { size <= uncheckedBytes || size <= available }

    /// What the kernel thinks can still be had, bytes (`MemAvailable`); nil if it does not say.
    package static func availableBytes() -> Int? {
        guard let text = try? readFile("/proc/meminfo", most: 4096),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("MemAvailable:") }),
            let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        return kibibytes << 10
    }

    private init(descriptor: Descriptor, size: Int) {
        self.descriptor = descriptor
        self.size = size
    }
}
