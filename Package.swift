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
    products: [
        .library(name: "Sluice", targets: ["Sluice"]),
    ],
    dependencies: [],
    targets: [
        .systemLibrary(name: "CZeroMQ", pkgConfig: "libzmq", providers: [.apt(["libzmq3-dev"])]),
        .systemLibrary(name: "CProtobufC", pkgConfig: "libprotobuf-c", providers: [.apt(["libprotobuf-c-dev"])]),
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
        .testTarget(name: "WireTests", dependencies: ["SluiceModel", "Wire"], swiftSettings: strict),
        .testTarget(name: "ZeroMQTests", dependencies: ["SluiceModel", "ZeroMQ"], swiftSettings: strict),
        .testTarget(
            name: "SluiceTests",
            dependencies: ["CSluice", "Ring", "SharedMemory", "Sluice", "SluiceModel", "Wire", "ZeroMQ"],
            swiftSettings: strict),
    ]
)
