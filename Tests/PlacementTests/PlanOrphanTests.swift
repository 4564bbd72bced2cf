import Placement
import Planning
import SluiceModel
import Testing
import Wire

/// A coordinator that has restarted knows no runs; what is still in use stays.
@Suite struct PlanOrphanTests {
    private let run = RunID(epoch: 1, number: 4)
    private var register: String { "plan/p/\(run)/a/b" }

    private func rig(channels: [String]) -> PlanRig {
        var rig = PlanRig([])
        let writers = channels.enumerated().map {
            WriterReport(spec: spec(UInt64($0 + 1), $1, readers: ["r"]), end: nil, readerNodes: [node("n1")])
        }
        let answer = rig.desk.join(
            "n1", actors: [report("w"), report("r")], writers: writers, parts: [run])
        rig.kept["n1"] = answer.registered?.desired.keptParts
        return rig
    }

    @Test func r13APartInUseIsKeptUntilItsLastChannelIsGone() {
        var rig = rig(channels: [register, register + "2", "other"])
        #expect(rig.kept["n1"] == [run])
        for id: UInt64 in [3, 1, 2] {
            #expect(rig.removed["n1"] == nil)
            rig.tell(
                .endChannel(ChannelID(rawValue: id), ChannelEnd(final: 0, reason: .closed)), from: "n1")
            rig.tell(.channelDrained(ChannelID(rawValue: id)), from: "n1")
        }
        #expect(rig.removed["n1"] == [run])
        #expect(rig.desk.placement.desk.orphans.isEmpty)
    }

    @Test func aPartThatNobodyUsesGoesAtOnce() {
        let rig = rig(channels: ["other", "plan/p/1.5/a/b", "plan/p/x/a", "plan/\(run)"])
        #expect(rig.kept["n1"] == [])
        #expect(rig.desk.placement.desk.orphans.isEmpty)
    }

    @Test func aNodeThatIsLostKeepsNothing() {
        var rig = rig(channels: [register])
        rig.tell(.leave, from: "n1")
        #expect(rig.desk.placement.desk.orphans.isEmpty)
    }

    /// Before everyone has come back, a part may seem to be nobody's; another node's channels count.
    @Test func anotherNodesChannelsCount() {
        var rig = rig(channels: [register])
        let answer = rig.desk.join("n2", parts: [run])
        #expect(answer.registered?.desired.keptParts == [run])
        rig.tell(.endChannel(ChannelID(rawValue: 1), ChannelEnd(final: 0, reason: .closed)), from: "n1")
        rig.tell(.channelDrained(ChannelID(rawValue: 1)), from: "n1")
        #expect(rig.removed == ["n1": [run], "n2": [run]])
    }
}
