/// Which programs are run for which targets.
package struct Plan: Sendable {
    /// Programs that do the same work, to be run one after the other, so that what drifts meets them all.
    package struct Group: Sendable {
        package var name: String
        /// The targets that it is for; none for what only the table shows.
        package var targets: Set<String>
        package var steps: [Step]
        /// A figure that no clock moves, or that takes a minute, is taken once.
        package var isOnce = false
        package var isEncrypted = false
    }

    package var groups: [Group]

    package init(groups: [Group]) { self.groups = groups }

    /// - Parameters:
    ///   - only: Targets; all of them, and what only the table shows, if nil.
    ///   - isQuick: Without what only the table shows, and without what is encrypted.
    package init(only: Set<String>?, isQuick: Bool, seconds: Double, idleSeconds: Double) {
        let all =
            Self.local(seconds) + Self.remote(seconds) + Self.encrypted(seconds) + Self.growth(seconds)
            + Self.standing(seconds, idle: idleSeconds)
        groups = all.filter { group in
            if let only { return !group.targets.isDisjoint(with: only) && !(isQuick && group.isEncrypted) }
            return !isQuick || (!group.targets.isEmpty && !group.isEncrypted)
        }
    }

    /// The largest number of steps that are run.
    package func steps(repetitions: Int) -> Int {
        groups.map { $0.steps.count * ($0.isOnce ? 1 : repetitions) }.reduce(0, +)
    }

    private static func local(_ seconds: Double) -> [Group] {
        let roundTrip = { (name: String, size: String, targets: Set<String>, extra: [[String]]) in
            Group(
                name: "local \(name)", targets: targets,
                steps: [.floor("W1", name, seconds), .zeromq("W1", name, seconds)]
                    + ([[]] + extra).map { .sluice(.roundTrip(size), isRemote: false, seconds, $0) })
        }
        let fanOut = { (readers: Int, targets: Set<String>, extra: [[String]]) in
            Group(
                name: "local fan-out 1MiB x\(readers)", targets: targets,
                steps: [.zeromq("W2", "fan-out 1MiB x\(readers)", seconds)]
                    + ([[]] + extra).map { .sluice(.fanOut("\(readers)"), isRemote: false, seconds, $0) })
        }
        return [
            roundTrip("rtt 8B", "8", ["P1", "P2", "P12"], [["--no-spin"]]),
            roundTrip("rtt 1KiB", "1KiB", [], []),
            roundTrip("rtt 1MiB", "1MiB", ["P3"], [["--loan"]]),
            Group(
                name: "memcpy", targets: ["P4"],
                steps: [
                    .floor("W2", "memcpy 1MiB, same buffers", seconds), .floor("W2", "memcpy 1MiB", seconds),
                ]),
            fanOut(1, ["P4", "P12"], []),
            fanOut(2, [], []),
            fanOut(4, ["P4"], [["--loan"]]),
            Group(
                name: "local one-way 64B", targets: ["P5"],
                steps: [
                    .zeromq("W3", "one-way 64B", seconds), .sluice(.oneWay("64"), isRemote: false, seconds),
                ]),
        ]
    }

    private static func remote(_ seconds: Double) -> [Group] {
        let pair = { (name: String, measured: Step.Measured, targets: Set<String>, hasFloor: Bool) in
            Group(
                name: "remote \(name)", targets: targets,
                steps: (hasFloor ? [.floor("W4", name, seconds)] : [])
                    + [.zeromq("W4", name, seconds), .sluice(measured, isRemote: true, seconds)])
        }
        return [
            pair("rtt 8B", .roundTrip("8"), ["P6", "P12"], true),
            pair("rtt 1KiB", .roundTrip("1KiB"), [], true),
            pair("rtt 1MiB", .roundTrip("1MiB"), ["P7"], true),
            pair("one-way 64B", .oneWay("64"), ["P10"], false),
            pair("one-way 1MiB", .oneWay("1MiB"), ["P8"], true),
            pair("one-way 16MiB", .oneWay("16MiB"), ["P8"], true),
            pair("fan-out 1MiB x4", .fanOut("4"), ["P9"], false),
        ]
    }

    private static func encrypted(_ seconds: Double) -> [Group] {
        let works: [(String, Step.Measured, Set<String>)] = [
            ("rtt 8B", .roundTrip("8"), ["P6"]), ("rtt 1MiB", .roundTrip("1MiB"), ["P7"]),
            ("one-way 1MiB", .oneWay("1MiB"), ["P8"]), ("one-way 16MiB", .oneWay("16MiB"), ["P8"]),
            ("fan-out 1MiB x4", .fanOut("4"), ["P9"]), ("one-way 64B", .oneWay("64"), ["P10"]),
        ]
        return works.map { name, measured, targets in
            Group(
                name: "encrypted \(name)", targets: targets,
                steps: [
                    .zeromq("W4", name, seconds, isEncrypted: true),
                    .sluice(measured, isRemote: true, seconds, ["--encrypted"]),
                ], isEncrypted: true)
        }
    }

    private static func growth(_ seconds: Double) -> [Group] {
        [
            Group(
                name: "1 and 16 readers", targets: ["P12"],
                steps: [
                    .sluice(.fanOut("1,16"), isRemote: false, seconds, ["--fan-out-size", "64"]),
                    .sluice(.fanOut("16"), isRemote: false, seconds), .sluice(.fanOut("1,16"), isRemote: true, seconds),
                ]),
            Group(
                name: "round trips beside 1,000 idle channels", targets: ["P12"],
                steps: [false, true].map { .sluice(.roundTrip("8"), isRemote: $0, seconds, ["--beside", "1000"]) }),
            Group(
                name: "creating channels", targets: ["P13"],
                steps: [false, true].map { .sluice(.nothing, isRemote: $0, seconds, ["--create"]) }),
        ]
    }

    private static func standing(_ seconds: Double, idle: Double) -> [Group] {
        [
            Group(
                name: "copies", targets: ["P14"],
                steps: [false, true].map {
                    .sluice(.fanOut("3"), isRemote: $0, seconds, ["--loan", "--count-copies"])
                }, isOnce: true),
            Group(
                name: "memory of 100 channels", targets: ["P15"],
                steps: [.sluice(.nothing, isRemote: true, seconds, ["--memory", "100"])], isOnce: true),
            Group(
                name: "idling", targets: ["P11"],
                steps: [.sluice(.nothing, isRemote: true, idle, ["--idle", "10"])], isOnce: true),
        ]
    }
}
