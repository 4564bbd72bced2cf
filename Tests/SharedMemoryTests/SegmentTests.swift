import Glibc
import SharedMemory
import SluiceModel
import Testing

@Suite struct SegmentTests {
    @Test func aSegmentIsSharedAndCannotChangeItsSize() throws {
        let segment = try Segment(name: "test", size: 8192)
        let a = try segment.map(writable: true)
        let b = try segment.reopenReadOnly().map(writable: false)
        unsafe a.base.storeBytes(of: 42, toByteOffset: 8000, as: UInt64.self)
        #expect(unsafe b.base.load(fromByteOffset: 8000, as: UInt64.self) == 42)
        #expect(ftruncate(segment.descriptor.raw, 4096) == -1)
        #expect(ftruncate(segment.descriptor.raw, 16384) == -1)
        let again = try Segment(adopting: segment.descriptor.duplicate(), size: 8192)
        #expect(again.size == 8192)
        #expect(throws: SegmentError.wrongSize(expected: 4096, actual: 8192)) {
            _ = try Segment(adopting: segment.descriptor, size: 4096)
        }
        #expect(throws: SegmentError.wrongSize(expected: 8193, actual: 8192)) {
            _ = try Segment(adopting: segment.descriptor, size: nil, minimum: 8193)
        }
    }

    @Test func aReadOnlyDescriptorRefusesWritableMappings() throws {
        let readOnly = try Segment(name: "test", size: 4096).reopenReadOnly()
        let error = #expect(throws: SystemCallError.self) { _ = try readOnly.map(writable: true) }
        #expect(error?.errno == EACCES && error?.call == "mmap")
        let mapping = try readOnly.reopenWritable().map(writable: true)
        unsafe mapping.base.storeBytes(of: 1, as: UInt8.self)
    }

    @Test func onlySealedMemoryIsAdopted() throws {
        let directory = unsafe open(".", temporaryFile | O_RDWR, 0o600)
        if directory >= 0 {
            #expect(throws: SegmentError.notSealed) {
                _ = try Segment(adopting: Descriptor(owning: directory), size: nil)
            }
        }
        let pipe = try EventFD().descriptor
        #expect(throws: SegmentError.notSealed) { _ = try Segment(adopting: pipe, size: nil) }
        #expect(throws: SegmentError.system(SystemCallError("fcntl(F_GET_SEALS)", EBADF))) {
            _ = try Segment(adopting: Descriptor(owning: -1), size: nil)
        }
    }

    @Test func whatDoesNotFitIsRefusedBeforeItIsTried() throws {
        // Only the decision: to try a reservation that does not fit would have the kernel kill processes of this machine.
        #expect(Segment.mayReserve(Segment.uncheckedBytes, available: 0))
        #expect(!Segment.mayReserve(Segment.uncheckedBytes + 1, available: Segment.uncheckedBytes))
        #expect(Segment.mayReserve(1 << 30, available: 1 << 30))
        #expect(!Segment.mayReserve(1 << 46, available: try #require(Segment.availableBytes())))
        // Not reserved: no memory is taken, and no error now, which is why it is not the default.
        _ = try Segment(name: "sparse", size: 1 << 40, isReserved: false)
    }

    @Test func aMappingOutlivesItsDescriptor() throws {
        let mapping = try Segment(name: "test", size: 4096).map(writable: true)
        unsafe mapping.base.storeBytes(of: 7, as: UInt8.self)
        #expect(unsafe mapping.base.load(as: UInt8.self) == 7 && mapping.size == 4096 && mapping.isWritable)
    }

    private var temporaryFile: Int32 { 0o20200000 }
}

@Suite struct DescriptorTests {
    @Test func itClosesWithItsLastOwner() throws {
        var raw: Int32 = -1
        do {
            let descriptor = try EventFD().descriptor
            raw = descriptor.raw
            #expect(isOpen(raw, descriptor))
        }
        let taken = try EventFD().descriptor
        let number = taken.take()
        #expect(taken.raw == -1 && number >= 0)
        #expect(close(number) == 0)
    }

    @Test func errorsSayWhatToDo() {
        #expect(SystemCallError("open", EMFILE).isOutOfDescriptors)
        #expect(SystemCallError("open", EMFILE).asSluiceError.code == .outOfDescriptors)
        #expect(SystemCallError("mmap", ENOMEM).asSluiceError.code == .outOfMemory)
        #expect(SystemCallError("bind", EACCES).asSluiceError.code == .system)
        #expect(SystemCallError("bind", EACCES).description == "bind failed: Permission denied (errno 13)")
    }

    @Test func interruptedCallsAreMadeAgain() throws {
        var calls = 0
        let result = try check("test") { () -> Int32 in
            calls += 1
            errno = EINTR
            return calls < 3 ? -1 : 5
        }
        #expect(result == 5 && calls == 3)
    }

    private func isOpen(_ raw: Int32, _ keeping: Descriptor) -> Bool {
        withExtendedLifetime(keeping) { fcntl(raw, F_GETFD) >= 0 }
    }
}
