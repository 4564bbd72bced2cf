internal import Planning
internal import SluiceModel

extension PlanReader {
    static let typeKeys = ["dtype", "bytes", "shape", "device", "dynamic"]

    /// What a blob is, of keys that stand beside others.
    func type(_ fields: Fields, _ path: Path) -> BlobType? {
        let path = path + ["type"]
        note(fields.node.source, path)
        let element = element(fields, path + ["element"])
        let shape = fields.required("shape", "elements along each axis, such as [3, 3]; [] for one element")
        let extents = shape.flatMap { self.extents($0, path + ["shape"]) }
        let device = device(fields["device"], path + ["device"])
        let isDynamic = flag(fields["dynamic"], path + ["isDynamic"])
        guard let element, let extents else { return nil }
        return BlobType(element, extents, device: device ?? .cpu, isDynamic: isDynamic ?? false)
    }

    private func element(_ fields: Fields, _ path: Path) -> BlobElement? {
        switch (fields["dtype"], fields["bytes"]) {
        case (nil, nil):
            complain(
                fields.node.source,
                "\"dtype\" is missing: \(Self.dtypes); or, for strings of bytes, \"bytes\": how many all of them have")
            return nil
        case (_?, let bytes?):
            complain(
                bytes.source, "\"dtype\" stands here, too; keep \"bytes\" for strings of bytes, \"dtype\" for the rest")
            return nil
        case (nil, let bytes):
            return size(bytes, path, atMost: UInt64(Int.max)).map { .bytes(capacity: Int($0)) }
        case (let dtype?, nil):
            guard let name = text(dtype, path, Self.dtypes) else { return nil }
            if let type = ScalarType.allCases.first(where: { "\($0)" == name }) { return .scalar(type) }
            let hint =
                nearest(to: name, among: ScalarType.allCases.map { "\($0)" }).map { " (did you mean \($0)?)" } ?? ""
            complain(dtype.source, "\(quoted(name)) is no type of elements\(hint); expected \(Self.dtypes)")
            return nil
        }
    }

    private static var dtypes: String { list(ScalarType.allCases.map { "\($0)" }, "or") }

    private func extents(_ node: YAMLNode, _ path: Path) -> [Int]? {
        let extents = items(node, path, "a list of sizes, such as [3, 3]") { self.count($0, $1, from: 0) }
        return node.list?.count == extents.count ? extents : nil
    }

    private func device(_ node: YAMLNode?, _ path: Path) -> TensorDevice? {
        guard let node, let text = text(node, path, "a device such as cuda:0") else { return nil }
        if let device = DeviceName.parse(text) { return device }
        let word = String(text.prefix { $0 != ":" })
        let hint = nearest(to: word, among: DeviceName.all.map(\.name)).map { " (did you mean \($0)?)" } ?? ""
        complain(
            node.source,
            "\(quoted(text)) is no device\(hint); expected KIND or KIND:INDEX, where KIND is "
                + "\(Self.list(DeviceName.all.map(\.name), "or")), or deviceN for kind number N")
        return nil
    }
}

/// How plan files call devices: `cpu`, `cuda:1`, `device42:0`.
enum DeviceName {
    static let all: [(name: String, kind: TensorDevice.Kind)] = [
        ("cpu", .cpu), ("cuda", .cuda), ("cuda-host", .cudaHost), ("opencl", .openCL), ("vulkan", .vulkan),
        ("metal", .metal), ("rocm", .rocm), ("rocm-host", .rocmHost), ("extension", .extension),
        ("cuda-managed", .cudaManaged), ("oneapi", .oneAPI), ("webgpu", .webGPU), ("hexagon", .hexagon),
        ("maia", .maia), ("trainium", .trainium),
    ]

    static func parse(_ text: String) -> TensorDevice? {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let kind = kind(String(parts[0])) else { return nil }
        if parts.count == 1 { return TensorDevice(kind) }
        return number(parts[1]).map { TensorDevice(kind, $0) }
    }

    static func text(_ device: TensorDevice) -> String {
        let kind = all.first { $0.kind == device.kind }?.name ?? "device\(device.kind.rawValue)"
        return device.index == 0 ? kind : "\(kind):\(device.index)"
    }

    private static func kind(_ text: String) -> TensorDevice.Kind? {
        if let known = all.first(where: { $0.name == text }) { return known.kind }
        guard text.hasPrefix("device") else { return nil }
        return number(text.dropFirst("device".count)).map { TensorDevice.Kind(rawValue: $0) }
    }

    private static func number(_ digits: Substring) -> Int32? {
        digits.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } ? Int32(digits) : nil
    }
}
