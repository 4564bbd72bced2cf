import Planning

extension Placement {
    /// The compiler of this build.
    package static let compiler: PlanCompile = { spec, _ throws(PlanError) in
        throw PlanError(.invalid, "this build has no compiler for plans")
    }
}
