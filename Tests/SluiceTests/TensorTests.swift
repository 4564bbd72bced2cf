import Sluice
import SluiceModel
import Testing

@Suite("Tensors") struct TensorTests {
    @Test func aMatrixIsReadByIndexAndAsASpan() throws {
        let tensor = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
        #expect(tensor.dtype == .float32)
        #expect(tensor.shape == [2, 3])
        #expect(tensor.strides == [3, 1])
        #expect(tensor.count == 6)
        #expect(tensor.byteCount == 24)
        #expect(tensor.device == .cpu)
        #expect(try tensor[1, 2, as: Float.self] == 6)
        #expect(try tensor.withElements(of: Float.self) { $0[4] } == 5)
        #expect(try tensor.elements(of: Float.self).count == 6)
        #expect(try tensor.array(of: Float.self) == [1, 2, 3, 4, 5, 6])
    }

    @Test func aScalarHasOneElementAndNoAxes() throws {
        let tensor = Tensor(scalar: 7 as Int64)
        #expect(tensor.shape == [])
        #expect(tensor.count == 1)
        #expect(try tensor[as: Int64.self] == 7)
        #expect(try tensor.contiguousBytes() == [7, 0, 0, 0, 0, 0, 0, 0])
        #expect(try tensor.copy().shape == [])
    }

    @Test(arguments: [[0], [3, 0], [0, .max, .max], [.max, .max, 0]])
    func anEmptyTensorHasNoElements(_ shape: [Int]) throws {
        let tensor = try Tensor([Double](), shape: shape)
        #expect(tensor.count == 0)
        #expect(tensor.isContiguous)
        #expect(try tensor.contiguousBytes() == [])
        #expect(try tensor.elements(of: Double.self).isEmpty)
        #expect(try tensor.copy().shape == shape)
        #expect(tensor.transposed().shape == shape.reversed())
    }

    @Test func stridedViewsAreReadInRowMajorOrder() throws {
        let matrix = try Tensor((0..<12).map(Int32.init), shape: [3, 4])
        let transposed = matrix.transposed()
        #expect(transposed.shape == [4, 3])
        #expect(transposed.strides == [1, 4])
        #expect(!transposed.isContiguous)
        #expect(try transposed.array(of: Int32.self) == [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11])
        #expect(try transposed[3, 1, as: Int32.self] == 7)

        let backwards = try matrix.view(shape: [3, 4], strides: [-4, -1], byteOffset: 44)
        #expect(try backwards.array(of: Int32.self) == (0..<12).reversed().map(Int32.init))
        let repeated = try matrix.view(shape: [2, 3], strides: [0, 4])
        #expect(try repeated.array(of: Int32.self) == [0, 4, 8, 0, 4, 8])
        let column = try matrix.view(shape: [3, 1], strides: [4, 99], byteOffset: 8)
        #expect(try column.array(of: Int32.self) == [2, 6, 10])
        let corner = try matrix.view(shape: [2, 2], strides: [4, 1], byteOffset: 4 * 6)
        #expect(try corner.array(of: Int32.self) == [6, 7, 10, 11])
        let copy = try corner.copy()
        #expect(copy.isContiguous)
        #expect(try copy.withElements(of: Int32.self) { $0[3] } == 11)
        #expect(try copy.hasSameElements(as: corner))
        #expect(try !copy.hasSameElements(as: transposed))
    }

    @Test func theReadsOfATensorOfAnotherTypeAreErrors() throws {
        let tensor = try Tensor([1, 2, 3, 4] as [UInt16], shape: [2, 2])
        let calls: [() throws -> Void] = [
            { _ = try tensor.elements(of: Int16.self).count },
            { _ = try tensor.array(of: Float.self) },
            { _ = try tensor[0, 0, as: Float16.self] },
            { _ = try tensor[0, as: UInt16.self] },
            { _ = try tensor[0, 2, as: UInt16.self] },
            { _ = try tensor[-1, 0, as: UInt16.self] },
            { _ = try tensor.transposed().withElements(of: UInt16.self) { $0.count } },
        ]
        for call in calls { #expect(throws: SluiceError.self) { try call() } }
        let bool = try Tensor(bytes: [0, 1, 2], .bool, shape: [3])
        #expect(try bool.array(of: UInt8.self) == [0, 1, 2])
    }

    /// Shape, strides and offset of views of 16 bytes.
    @Test(arguments: [
        ([5], [1], 0), ([4], [1], 4), ([2], [4], 0), ([4], [-1], 8), ([2, 2], [3, 2], 0), ([1], [1], -4),
        ([1], [1], 16), ([0], [1], 17), ([-1], [1], 0), ([2], [.max], 0), ([.max], [.max], 0), ([3], [.min], 0),
        ([2], [.min], 12), ([.max, 2], [0, 0], 0), ([1, 1], [1], 0), ([.max], [1], 0), ([1], [1], .max),
        ([1], [1], .min),
        ([Int](repeating: 1, count: 65), [Int](repeating: 1, count: 65), 0), ([2, 2], [.max, .min], 0),
    ]) func aViewThatWouldReachOutsideIsRefused(_ shape: [Int], _ strides: [Int], _ offset: Int) throws {
        let memory = TensorMemory(byteCount: 16)
        let error = #expect(throws: SluiceError.self) {
            try Tensor(memory, .float32, shape: shape, strides: strides, byteOffset: offset)
        }
        #expect(error?.code == .invalidArgument)
    }

    @Test(arguments: [
        ([4], [1], 0), ([4], [-1], 12), ([2, 2], [1, 2], 0), ([.max / 4], [0], 12), ([1], [.max], 0), ([0], [.max], 16),
        ([Int](repeating: 1, count: 64), [Int](repeating: 5, count: 64), 12), ([], [], 12),
    ]) func aViewThatStaysInsideIsMade(_ shape: [Int], _ strides: [Int], _ offset: Int) throws {
        let tensor = try Tensor(
            TensorMemory(byteCount: 16), .float32, shape: shape, strides: strides, byteOffset: offset)
        #expect(tensor.shape == shape)
        #expect(tensor.strides == strides)
    }

    @Test func theWrongNumberOfElementsIsRefused() {
        #expect(throws: SluiceError.self) { try Tensor([1, 2, 3] as [Int8], shape: [2]) }
        #expect(throws: SluiceError.self) { try Tensor([1, 2, 3] as [Int8], shape: [2, 2]) }
        #expect(throws: SluiceError.self) { try Tensor(bytes: [1, 2, 3], .int16, shape: [1]) }
        #expect(throws: SluiceError.self) { try Tensor([1] as [Int8], shape: [0]) }
    }

    @Test func memoryOfTheUsersIsReleasedOnceWithItsLastTensor() throws {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 9, alignment: 8)
        unsafe bytes.copyBytes(from: [0, 1, 2, 3, 4, 5, 6, 7, 8] as [UInt8])
        let count = Collector<Int>()
        var tensors: [Tensor] = []
        do {
            let memory = unsafe TensorMemory(unsafe: bytes) { buffer in
                count.add(buffer.count)
                unsafe buffer.deallocate()
            }
            tensors.append(try Tensor(memory, .uint8, shape: [9]))
            tensors.append(try Tensor(memory, .uint16, shape: [4], byteOffset: 1))
        }
        #expect(try tensors[0].array(of: UInt8.self) == [0, 1, 2, 3, 4, 5, 6, 7, 8])
        // Not aligned: in place it is an error, copied it is not.
        #expect(throws: SluiceError.self) { _ = try tensors[1].withElements(of: UInt16.self) { $0.count } }
        #expect(try tensors[1].array(of: UInt16.self) == [0x0201, 0x0403, 0x0605, 0x0807])
        #expect(try tensors[1][3, as: UInt16.self] == 0x0807)
        tensors.removeLast()
        #expect(count.all == [])
        tensors.removeAll()
        #expect(count.all == [9])
    }

    @Test func whatIsOnAnotherDeviceIsNotReadHere() throws {
        let gpu = TensorDevice(.cuda, 1)
        let memory = unsafe TensorMemory(unsafe: .init(start: .init(bitPattern: 0x1000), count: 64), device: gpu) { _ in
        }
        let tensor = try Tensor(memory, .float32, shape: [16])
        #expect(tensor.device.description == "cuda:1")
        #expect(throws: SluiceError.self) { _ = try tensor.elements(of: Float.self).count }
        #expect(throws: SluiceError.self) { try tensor.contiguousBytes() }
        #expect(throws: SluiceError.self) { try tensor[0, as: Float.self] }
        #expect(throws: SluiceError.self) { try tensor.copy() }
        #expect(tensor.dlpack.device == gpu)
    }
}

@Suite("DLPack") struct TensorDLPackTests {
    /// `DLDataTypeCode`, `DLDeviceType` of dlpack.h, version 1.1.
    @Test func c15TypesHaveTheNumbersOfDLPack() {
        let expected: [(ScalarType, UInt8, UInt8)] = [
            (.bool, 6, 8), (.int8, 0, 8), (.int16, 0, 16), (.int32, 0, 32), (.int64, 0, 64), (.uint8, 1, 8),
            (.uint16, 1, 16), (.uint32, 1, 32), (.uint64, 1, 64), (.float16, 2, 16), (.bfloat16, 4, 16),
            (.float32, 2, 32), (.float64, 2, 64),
        ]
        #expect(expected.count == ScalarType.allCases.count)
        for (type, code, bits) in expected {
            #expect(type.dlpack == .init(code: code, bits: bits, lanes: 1))
            #expect(ScalarType(dlpack: type.dlpack) == type)
        }
        #expect(ScalarType(dlpack: .init(code: 2, bits: 32, lanes: 4)) == nil)
        #expect(ScalarType(dlpack: .init(code: 5, bits: 64)) == nil)
        #expect(TensorDevice.cpu.kind.rawValue == 1)
        #expect(TensorDevice.Kind.cuda.rawValue == 2)
        #expect(TensorDevice.Kind.trainium.rawValue == 18)
    }

    @Test func c15ATensorIsDescribedAsDLPackDoes() throws {
        let matrix = try Tensor((0..<6).map(Int16.init), shape: [2, 3])
        let view = try matrix.view(shape: [3, 2], strides: [-1, 3], byteOffset: 4)
        #expect(
            view.dlpack
                == DLPackDescription(
                    device: .cpu, type: .init(code: 0, bits: 16), shape: [3, 2], strides: [-1, 3], byteOffset: 4))
    }
}
