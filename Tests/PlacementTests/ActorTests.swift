import Placement
import SluiceModel
import Testing
import Wire

@Suite struct ActorTests {
    @Test func incarnationsRiseWithEveryNewLife() {
        var desk = Desk()
        desk.join("a")
        desk.join("b")
        #expect(desk.act("x", on: "a", life: 1) == 1)
        #expect(desk.act("x", on: "a", life: 1) == 1)
        desk.die("x", on: "a")
        #expect(desk.act("x", on: "b", life: 2) == 2)
        desk.die("x", on: "b")
        #expect(desk.act("x", on: "b", life: 2) == 3)
    }

    @Test func aLivingHolderKeepsItsName() {
        var desk = Desk()
        desk.join("a")
        desk.join("b")
        desk.act("x", on: "a", life: 1, pid: 4711)
        for other in ["a", "b"] {
            let answers = desk.say(
                .registerActor(Desk.actor("x"), life: ProcessLife(rawValue: 2), pid: 1), from: other)
            #expect(answers.failed?.code == .nameTaken)
            #expect(answers.failed?.node == "a")
            #expect(answers.failed?.pid == 4711)
        }
    }

    @Test func aDeathIsBelievedFromItsNodeAndForItsIncarnationOnly() {
        var desk = Desk()
        desk.join("a")
        desk.join("b")
        desk.act("x", on: "a", life: 1)
        desk.say(.actorsLost([ActorIdentity(name: Desk.actor("x"), incarnation: 1)]), from: "b")
        desk.say(.actorsLost([ActorIdentity(name: Desk.actor("x"), incarnation: 2)]), from: "a")
        desk.say(.actorsLost([ActorIdentity(name: Desk.actor("y"), incarnation: 1)]), from: "a")
        #expect(desk.placement.actors[Desk.actor("x")]?.isAlive == true)
    }

    @Test func aLostNodesActorsAreFree() {
        var desk = Desk()
        desk.join("a")
        desk.join("b")
        desk.act("x", on: "a", life: 1)
        desk.pass(milliseconds: 30_000, hearing: ["b"])
        let refused = desk.say(.registerActor(Desk.actor("x"), life: ProcessLife(rawValue: 2), pid: 1), from: "b")
        #expect(refused.failed?.message.contains("30 s") == true)
        desk.pass(milliseconds: 31_000, hearing: ["b"])
        #expect(desk.act("x", on: "b", life: 2) == 2)
    }

    @Test func anAgentThatCameBackHasAMomentToClaimItsActors() {
        var desk = Desk()
        desk.join("a", life: 1)
        desk.act("x", on: "a", life: 10)
        desk.act("y", on: "a", life: 10)
        desk.act("z", on: "a", life: 10)
        desk.unroutable("a")
        desk.pass(milliseconds: 3000)
        desk.join("a", on: "a2", life: 2, actors: [report("x", life: 10)])
        // y is claimed by its worker, z by nobody.
        #expect(desk.act("y", on: "a2", life: 10) == 1)
        let early = desk.say(.registerActor(Desk.actor("z"), life: ProcessLife(rawValue: 11), pid: 3), from: "a2")
        #expect(early.isEmpty)
        desk.pass(milliseconds: 1000)
        #expect(desk.take("a2").contains(.actorRegistered(2)))
        #expect(desk.placement.actors[Desk.actor("x")]?.incarnation == 1)
        #expect(desk.placement.actors[Desk.actor("y")]?.isAlive == true)
    }

    @Test func whoAsksForANameThatIsThenClaimedIsRefused() {
        var desk = Desk()
        desk.join("a", life: 1)
        desk.act("x", on: "a", life: 10)
        desk.unroutable("a")
        desk.pass(milliseconds: 3000)
        desk.join("a", on: "a2", life: 2)
        desk.say(.registerActor(Desk.actor("x"), life: ProcessLife(rawValue: 11), pid: 3), from: "a2", request: 77)
        let answers = desk.say(
            .registerActor(Desk.actor("x"), life: ProcessLife(rawValue: 10), pid: 2), from: "a2", request: 78)
        #expect(answers.failed?.code == .nameTaken)
        #expect(answers.contains(.actorRegistered(1)))
        desk.pass(milliseconds: 2000)
        #expect(desk.placement.actors[Desk.actor("x")]?.life.rawValue == 10)
        #expect(desk.placement.actors[Desk.actor("x")]?.isAlive == true)
    }

    @Test func actorsAreBoundedAndTheDeadAreForgotten() {
        var options = PlacementOptions()
        options.mostActors = 3
        var desk = Desk(options: options)
        desk.join("a")
        for name in ["x", "y", "z"] { desk.act(name, on: "a") }
        let full = desk.say(.registerActor(Desk.actor("v"), life: ProcessLife(rawValue: 7), pid: 70), from: "a")
        #expect(full.failed?.code == .limitReached)
        desk.die("y", on: "a")
        desk.die("x", on: "a")
        #expect(desk.act("v", on: "a") == 1)
        // Who died first is forgotten first.
        #expect(desk.rows.actors.keys.sorted() == [Desk.actor("v"), Desk.actor("x"), Desk.actor("z")])
        #expect(desk.act("x", on: "a", life: 8) == 2)
    }

    @Test func onlyNewIncarnationsWaitForTheDisk() {
        var placement = Placement(epoch: 1, options: PlacementOptions(), now: 1)
        func say(_ body: NodeMessage.Body) -> [RowChange] {
            placement.receive(.message(NodeMessage(request: 1, body), from: connection("a"), user: nil), at: 1)
                .compactMap { if case .store(let change) = $0 { change } else { nil } }
        }
        _ = say(.register(registration("a")))
        #expect(say(.registerActor(Desk.actor("x"), life: ProcessLife(rawValue: 7), pid: 1)).map(\.isDurable) == [true])
        #expect(say(.registerActor(Desk.actor("x"), life: ProcessLife(rawValue: 7), pid: 1)).isEmpty)
        #expect(say(.actorsLost([ActorIdentity(name: Desk.actor("x"), incarnation: 1)])).map(\.isDurable) == [false])
    }
}
