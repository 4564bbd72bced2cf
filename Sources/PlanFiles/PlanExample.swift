/// A value that a plan file gives for one of its inputs, to try the plan with.
public enum PlanExample: Hashable, Sendable {
    /// In row-major order.
    case numbers([Double], shape: [Int])
    case texts([String])
}

extension PlanReader {
    /// Lists in lists of numbers, or a list of texts, as the input's type wants it.
    func example(
        _ node: YAMLNode, _ path: Path, isText: Bool, shape: [Int], isDynamic: Bool
    ) -> PlanExample? {
        if isText {
            let texts = items(node, path, "a list of texts") { self.text($0, $1, "a text") }
            return .texts(texts)
        }
        var numbers: [Double] = []
        guard let found = flatten(node, into: &numbers) else { return nil }
        let fits = found == shape || isDynamic && found.count == shape.count
        guard fits else {
            complain(node.source, "expected an example of shape \(shape), and this one has the shape \(found)")
            return nil
        }
        return .numbers(numbers, shape: found)
    }

    /// The shape of nested lists; nil, and told, if they are no array of numbers.
    private func flatten(_ node: YAMLNode, into numbers: inout [Double]) -> [Int]? {
        guard let items = node.list else {
            guard case .scalar(let text, isPlain: true) = node.content, let number = Double(text) else {
                expect("a number, or a list of them", node)
                return nil
            }
            numbers.append(number)
            return []
        }
        var inner: [Int]?
        for item in items {
            guard let shape = flatten(item, into: &numbers) else { return nil }
            guard inner == nil || inner == shape else {
                complain(item.source, "expected as many numbers as in the list before: \(inner ?? []), not \(shape)")
                return nil
            }
            inner = shape
        }
        return [items.count] + (inner ?? [])
    }
}
