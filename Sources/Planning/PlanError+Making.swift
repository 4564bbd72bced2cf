extension PlanError {
    static func invalid(_ path: [String], actor: String? = nil, _ message: String) -> PlanError {
        PlanError(.invalid, message, path: path, actor: actor)
    }
}

extension [String] {
    /// A path one step further into the declaration.
    func at(_ key: String) -> [String] { self + [key] }
    func at(_ key: String, _ position: Int) -> [String] { self + [key, String(position)] }
}
