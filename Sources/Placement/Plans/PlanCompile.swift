import Planning

extension Placement {
    /// The compiler of this build.
    package static let compiler: PlanCompile = { spec, sites throws(PlanError) in
        try Compiler.compile(spec, sites: sites)
    }
}
