// swift-tools-version: 6.2
import PackageDescription

// Every target of ours: warnings are errors; imports say who may see them; raw memory is marked.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "sluice",
    products: [
        .library(name: "Sluice", targets: ["Sluice"]),
        .library(name: "SluicePlan", targets: ["SluicePlan"]),
        .library(name: "SluiceTesting", targets: ["SluiceTesting"]),
        .executable(name: "sluice", targets: ["sluice"]),
        // Only for our own tests, which preload it: a product, because SwiftPM links no dynamic library otherwise.
        .library(name: "CallCounts", type: .dynamic, targets: ["CallCounts"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        // Plan files. A well-kept YAML library that says of every node which line and column it came from, so that each
        // error of a file names its place.
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        // Children of SluiceTesting. Chosen over Foundation's Process because it waits by pidfd, hands descriptors over
        // without a pipe between, and forks on one thread that lives as long as the process: PR_SET_PDEATHSIG, by which
        // our children die with us, follows the forking thread.
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        .systemLibrary(name: "CZeroMQ", pkgConfig: "libzmq", providers: [.apt(["libzmq3-dev"])]),
        .systemLibrary(name: "CProtobufC", pkgConfig: "libprotobuf-c", providers: [.apt(["libprotobuf-c-dev"])]),
        // Multiplies matrices. The interface is a standard, and whoever wants a faster library installs one (OpenBLAS, say):
        // the system's alternatives put it in this one's place, and nothing is built again.
        .systemLibrary(name: "CBLAS", pkgConfig: "blas", providers: [.apt(["libblas-dev"])]),
        .target(name: "CSluice"),
        .target(name: "SluiceModel", swiftSettings: strict),
        .target(name: "SharedMemory", dependencies: ["CSluice", "SluiceModel"], swiftSettings: strict),
        .target(name: "Ring", dependencies: ["CSluice", "SluiceModel", "SharedMemory"], swiftSettings: strict),
        .target(name: "CSluiceProtos", dependencies: ["CProtobufC"]),
        .target(name: "ZeroMQ", dependencies: ["CSluice", "CZeroMQ", "SluiceModel"], swiftSettings: strict),
        .target(name: "Wire", dependencies: ["CSluiceProtos", "SluiceModel"], swiftSettings: strict),
        .target(
            name: "Sluice", dependencies: ["CSluice", "SluiceModel", "SharedMemory", "Ring", "ZeroMQ", "Wire"],
            // Properties of ours that return a span.
            swiftSettings: strict + [.enableExperimentalFeature("Lifetimes")]),
        // Compiles plans: pure, and nothing but values.
        .target(name: "Planning", dependencies: ["SluiceModel"], swiftSettings: strict),
        .target(name: "PlanFiles", dependencies: ["Planning", "SluiceModel", "Yams"], swiftSettings: strict),
        .target(
            name: "SluicePlan",
            dependencies: ["CBLAS", "CSluice", "Planning", "SharedMemory", "Sluice", "SluiceModel", "Wire"],
            // Views that do not outlive what they view.
            swiftSettings: strict + [.enableExperimentalFeature("Lifetimes")]),
        .target(
            name: "Placement",
            dependencies: [
                "Planning", "SluiceModel", "Wire", .product(name: "HeapModule", package: "swift-collections"),
            ],
            swiftSettings: strict),
        .target(
            name: "Coordinator",
            dependencies: [
                "CSluice", "SluiceModel", "ZeroMQ", "Wire", "Placement", logging,
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .target(name: "Relay", dependencies: ["SluiceModel"], swiftSettings: strict),
        .target(
            name: "Agent",
            dependencies: ["CSluice", "SluiceModel", "SharedMemory", "Ring", "ZeroMQ", "Wire", "Relay", logging],
            swiftSettings: strict),
        .target(
            name: "SluiceTesting",
            dependencies: [
                "Agent", "CSluice", "Coordinator", "Sluice", "SluiceModel", "ZeroMQ", logging,
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "sluice",
            dependencies: [
                "Agent", "CSluice", "Coordinator", "PlanFiles", "Planning", "Ring", "SharedMemory", "Sluice",
                "SluiceModel",
                "SluicePlan", "SluiceTesting", "ZeroMQ", argumentParser, logging,
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            swiftSettings: strict),

        .target(
            name: "RingTestKit", dependencies: ["Ring", "SharedMemory", "SluiceModel"], path: "Tests/RingTestKit",
            swiftSettings: strict),
        .executableTarget(
            name: "RingProbe", dependencies: ["Ring", "RingTestKit", "SharedMemory", "SluiceModel"],
            path: "Tests/RingProbe", swiftSettings: strict),
        .testTarget(
            name: "SharedMemoryTests", dependencies: ["CSluice", "SharedMemory", "SluiceModel"], swiftSettings: strict),
        .testTarget(
            name: "RingTests",
            dependencies: ["CSluice", "Ring", "RingProbe", "RingTestKit", "SharedMemory", "SluiceModel"],
            swiftSettings: strict),
        .testTarget(name: "PlanningTests", dependencies: ["Planning", "SluiceModel"], swiftSettings: strict),
        .testTarget(name: "RelayTests", dependencies: ["Relay", "SluiceModel"], swiftSettings: strict),
        .testTarget(name: "WireTests", dependencies: ["SluiceModel", "Wire"], swiftSettings: strict),
        .testTarget(name: "ZeroMQTests", dependencies: ["SluiceModel", "ZeroMQ"], swiftSettings: strict),
        .testTarget(
            name: "SluiceTests",
            dependencies: ["CSluice", "Ring", "SharedMemory", "Sluice", "SluiceModel", "Wire", "ZeroMQ"],
            swiftSettings: strict),
        // Fires kernels and says what that has allocated.
        .executableTarget(
            name: "KernelProbe", dependencies: ["Planning", "Sluice", "SluiceModel", "SluicePlan"],
            path: "Tests/KernelProbe", swiftSettings: strict),
        .testTarget(
            name: "SluicePlanTests",
            dependencies: [
                "KernelProbe", "Planning", "SharedMemory", "Sluice", "SluiceModel", "SluicePlan", "SluiceTesting",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "PlacementTests", dependencies: ["Placement", "Planning", "SluiceModel", "Wire"],
            swiftSettings: strict),
        .testTarget(
            name: "PlanFilesTests", dependencies: ["PlanFiles", "Planning", "SluiceModel"], swiftSettings: strict),
        .testTarget(
            name: "CoordinatorTests",
            dependencies: [
                "Coordinator", "CSluice", "Placement", "Planning", "SluiceModel", "Wire", "ZeroMQ", logging,
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        // Counts allocations, copies and system calls of the processes that it is preloaded into.
        .target(name: "CallCounts", path: "Tests/CallCounts", linkerSettings: [.linkedLibrary("dl")]),
        // What `deploy/bench` measures Sluice against: the machine itself, and libzmq; and the table of them all.
        .target(name: "PeerKit", path: "Tests/PeerKit", cSettings: [.treatAllWarnings(as: .error)]),
        .executableTarget(
            name: "FloorPeer", dependencies: ["PeerKit"], path: "Tests/FloorPeer",
            cSettings: [.treatAllWarnings(as: .error)]),
        .executableTarget(
            name: "ZeroMQPeer", dependencies: ["CZeroMQ", "PeerKit"], path: "Tests/ZeroMQPeer",
            cSettings: [.treatAllWarnings(as: .error)]),
        .executableTarget(
            name: "BenchTable", dependencies: ["SluiceModel", "SluiceTesting", argumentParser],
            path: "Tests/BenchTable", swiftSettings: strict),
        .testTarget(
            name: "BenchTableTests",
            dependencies: ["BenchTable", "FloorPeer", "SluiceModel", "SluiceTesting", "ZeroMQPeer", "sluice"],
            swiftSettings: strict),
        // What the multi-process tests start on their nodes.
        .executableTarget(
            name: "TestWorker", dependencies: ["Sluice", "SluiceModel", argumentParser], path: "Tests/TestWorker",
            swiftSettings: strict),
        .testTarget(
            name: "SluiceTestingTests", dependencies: ["Sluice", "SluiceModel", "SluiceTesting", "TestWorker"],
            swiftSettings: strict),
        // Written once against the channels' protocol, and run over every kind and route; and each row of what they promise.
        .testTarget(
            name: "ConformanceTests", dependencies: ["Relay", "Sluice", "SluiceModel", "SluiceTesting"],
            path: "Tests/Conformance", exclude: ["Rows.md"], swiftSettings: strict),
        .testTarget(
            name: "PlanRunTests",
            dependencies: [
                "PlanFiles", "Planning", "SharedMemory", "Sluice", "SluiceModel", "SluicePlan", "SluiceTesting",
                "sluice",
            ], path: "Tests/PlanRuns", exclude: ["Rows.md"], swiftSettings: strict),
        .testTarget(
            name: "SluiceCLITests", dependencies: ["SluiceModel", "SluiceTesting", "sluice"], swiftSettings: strict),
        .testTarget(
            name: "MultiProcessTests",
            dependencies: [
                "CSluice", "Planning", "SharedMemory", "Sluice", "SluiceModel", "SluicePlan", "SluiceTesting",
                "TestWorker", "Wire", "ZeroMQ", "sluice",
            ],
            path: "Tests/MultiProcess", swiftSettings: strict),
    ]
)
