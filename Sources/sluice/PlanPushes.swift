internal import ArgumentParser
internal import Foundation
internal import PlanFiles
internal import Planning
internal import Sluice
internal import SluiceModel
internal import SluicePlan

/// What `plan run` pushes: the examples of the plan file, or what the command line says instead.
struct PlanPushes {
    private var values: [String: PlanValue] = [:]

    init(_ pushes: [String], _ examples: [String: PlanExample], _ spec: PlanSpec) throws {
        for input in spec.inputs {
            if let example = examples[input.name] { values[input.name] = try Self.value(example, input) }
        }
        for push in pushes {
            let parts = push.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let input = spec.inputs.first(where: { $0.name == parts[0] }) else {
                let names = spec.inputs.map(\.name).joined(separator: ", ")
                throw ValidationError("--push \(push) is not INPUT=VALUE; the plan's inputs are \(names)")
            }
            let example = try PlanExample(json: parts[1])
            values[input.name] = try Self.value(example, input)
        }
    }

    func inputs(of function: PlanFunction) throws -> [String: PlanValue] {
        var inputs: [String: PlanValue] = [:]
        for name in function.inputs {
            guard let value = values[name] else {
                throw ValidationError(
                    "function \(function.name) needs input \(name): give it an example in the plan file, or --push '\(name)=[…]'"
                )
            }
            inputs[name] = value
        }
        return inputs
    }

    private static func value(_ example: PlanExample, _ input: PlanInput) throws -> PlanValue {
        switch (example, input.type.element) {
        case (.texts(let texts), _): return .strings(texts.map { Array($0.utf8) })
        case (.numbers(let numbers, let shape), .scalar(let type)):
            guard let tensor = try Tensor(numbers, type, shape: shape) else {
                throw ValidationError("input \(input.name) is of \(type), and not every number of its value is one")
            }
            return .tensor(tensor)
        case (.numbers, .bytes): throw ValidationError("input \(input.name) takes texts, not numbers")
        }
    }
}

extension PlanExample {
    /// Lists in lists of numbers, or a list of texts.
    init(json: String) throws {
        guard let object = try? JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed) else {
            throw ValidationError("\(json) is not JSON")
        }
        if let texts = object as? [String] {
            self = .texts(texts)
            return
        }
        var numbers: [Double] = []
        let shape = try Self.flatten(object, into: &numbers)
        self = .numbers(numbers, shape: shape)
    }

    private static func flatten(_ object: Any, into numbers: inout [Double]) throws -> [Int] {
        if let number = object as? Double {
            numbers.append(number)
            return []
        }
        guard let items = object as? [Any] else { throw ValidationError("\(object) is neither a number nor a list") }
        var inner: [Int]?
        for item in items {
            let shape = try flatten(item, into: &numbers)
            guard inner == nil || inner == shape else { throw ValidationError("its lists differ in length: \(items)") }
            inner = shape
        }
        return [items.count] + (inner ?? [])
    }
}

extension Tensor {
    /// Numbers as elements of a type; nil if one of them is not among its values.
    init?(_ numbers: [Double], _ type: ScalarType, shape: [Int]) throws {
        func exact<Element: TensorScalar & BinaryInteger>(_ type: Element.Type) throws -> Tensor? {
            let elements = numbers.compactMap { Element(exactly: $0) }
            return elements.count == numbers.count ? try Tensor(elements, shape: shape) : nil
        }
        let tensor: Tensor? =
            switch type {
            case .bool:
                numbers.allSatisfy { $0 == 0 || $0 == 1 }
                    ? try Tensor(bytes: numbers.map { UInt8($0) }, .bool, shape: shape) : nil
            case .int8: try exact(Int8.self)
            case .int16: try exact(Int16.self)
            case .int32: try exact(Int32.self)
            case .int64: try exact(Int64.self)
            case .uint8: try exact(UInt8.self)
            case .uint16: try exact(UInt16.self)
            case .uint32: try exact(UInt32.self)
            case .uint64: try exact(UInt64.self)
            case .float16: try Tensor(numbers.map { Float16($0) }, shape: shape)
            case .bfloat16: try Tensor(numbers.map { BFloat16(Float($0)) }, shape: shape)
            case .float32: try Tensor(numbers.map { Float($0) }, shape: shape)
            case .float64: try Tensor(numbers, shape: shape)
            }
        guard let tensor else { return nil }
        self = tensor
    }

    /// Its elements as numbers, in row-major order.
    func numbers() throws -> [Double] {
        switch dtype {
        case .bool: try contiguousBytes().map { Double($0) }
        case .int8: try array(of: Int8.self).map { Double($0) }
        case .int16: try array(of: Int16.self).map { Double($0) }
        case .int32: try array(of: Int32.self).map { Double($0) }
        case .int64: try array(of: Int64.self).map { Double($0) }
        case .uint8: try array(of: UInt8.self).map { Double($0) }
        case .uint16: try array(of: UInt16.self).map { Double($0) }
        case .uint32: try array(of: UInt32.self).map { Double($0) }
        case .uint64: try array(of: UInt64.self).map { Double($0) }
        case .float16: try array(of: Float16.self).map { Double($0) }
        case .bfloat16: try array(of: BFloat16.self).map { Double(Float($0)) }
        case .float32: try array(of: Float.self).map { Double($0) }
        case .float64: try array(of: Double.self)
        }
    }
}
