public import Planning

/// A plan as its author has written it: YAML, or JSON, which YAML includes.
///
/// Every part of ``spec`` is known by its line and column, so that what the compiler finds wrong can be shown where it stands.
public struct PlanFile: Sendable {
    /// What messages call the file.
    public let name: String
    /// As it was read.
    public let text: String
    public let spec: PlanSpec
    /// Values to try it with, by the inputs' names. No part of the plan.
    public let examples: [String: PlanExample]
    let places: [[String]: Source]

    /// Bytes of a file: 0 ... this.
    public static let mostBytes = 1 << 20
    /// Mappings, lists and values of a file, keys included: 1 ... this.
    public static let mostNodes = 100_000
    /// How deep mappings and lists may lie in one another.
    public static let mostDepth = 32

    /// Reads a plan; what it computes is not checked here, ``Compiler`` does that.
    ///
    /// - Parameter name: The file's, for messages.
    /// - Throws: ``PlanFileError`` with everything that is wrong, each with line, column and key.
    public static func read(text: String, named name: String) throws(PlanFileError) -> PlanFile {
        let document: YAMLDocument
        do { document = try YAMLDocument(text) } catch { throw PlanFileError(file: name, problems: [error]) }
        let reader = PlanReader(document.problems)
        let spec = reader.plan(document.root)
        guard reader.problems.isEmpty else { throw PlanFileError(file: name, problems: reader.problems) }
        return PlanFile(name: name, text: text, spec: spec, examples: reader.examples, places: reader.places)
    }

    /// Reads a plan from a file's bytes.
    ///
    /// - Throws: ``PlanFileError`` also if they are not UTF-8.
    public static func read(bytes: some Collection<UInt8>, named name: String) throws(PlanFileError) -> PlanFile {
        let text: String
        do { text = try Screening.decode(bytes) } catch { throw PlanFileError(file: name, problems: [error]) }
        return try read(text: text, named: name)
    }
}

extension PlanFile {
    /// Where a part of ``spec`` stands.
    public struct Place: Hashable, Sendable {
        /// From 1.
        public var line: Int
        /// From 1, in Unicode scalars.
        public var column: Int
        /// As the file calls it: `actors.matmul.kernels[0].in.b`. Empty: the whole.
        public var key: String
    }

    /// Where a part of ``spec`` stands, by a path as ``PlanError/path`` gives it; of what has no place of its own, the
    /// nearest thing around it that has one.
    public func place(of path: [String]) -> Place {
        var path = path[...]
        while !path.isEmpty {
            if let source = places[Array(path)] { return source.place }
            path.removeLast()
        }
        return places[[]]?.place ?? Place(line: 1, column: 1, key: "")
    }

    /// What the compiler says of this file's plan, with line and column.
    public func locating(_ error: PlanError) -> PlanFileError {
        let place = place(of: firstOfCycle(error) ?? error.path)
        return PlanFileError(
            file: name,
            problems: [.init(line: place.line, column: place.column, key: place.key, message: error.message)])
    }

    /// Of actors that wait for one another, the first that is declared: the whole list of actors is no place to look at.
    private func firstOfCycle(_ error: PlanError) -> [String]? {
        let first = spec.actors.firstIndex { actor in
            error.cycle.contains { $0 == actor.name || actor.parallel > 1 && $0.hasPrefix(actor.name + ".") }
        }
        return first.map { ["actors", "\($0)"] }
    }
}
