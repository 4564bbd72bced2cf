import Foundation
import SharedMemory
import SluiceModel
import SluiceTesting
import Testing

/// What a firing costs, counted by a library that is preloaded into a process of its own.
@Suite(
    "Costs of a firing", .enabled(if: isOptimised, "allocations are counted in optimised builds without a sanitizer"))
struct CostTests {
    private func allocations(_ arguments: String...) async throws -> UInt64 {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-kernels-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let probe = try await ChildProcess.start(
            .init(
                label: "KernelProbe", executable: try Executables.find("KernelProbe"), arguments: arguments,
                environment: ["LD_PRELOAD": try Executables.find("libCallCounts.so")],
                output: folder.appending(path: "output").path, errors: folder.appending(path: "errors").path))
        try await probe.waitForSuccess()
        return try #require(UInt64(probe.output.trimmingCharacters(in: .whitespacesAndNewlines)), "\(probe.output)")
    }

    @Test func r10NothingIsAllocatedOnceItIsWarm() async throws { #expect(try await allocations() == 0) }
    @Test func whatIsPlantedIsCounted() async throws { #expect(try await allocations("plant") == 1000) }
}

private let isOptimised: Bool = {
    #if DEBUG
        false
    #else
        !isThreadSanitized
    #endif
}()
