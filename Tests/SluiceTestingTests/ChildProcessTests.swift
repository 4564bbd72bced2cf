import Foundation
import SluiceModel
import SluiceTesting
import Testing

@Suite(.timeLimit(.minutes(1))) struct ChildProcessTests {
    @Test func outputAndCode() async throws {
        let fixture = try Fixture()
        let child = try await fixture.start("printf", ["hello"])
        try await child.waitForSuccess()
        #expect(child.output == "hello")
        #expect(child.errors.isEmpty)
    }

    @Test func failureShowsWhatItSaid() async throws {
        let fixture = try Fixture()
        let child = try await fixture.start("ls", ["/nowhere/at/all"])
        let error = await #expect(throws: SluiceError.self) { try await child.waitForSuccess() }
        #expect(error?.message.contains("/nowhere/at/all") == true)
        #expect(child.exit == .code(2))
    }

    @Test func missingExecutableIsNamed() async throws {
        let fixture = try Fixture()
        let child = try await fixture.start("no-such-program", [])
        let error = await #expect(throws: SluiceError.self) { try await child.waitForSuccess() }
        #expect(error?.message.contains("no-such-program") == true)
    }

    @Test func killedBySignal() async throws {
        let fixture = try Fixture()
        let child = try await fixture.start("sleep", ["infinity"])
        #expect(child.exit == nil)
        try await child.kill()
        #expect(child.exit == .signal(SIGKILL))
        try child.signal(SIGKILL)
    }

    @Test func pausedAndResumed() async throws {
        let fixture = try Fixture()
        let child = try await fixture.start("sleep", ["infinity"])
        try await child.pause()
        try child.resume()
        try await waitUntil("it to run again") { processState(child.pid) == "S" }
        try await child.terminate()
        #expect(child.exit == .signal(SIGTERM))
    }

    @Test func oneThatIgnoresSIGTERMIsKilled() async throws {
        let fixture = try Fixture()
        let child = try await fixture.start(try Executables.find("TestWorker"), ["ignore"])
        try await waitUntil("it to ignore SIGTERM") { child.output == "ready\n" }
        let error = await #expect(throws: SluiceError.self) { try await child.terminate(grace: .milliseconds(50)) }
        #expect(error?.code == .timedOut)
        #expect(child.exit == .signal(SIGKILL))
    }

    @Test func aForgottenOneDies() async throws {
        let fixture = try Fixture()
        let pid = try await fixture.start("sleep", ["infinity"]).pid
        try await waitUntil("the forgotten one to die") { processState(pid) == nil }
    }
}

/// The state letter of a process that is there and no zombie.
func processState(_ pid: Int32) -> Character? {
    guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
        let end = stat.lastIndex(of: ")")
    else { return nil }
    let state = stat[end...].dropFirst(2).first
    return state == "Z" ? nil : state
}
