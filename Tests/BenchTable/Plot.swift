internal import Foundation

/// A curve as SVG, for light and dark pages.
package struct Plot {
    private let curve: Curve
    private let x: Scale
    private let y: Scale

    private static let (width, height) = (800.0, 420.0)
    private static let (left, right, top, bottom) = (78.0, 190.0, 40.0, 52.0)
    /// Told apart also by those who see few colours: Okabe and Ito's.
    private static let colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f"]

    package init(_ curve: Curve) {
        self.curve = curve
        let points = curve.lines.flatMap(\.points)
        x = Scale(
            points.map(\.x), isBinary: curve.x.isBytes, from: Self.left, to: Self.width - Self.right)
        y = Scale(points.map(\.y), isBinary: false, from: Self.height - Self.bottom, to: Self.top)
    }

    package var svg: String {
        ([head] + axes + curve.lines.indices.flatMap(line) + ["</svg>", ""]).joined(separator: "\n")
    }

    private var head: String {
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" font-family="sans-serif" font-size="12">
        <style>
        text { fill: #24292f } .grid { stroke: #d0d7de } .page { fill: #ffffff }
        @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .grid { stroke: #30363d } .page { fill: #0d1117 } }
        </style>
        <rect class="page" width="100%" height="100%"/>
        <text x="\(Self.left)" y="22" font-size="15" font-weight="bold">\(Self.escaped(curve.title))</text>
        """
    }

    private var axes: [String] {
        let (bottom, right) = (Self.height - Self.bottom, Self.width - Self.right)
        let vertical = x.ticks(atMost: 10).map { tick in
            let at = Self.pixel(x.place(tick))
            return """
                <line class="grid" x1="\(at)" x2="\(at)" y1="\(Self.top)" y2="\(bottom)"/>
                <text x="\(at)" y="\(bottom + 18)" text-anchor="middle">\(Self.label(tick, curve.x))</text>
                """
        }
        let horizontal = y.ticks(atMost: 8).map { tick in
            let at = Self.pixel(y.place(tick))
            return """
                <line class="grid" x1="\(Self.left)" x2="\(right)" y1="\(at)" y2="\(at)"/>
                <text x="\(Self.left - 6)" y="\(at)" text-anchor="end" dominant-baseline="middle">\(Self.label(tick, curve.y))</text>
                """
        }
        let middle = (Self.left + right) / 2
        return vertical + horizontal + [
            "<text x=\"\(middle)\" y=\"\(Self.height - 12)\" text-anchor=\"middle\">\(Self.escaped(curve.x.label))</text>",
            """
            <text transform="translate(16 \((Self.top + bottom) / 2)) rotate(-90)" text-anchor="middle">\(Self.escaped(curve.y.label))</text>
            """,
        ]
    }

    private func line(_ index: Int) -> [String] {
        let (line, colour) = (curve.lines[index], Self.colours[index % Self.colours.count])
        let places = line.points.sorted { $0.x < $1.x }.map { (Self.pixel(x.place($0.x)), Self.pixel(y.place($0.y))) }
        let path = places.map { "\($0),\($1)" }.joined(separator: " ")
        let dots = places.map { "<circle cx=\"\($0)\" cy=\"\($1)\" r=\"2.5\" fill=\"\(colour)\"/>" }
        let at = Self.top + 10 + 18 * Double(index)
        let key = Self.width - Self.right + 12
        return ["<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\"/>"] + dots + [
            "<line x1=\"\(key)\" x2=\"\(key + 18)\" y1=\"\(at)\" y2=\"\(at)\" stroke=\"\(colour)\" stroke-width=\"3\"/>",
            "<text x=\"\(key + 24)\" y=\"\(at)\" dominant-baseline=\"middle\">\(Self.escaped(line.name))</text>",
        ]
    }

    private static func pixel(_ place: Double) -> Double { (place * 10).rounded() / 10 }

    private static func label(_ value: Double, _ axis: Curve.Axis) -> String {
        if axis.isBytes { return Numbers.bytes(Int(value)) }
        if value >= 1e6 { return Numbers.plain(value / 1e6) + "M" }
        return value >= 1e4 ? Numbers.plain(value / 1e3) + "k" : Numbers.plain(value)
    }

    private static func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
    }
}
