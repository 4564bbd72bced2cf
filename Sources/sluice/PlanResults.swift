internal import Foundation
internal import Planning
internal import Sluice
internal import SluiceModel
internal import SluicePlan

/// What a job has given, as `plan run` prints it.
struct PlanResults {
    private let format: PlanRunCommand.Format
    private let function: PlanFunction
    private let outputs: [String: PlanValue]

    init(_ format: PlanRunCommand.Format, _ function: PlanFunction, _ outputs: [String: PlanValue]) {
        self.format = format
        self.function = function
        self.outputs = outputs
    }

    func show() throws {
        switch format {
        case .text:
            for name in function.outputs {
                guard let value = outputs[name] else { continue }
                Console.print("\(name) =")
                for line in try lines(value) { Console.print(line) }
            }
        case .json:
            let members = try function.outputs.compactMap { name in
                try outputs[name].map { "\(try quoted(name)): \(try json($0))" }
            }
            Console.print("{\(members.joined(separator: ", "))}")
        }
    }

    private func lines(_ value: PlanValue) throws -> [String] {
        switch value {
        case .strings(let strings): return strings.map { "  " + String(decoding: $0, as: UTF8.self) }
        case .tensor(let tensor):
            let cells = try tensor.numbers().map(Self.text)
            let row = max(1, tensor.shape.last ?? 1)
            let width = cells.map(\.count).max() ?? 0
            return stride(from: 0, to: cells.count, by: row).map { start in
                let cells = cells[start..<min(start + row, cells.count)]
                return "  " + cells.map { String(repeating: " ", count: width - $0.count) + $0 }.joined(separator: " ")
            }
        }
    }

    private func json(_ value: PlanValue) throws -> String {
        switch value {
        case .strings(let strings):
            return "[" + (try strings.map { try quoted(String(decoding: $0, as: UTF8.self)) }.joined(separator: ", "))
                + "]"
        case .tensor(let tensor):
            var numbers = try tensor.numbers()[...]
            return Self.nested(&numbers, tensor.shape[...])
        }
    }

    private static func nested(_ numbers: inout ArraySlice<Double>, _ shape: ArraySlice<Int>) -> String {
        guard let extent = shape.first else {
            let number = numbers.popFirst() ?? 0
            // JSON has no other numbers.
            return number.isFinite ? text(number) : "\"\(number)\""
        }
        let items = (0..<extent).map { _ in nested(&numbers, shape.dropFirst()) }
        return "[\(items.joined(separator: ", "))]"
    }

    private static func text(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? String(Int64(number)) : "\(number)"
    }

    private func quoted(_ text: String) throws -> String {
        String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
    }
}
