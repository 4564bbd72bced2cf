// swift-tools-version: 6.2
import PackageDescription

// Every target of ours: warnings are errors; imports say who may see them; raw memory is marked.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "sluice",
    dependencies: [],
    targets: [
        .systemLibrary(name: "CZeroMQ", pkgConfig: "libzmq", providers: [.apt(["libzmq3-dev"])]),
        .systemLibrary(name: "CProtobufC", pkgConfig: "libprotobuf-c", providers: [.apt(["libprotobuf-c-dev"])]),
        .target(name: "CSluice"),
        .target(name: "SluiceModel", swiftSettings: strict),
        .target(name: "SharedMemory", dependencies: ["CSluice", "SluiceModel"], swiftSettings: strict),
        .target(name: "Ring", dependencies: ["CSluice", "SluiceModel", "SharedMemory"], swiftSettings: strict),
        .target(name: "Wire", dependencies: ["SluiceModel"], swiftSettings: strict),
        .target(
            name: "RingTestKit", dependencies: ["Ring", "SharedMemory", "SluiceModel"], path: "Tests/RingTestKit",
            swiftSettings: strict),
        .executableTarget(
            name: "RingProbe", dependencies: ["Ring", "RingTestKit", "SharedMemory", "SluiceModel"],
            path: "Tests/RingProbe", swiftSettings: strict),
        .testTarget(
            name: "SharedMemoryTests", dependencies: ["CSluice", "SharedMemory", "SluiceModel"], swiftSettings: strict),
        .testTarget(
            name: "RingTests", dependencies: ["CSluice", "Ring", "RingProbe", "RingTestKit", "SharedMemory", "SluiceModel"],
            swiftSettings: strict),
    ]
)
