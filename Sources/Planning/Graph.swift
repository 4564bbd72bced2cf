/// Everything that fires and every blob, each parallel instance by itself, known by numbers.
struct Graph {
    /// One actor that fires.
    struct Instance {
        var name: String
        var role: PlannedActor.Role
        /// Which of its actor's parallel instances.
        var index = 0
        /// Where its author wants it.
        var node: String?
        var kernels: [Kernel] = []
        var duration: UInt64?
        var firings: UInt64?

        var isInterface: Bool { role != .kernels }
        /// Gives out to the outside, or tells the outside that all is over: nothing comes after it.
        var isLast: Bool {
            switch role {
            case .output, .end: true
            case .kernels, .input: false
            }
        }
    }

    /// A kernel with its arguments resolved; each list ascends by argument.
    struct Kernel {
        var call: KernelCall
        var inputs: [Use] = []
        var outputs: [Use] = []
    }

    /// An argument, and which blob it is.
    struct Use {
        var argument: ArgumentName
        var blob: Int
    }

    struct Blob {
        var name: String
        var index: Int
        var type: BlobType
        var producer: Int
        var slots: Int?
        /// Without the producer; ascending.
        var consumers: [Int] = []
        var hint: Hint?
        /// Where it is declared.
        var path: [String]
    }

    /// The wish to take over an input's memory.
    struct Hint {
        var blob: Int
        var kernel: Int
        var argument: ArgumentName
        /// Its producer is not parallel, but those who read it are.
        var isReadInParallel: Bool
    }

    struct Control: Hashable {
        var before: Int
        var after: Int
    }

    var instances: [Instance] = []
    var blobs: [Blob] = []
    /// Order without payload; none of them twice, and none where a blob already gives the order.
    var controls: [Control] = []
    var notes: [String] = []
    /// The number of a blob's first instance, by its name; the others follow.
    var firstBlob: [String: Int] = [:]
    /// The number of an actor's first instance, by its declared position; the others follow.
    var firstInstance: [Int] = []
}

extension Graph {
    /// Who fires after each instance has: by a blob or by a control edge; ascending.
    var successors: [[Int]] {
        var result = [[Int]](repeating: [], count: instances.count)
        for blob in blobs { result[blob.producer] += blob.consumers }
        for control in controls { result[control.before].append(control.after) }
        for i in result.indices where result[i].count > 1 {
            result[i].sort()
            var last = -1
            result[i].removeAll { next in
                defer { last = next }
                return next == last
            }
        }
        return result
    }

    func name(ofBlob blob: Int) -> String { "\(blobs[blob].name)/\(blobs[blob].index)" }
}
