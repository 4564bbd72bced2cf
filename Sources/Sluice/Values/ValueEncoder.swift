internal import FoundationEssentials
internal import SluiceModel

/// Makes of values what goes into a slot. It has no state: an encoding that fails leaves nothing behind.
struct ValueEncoder<Value: Sendable>: Sendable {
    private let coding: ValueCoding
    private let declared: [TensorShape]
    private let form: ValueForm<Value>

    /// - Throws: ``SluiceError/Code/invalidArgument`` for a type that is neither `Codable` nor registered.
    init(_ coding: ValueCoding, _ declaration: Declaration) throws(SluiceError) {
        self.coding = coding
        declared = declaration.hint.declaredShapes
        form = try ValueForm(coding)
    }

    /// - Throws: ``SluiceError/Code/cannotEncode`` with the path of the field, where it is known.
    func encode(_ value: Value, at place: ValuePlace) throws(SluiceError) -> PreparedValue {
        let sink = TensorSink(coding)
        let body: [UInt8]
        do { body = try self.body(of: value, sink) } catch {
            throw place.cannotEncode(Value.self, error, path: error is EncodingError ? nil : path(in: value))
        }
        let recorded = sink.tensors
        let tensors = recorded.map(\.tensor)
        if !declared.isEmpty, let misfit = misfit(recorded) {
            throw place.cannotEncode(Value.self, misfit.difference, path: misfit.path)
        }
        do throws(TensorFault) {
            return declared.isEmpty
                ? try PreparedValue(body: body, tensors: tensors) : try PreparedValue(tensors: tensors, body: body)
        } catch { throw place.cannotEncode(Value.self, error.description) }
    }

    private func body(of value: Value, _ sink: TensorSink) throws -> [UInt8] {
        switch form {
        case .tensor:
            guard let tensor = value as? Tensor else { preconditionFailure("\(Value.self) is Tensor") }
            _ = try sink.record(tensor, [])
            return []
        case .registered(let registration):
            let form: CodedForm
            do { form = try registration.encode(value) } catch {
                throw EncodingError.invalidValue(
                    value, .init(codingPath: [], debugDescription: "its coding threw", underlyingError: error))
            }
            for (index, tensor) in form.tensors.enumerated() {
                _ = try sink.record(tensor, [PathKey("tensors"), PathKey(index)])
            }
            return form.bytes
        case .codable:
            let data = try form.encode(value, sink.makeEncoder())
            guard unsafe data.withUnsafeBytes({ unsafe SlotLayout.isShallow($0) }) else {
                throw EncodingError.invalidValue(
                    value,
                    .init(
                        codingPath: [],
                        debugDescription: "its fields lie within one another more than \(SlotLayout.mostDepth) deep"))
            }
            return [UInt8](data)
        }
    }

    /// The field whose own code throws.
    private func path(in value: Value) -> String? {
        guard case .codable = form, let value = value as? any Encodable else { return nil }
        return FieldFinder.path(in: value, TensorSink(coding)).map(fieldPath)
    }

    /// The first difference from what the channel declares.
    private func misfit(_ tensors: [TensorSink.RecordedTensor]) -> (difference: String, path: String)? {
        for (number, (recorded, expected)) in zip(tensors, declared).enumerated()
        where recorded.tensor.declaredShape != expected {
            return (
                "tensor \(number) is \(recorded.tensor.declaredShape), and the channel declares \(expected)",
                fieldPath(recorded.path)
            )
        }
        guard tensors.count != declared.count else { return nil }
        let extra = tensors.count > declared.count ? fieldPath(tensors[declared.count].path) : ""
        return ("it has \(tensors.count) tensors, and the channel declares \(declared.count)", extra)
    }
}
