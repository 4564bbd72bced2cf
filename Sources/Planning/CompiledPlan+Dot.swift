extension CompiledPlan {
    /// The plan in Graphviz's language: a cluster for each node, an edge for each reader of each register; dotted ones carry
    /// order only: control edges and guard edges.
    ///
    /// - Parameter live: What registers do at the moment, by their names.
    public func dot(live: [String: EdgeLoad] = [:]) -> String {
        let drawing = Drawing(plan: self, live: live)
        var lines = ["digraph \(Self.dot([spec.name])) {", "  rankdir=LR;", "  node [shape=box];"]
        for (n, node) in drawing.actors.enumerated() {
            lines.append("  subgraph cluster_\(n) {")
            lines.append("    label=\(Self.dot([node.node]));")
            for a in node.actors { lines.append("    a\(a) [label=\(Self.dot(drawing.lines(actors[a])))];") }
            lines.append("  }")
        }
        for edge in drawing.edges {
            let style = edge.isDotted ? ", style=dotted" : ""
            lines.append("  a\(edge.from) -> a\(edge.to) [label=\(Self.dot([edge.label]))\(style)];")
        }
        return lines.joined(separator: "\n") + "\n}\n"
    }

    /// A quoted string of several lines. In labels Graphviz reads backslashes, and `&` as the beginning of an entity.
    private static func dot(_ lines: [String]) -> String {
        let escaped = lines.map { line in
            var result = ""
            for character in line.unicodeScalars {
                switch character {
                case "\"": result += "\\\""
                case "\\": result += "\\\\"
                case "&": result += "&amp;"
                default: result.unicodeScalars.append(character)
                }
            }
            return result
        }
        return "\"" + escaped.joined(separator: "\\n") + "\""
    }
}
