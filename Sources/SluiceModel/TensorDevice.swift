/// Where the memory of a tensor is: a kind of device, and which of that kind.
///
/// Numbers are those of `DLDevice` in DLPack 1.1.
public struct TensorDevice: Hashable, Sendable, Codable, CustomStringConvertible {
    public var kind: Kind
    /// Which of its kind, from 0; 0 for the main memory.
    public var index: Int32

    public init(_ kind: Kind, _ index: Int32 = 0) {
        self.kind = kind
        self.index = index
    }

    /// The main memory. Only tensors there can be read here; what is elsewhere needs a transport of its own.
    public static let cpu = TensorDevice(.cpu)

    public var description: String { self == .cpu ? "cpu" : "\(kind):\(index)" }

    /// A kind of device, by its `DLDeviceType`. Others than the named ones are possible.
    public struct Kind: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible {
        public let rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }

        public static let cpu = Kind(rawValue: 1)
        public static let cuda = Kind(rawValue: 2)
        public static let cudaHost = Kind(rawValue: 3)
        public static let openCL = Kind(rawValue: 4)
        public static let vulkan = Kind(rawValue: 7)
        public static let metal = Kind(rawValue: 8)
        public static let rocm = Kind(rawValue: 10)
        public static let rocmHost = Kind(rawValue: 11)
        public static let `extension` = Kind(rawValue: 12)
        public static let cudaManaged = Kind(rawValue: 13)
        public static let oneAPI = Kind(rawValue: 14)
        public static let webGPU = Kind(rawValue: 15)
        public static let hexagon = Kind(rawValue: 16)
        public static let maia = Kind(rawValue: 17)
        public static let trainium = Kind(rawValue: 18)

        public var description: String {
            switch self {
            case .cpu: "cpu"
            case .cuda: "cuda"
            case .rocm: "rocm"
            case .metal: "metal"
            default: "device\(rawValue)"
            }
        }
    }
}
