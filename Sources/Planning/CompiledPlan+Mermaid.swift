extension CompiledPlan {
    /// The plan as a Mermaid flowchart: a subgraph for each node, an edge for each reader of each register; dotted ones carry
    /// order only: control edges and guard edges.
    ///
    /// - Parameter live: What registers do at the moment, by their names.
    public func mermaid(live: [String: EdgeLoad] = [:]) -> String {
        let drawing = Drawing(plan: self, live: live)
        var lines = ["flowchart LR"]
        for (n, node) in drawing.actors.enumerated() {
            lines.append("  subgraph n\(n)[\"\(Self.mermaid(node.node))\"]")
            for a in node.actors {
                let label = drawing.lines(actors[a]).map(Self.mermaid).joined(separator: "<br/>")
                lines.append("    a\(a)[\"\(label)\"]")
            }
            lines.append("  end")
        }
        for edge in drawing.edges {
            let arrow = edge.isDotted ? "-.->" : "-->"
            lines.append("  a\(edge.from) \(arrow)|\"\(Self.mermaid(edge.label))\"| a\(edge.to)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Everything but letters, figures and harmless signs as numbers: Mermaid reads HTML and Markdown in its labels.
    private static func mermaid(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            let isPlain =
                !scalar.isASCII || " .,:()/-_+=".unicodeScalars.contains(scalar)
                || ("0"..."9" ~= scalar || "a"..."z" ~= scalar || "A"..."Z" ~= scalar)
            if isPlain { result.unicodeScalars.append(scalar) } else { result += "#\(scalar.value);" }
        }
        return result
    }
}
