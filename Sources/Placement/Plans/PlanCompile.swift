package import Planning

/// How a plan is made of a declaration.
package typealias PlanCompile = @Sendable (PlanSpec, [Compiler.Site]) throws(PlanError) -> CompiledPlan

extension Placement {
    /// The compiler of this build.
    package static let compiler: PlanCompile = { spec, sites throws(PlanError) in
        try Compiler.compile(spec, sites: sites)
    }
}
