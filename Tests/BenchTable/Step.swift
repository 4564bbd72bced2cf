/// One run of one program, which prints figures.
package struct Step: Hashable, Sendable {
    package enum Program: Hashable, Sendable {
        case sluice
        case floor
        case zeromq
        /// Of the folder of other peers: all of its works at once.
        case foreign(Contender)
    }

    package var program: Program
    package var arguments: [String]
    /// How long what it measures takes; programs take some more.
    package var seconds: Double

    package var contender: Contender {
        switch program {
        case .sluice: .ours
        case .floor: .floor
        case .zeromq: .zmq
        case .foreign(let contender): contender
        }
    }

    /// The executable beside this program.
    package var executable: String? {
        switch program {
        case .sluice: "sluice"
        case .floor: "FloorPeer"
        case .zeromq: "ZeroMQPeer"
        case .foreign: nil
        }
    }
}

extension Step {
    static func floor(_ work: String, _ name: String, _ seconds: Double) -> Step {
        Step(program: .floor, arguments: ["\(seconds)", work, name], seconds: seconds)
    }

    static func zeromq(_ work: String, _ name: String, _ seconds: Double, isEncrypted: Bool = false) -> Step {
        Step(
            program: .zeromq, arguments: (isEncrypted ? ["--curve"] : []) + ["\(seconds)", work, name], seconds: seconds
        )
    }

    /// What of `sluice bench` is measured.
    enum Measured {
        case roundTrip(String)
        case oneWay(String)
        case fanOut(String)
        case nothing
    }

    /// `sluice bench` of one thing, in one place.
    static func sluice(_ measured: Measured, isRemote: Bool, _ seconds: Double, _ extra: [String] = []) -> Step {
        var (roundTrip, oneWay, fanOut) = ("", "", "")
        switch measured {
        case .roundTrip(let size): roundTrip = size
        case .oneWay(let size): oneWay = size
        case .fanOut(let readers): fanOut = readers
        case .nothing: break
        }
        let arguments = [
            "bench", "--format", "tsv", "--seconds", "\(seconds)", isRemote ? "--remote" : "--local", "--rtt",
            roundTrip,
            "--one-way", oneWay, "--fan-out", fanOut,
        ]
        return Step(program: .sluice, arguments: arguments + extra, seconds: seconds)
    }
}
