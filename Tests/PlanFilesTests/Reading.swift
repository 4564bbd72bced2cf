import PlanFiles
import Planning

/// What a text says, or an empty plan and its problems.
func read(_ text: String) -> Result<PlanFile, PlanFileError> {
    do throws(PlanFileError) { return .success(try PlanFile.read(text: text, named: "test.yaml")) } catch {
        return .failure(error)
    }
}

/// The problems of a text, none if it is a plan.
func problems(_ text: String) -> [PlanFileError.Problem] {
    switch read(text) {
    case .success: []
    case .failure(let error): error.problems
    }
}

/// A plan with one actor, whose first kernel has more keys.
func kernel(_ keys: String) -> String {
    """
    plan: p
    actors:
      one:
        kernels:
          - kernel: k
            \(keys)
    """
}
