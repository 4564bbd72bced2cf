import Sluice
import SluiceModel
import Testing

/// Of the user's, and not Codable.
private struct Image: Sendable, Equatable {
    var name: String
    var width: Int
    var pixels: [UInt8]
}

private struct WrongImage: Error {}

private struct Page: Codable, Sendable {
    var number: Int
    @Coded var image: Image
    var mask: Tensor
    var others: [Coded<Image>]
}

extension ValueCoding {
    /// Bytes for the name, a tensor for the pixels.
    fileprivate static func images() -> ValueCoding {
        var coding = ValueCoding()
        coding.register(Image.self) { _ in
            throw WrongImage()
        } decode: { _ in
            throw WrongImage()
        }
        coding.register(Image.self) { image in
            guard image.width > 0 else { throw WrongImage() }
            let shape = [image.pixels.count / image.width, image.width]
            return CodedForm(bytes: Array(image.name.utf8), tensors: [try Tensor(image.pixels, shape: shape)])
        } decode: { form in
            guard form.tensors.count == 1, form.tensors[0].shape.count == 2 else { throw WrongImage() }
            return Image(
                name: String(decoding: form.bytes, as: UTF8.self), width: form.tensors[0].shape[1],
                pixels: try form.tensors[0].array(of: UInt8.self))
        }
        return coding
    }
}

@Suite("Registered types", .timeLimit(.minutes(1))) struct ValueCodingTests {
    private static let image = Image(name: "é", width: 3, pixels: [1, 2, 3, 4, 5, 6])

    @Test func c15ARegisteredTypeCrossesAsItsUserWants() throws {
        let channel = try Fixture().values(of: Image.self, coding: .images())
        defer { channel.worker.close() }
        try channel.writer.write(Self.image)
        try channel.writer.write(Self.image)
        let encoded = try #require(try channel.reader.readEncoded(timeout: .zero))
        #expect(encoded.bytes[32..<34].elementsEqual("é".utf8))
        #expect(encoded.bytes.suffix(6) == [1, 2, 3, 4, 5, 6])
        #expect(try channel.reader.read(timeout: .zero) == Self.image)
    }

    @Test func c15ARegisteredTypeMayHaveDeclaredShapes() throws {
        let hint = ValueHint.tensor([TensorShape(.uint8, [2, 3])])
        let channel = try Fixture().values(of: Image.self, hint: hint, coding: .images(), slotSize: 8)
        defer { channel.worker.close() }
        try channel.writer.write(Self.image)
        #expect(try channel.reader.read(timeout: .zero) == Self.image)
        let error = #expect(throws: SluiceError.self) {
            try channel.writer.write(Image(name: "", width: 6, pixels: Self.image.pixels))
        }
        #expect(error?.code == .cannotEncode)
        #expect(error?.path == "tensors[0]")
    }

    @Test func c15RegisteredTypesCrossAtAnyDepth() throws {
        let channel = try Fixture().values(of: [Page].self, coding: .images())
        defer { channel.worker.close() }
        let page = Page(
            number: 2, image: Self.image, mask: ValueRoundTripTests.tensor(1),
            others: [Coded(wrappedValue: Self.image), Coded(wrappedValue: Image(name: "", width: 1, pixels: []))])
        try channel.writer.write([page])
        let read = try #require(try channel.reader.read(timeout: .zero))
        #expect(read[0].image == Self.image)
        #expect(read[0].others == page.others)
        try expectSame(read[0].mask, page.mask)
    }

    @Test func c3WhatTheUsersCodeThrowsIsNamedWithItsPath() throws {
        let channel = try Fixture().values(of: [Page].self, coding: .images(), slots: 1)
        defer { channel.worker.close() }
        var page = Page(number: 2, image: Self.image, mask: ValueRoundTripTests.tensor(1), others: [])
        page.others = [Coded(wrappedValue: Self.image), Coded(wrappedValue: Image(name: "", width: 0, pixels: []))]
        let error = #expect(throws: SluiceError.self) { try channel.writer.write([page]) }
        #expect(error?.code == .cannotEncode)
        #expect(error?.path == "[0].others[1]")
        #expect(error?.cause?.contains("WrongImage") == true)
        #expect(channel.writer.published == 0)
        // The image of these bytes has no tensors.
        let body = #"[{"number":1,"mask":0,"others":[],"image":{"bytes":""}}]"#
        try channel.writer.write(encoded: EncodedValue(kind: ValueKind.typed, bytes: typed(body: body, tensors: 1)))
        let decoding = #expect(throws: SluiceError.self) { _ = try channel.reader.read(timeout: .zero) }
        #expect(decoding?.code == .cannotDecode)
        #expect(decoding?.path == "[0].image")
        #expect(decoding?.cause?.contains("WrongImage") == true)
        page.others = []
        try channel.writer.write([page], timeout: .zero)
        #expect(try channel.reader.read(timeout: .zero)?[0].image == Self.image)
    }

    @Test func aTypeThatNobodyRegisteredIsRefused() throws {
        let fixture = try Fixture()
        let error = #expect(throws: SluiceError.self) { _ = try fixture.values(of: Image.self) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("Image is not Codable") == true)
        let channel = try Fixture().values(of: Coded<Image>.self)
        defer { channel.worker.close() }
        let nested = #expect(throws: SluiceError.self) { try channel.writer.write(Coded(wrappedValue: Self.image)) }
        #expect(nested?.code == .cannotEncode)
        #expect(nested?.message.contains("not registered") == true)
    }

    @Test func aRegisteredTypeNeedNotUseItsOwnCodable() throws {
        var coding = ValueCoding()
        coding.register(Int.self) {
            CodedForm(bytes: Array("\($0)!".utf8))
        } decode: { form in
            guard let number = Int(String(decoding: form.bytes.dropLast(), as: UTF8.self)) else { throw WrongImage() }
            return number
        }
        let channel = try Fixture().values(of: Int.self, coding: coding)
        defer { channel.worker.close() }
        for _ in 0..<2 { try channel.writer.write(-12) }
        #expect(try channel.reader.readEncoded(timeout: .zero)?.bytes.suffix(4) == Array("-12!".utf8)[...])
        #expect(try channel.reader.read(timeout: .zero) == -12)
    }
}
