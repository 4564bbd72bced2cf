import SluiceModel
import Testing
import ZeroMQ

@Suite(.timeLimit(.minutes(1))) struct CurveTests {
    @Test func selfTestPasses() throws {
        let node = try NodeName("node-1")
        try CurveSelfTest.run(Keyring(name: node, own: try .generate(), allowed: [:], coordinator: nil))
    }
}
