import Sluice
import Testing

@Suite("Addresses") struct AddressTests {
    @Test func understandsBothForms() throws {
        #expect(try WorkerAddress(parsing: "unix:///run/a.sock") == .unix(path: "/run/a.sock"))
        #expect(try WorkerAddress(parsing: "tcp://10.0.0.1:7400") == .tcp(host: "10.0.0.1", port: 7400))
        #expect(try WorkerAddress(parsing: "tcp://[::1]:1") == .tcp(host: "::1", port: 1))
        #expect("\(WorkerAddress.tcp(host: "::1", port: 1))" == "tcp://[::1]:1")
    }

    @Test(arguments: [
        "", "run/a.sock", "unix://relative", "unix://", "http://a:1", "tcp://a", "tcp://a:0", "tcp://a:65536",
        "tcp://a:x", "tcp://:1", "tcp://::1:1", "tcp://a b:1", "unix:///\(String(repeating: "x", count: 107))",
    ])
    func refusesAndSaysWhichStep(_ text: String) {
        let error = #expect(throws: SluiceError.self) { try WorkerAddress(parsing: text) }
        #expect(error?.code == .badAddress)
        #expect(error?.message.contains("parse") == true)
    }

    @Test func asksTheEnvironmentWithoutAnAddress() throws {
        #expect(try WorkerAddress.choose(nil, environment: "unix:///x") == .unix(path: "/x"))
        #expect(try WorkerAddress.choose("unix:///y", environment: "unix:///x") == .unix(path: "/y"))
        for missing in [nil, ""] {
            let error = #expect(throws: SluiceError.self) { try WorkerAddress.choose(nil, environment: missing) }
            #expect(error?.message.contains("SLUICE_ADDRESS") == true)
        }
        let error = #expect(throws: SluiceError.self) { try WorkerAddress.choose(nil, environment: "x") }
        #expect(error?.message.contains("SLUICE_ADDRESS") == true)
    }
}
