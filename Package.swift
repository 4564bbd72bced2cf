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
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        .systemLibrary(name: "CZeroMQ", pkgConfig: "libzmq", providers: [.apt(["libzmq3-dev"])]),
        .systemLibrary(name: "CProtobufC", pkgConfig: "libprotobuf-c", providers: [.apt(["libprotobuf-c-dev"])]),
        .target(name: "CSluice"),
        .target(name: "SluiceModel", swiftSettings: strict),
        .target(name: "CSluiceProtos", dependencies: ["CProtobufC"]),
        .target(name: "ZeroMQ", dependencies: ["CSluice", "CZeroMQ", "SluiceModel"], swiftSettings: strict),
        .target(name: "Wire", dependencies: ["CSluiceProtos", "SluiceModel"], swiftSettings: strict),
        .target(
            name: "Placement",
            dependencies: ["SluiceModel", "Wire", .product(name: "HeapModule", package: "swift-collections")],
            swiftSettings: strict),
        .target(
            name: "Coordinator",
            dependencies: [
                "CSluice", "SluiceModel", "ZeroMQ", "Wire", "Placement",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .testTarget(name: "WireTests", dependencies: ["SluiceModel", "Wire"], swiftSettings: strict),
        .testTarget(name: "ZeroMQTests", dependencies: ["SluiceModel", "ZeroMQ"], swiftSettings: strict),
        .testTarget(name: "PlacementTests", dependencies: ["Placement", "SluiceModel", "Wire"], swiftSettings: strict),
        .testTarget(
            name: "CoordinatorTests",
            dependencies: [
                "Coordinator", "CSluice", "Placement", "SluiceModel", "Wire", "ZeroMQ",
                .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
    ]
)
