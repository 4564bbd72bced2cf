import Sluice
import SluiceModel

/// What a case is played with: one channel of a kind, on a route.
///
/// Its calls are the blocking ones; a test waits for nothing that its own thread would have to bring.
struct Ends<K: Kind>: Sendable {
    static var patience: Timeout { .seconds(20) }
    static var soon: Timeout { .milliseconds(2) }

    let kind: K
    let writer: any ChannelWriter<K.Value>
    var readers: [any ChannelReader<K.Value>]
    let names: [String]
    /// Values that fit while nobody reads.
    let capacity: Int

    func write(_ number: Int, _ size: Int, timeout: Timeout = patience) throws {
        try writer.write(kind.value(number, size), timeout: timeout)
    }

    func writeFailure(_ message: String) throws {
        try writer.write(failure: ApplicationFailure(kind: "Boom", message: message), timeout: Self.patience)
    }

    func fill() throws { for number in 0..<capacity { try write(number, number) } }

    /// Every reader gets that value next.
    func expect(_ number: Int, _ size: Int) throws {
        for index in readers.indices { try expect(number, size, by: index) }
    }

    func expect(_ number: Int, _ size: Int, by index: Int) throws {
        guard let value = try readers[index].read(timeout: Self.patience) else {
            throw Mismatch("\(names[index]) is at the end instead of value \(number)")
        }
        try check(kind.isSame(value, kind.value(number, size)), "\(names[index]) got another value than \(number)")
    }

    /// Every reader is told of that failure next.
    func expectFailure(_ message: String, sequence: UInt64, pid: Int32) throws {
        for (reader, name) in zip(readers, names) {
            let error = try refusal("a read of \(name)") { _ = try reader.read(timeout: Self.patience) }
            try check(error.code == .application && error.kind == "Boom" && error.message == message, "\(error)")
            try check(error.actor == "me" && error.node == "node1" && error.pid == pid, "origin of \(error)")
            try check(error.sequence == sequence, "number of \(error): \(error.sequence ?? 0)")
        }
    }

    /// No reader has anything.
    func expectNothing() throws {
        for (reader, name) in zip(readers, names) {
            try sluiceError(.timedOut, "a read of \(name)") { _ = try reader.read(timeout: .zero) }
        }
    }

    func expectEnd() throws {
        for (reader, name) in zip(readers, names) {
            try check(try reader.read(timeout: Self.patience) == nil, "\(name) is not at the end")
        }
    }

    func close() {
        writer.close()
        for reader in readers { reader.close() }
    }
}

/// What a case found.
struct Mismatch: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

func check(_ holds: Bool, _ what: @autoclosure () -> String) throws {
    if !holds { throw Mismatch(what()) }
}

/// What a call is refused with.
func refusal(_ call: String, _ body: () throws -> Void) throws -> SluiceError {
    do { try body() } catch let error as SluiceError { return error }
    throw Mismatch("\(call) is not refused")
}

@discardableResult
func sluiceError(_ code: SluiceError.Code, _ call: String, _ body: () throws -> Void) throws -> SluiceError {
    let error = try refusal(call, body)
    try check(error.code == code, "\(call): \(error) instead of \(code)")
    return error
}
