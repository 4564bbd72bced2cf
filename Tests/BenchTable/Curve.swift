/// How something changes with something else: lines over two logarithmic axes.
package struct Curve: Hashable, Sendable {
    package struct Point: Hashable, Sendable {
        package var x: Double
        package var y: Double

        package init(_ x: Double, _ y: Double) {
            self.x = x
            self.y = y
        }
    }

    package struct Line: Hashable, Sendable {
        package var name: String
        package var points: [Point]

        package init(name: String, points: [Point]) {
            self.name = name
            self.points = points
        }
    }

    /// What is along an axis.
    package struct Axis: Hashable, Sendable {
        package var label: String
        /// Whether its numbers are bytes: 1KiB, 1MiB; they are plain otherwise.
        package var isBytes: Bool

        package init(_ label: String, isBytes: Bool = false) {
            self.label = label
            self.isBytes = isBytes
        }
    }

    /// Also the names of its files.
    package var id: String
    package var title: String
    package var x: Axis
    package var y: Axis
    package var lines: [Line]

    package init(id: String, title: String, x: Axis, y: Axis, lines: [Line] = []) {
        self.id = id
        self.title = title
        self.x = x
        self.y = y
        self.lines = lines
    }

    package mutating func add(_ point: Point, to name: String) {
        if let index = lines.firstIndex(where: { $0.name == name }) {
            lines[index].points.append(point)
        } else {
            lines.append(Line(name: name, points: [point]))
        }
    }

    /// A head, then x, line, y.
    package var tabSeparated: [String] {
        ["\(x.label)\tline\t\(y.label)"]
            + lines.flatMap { line in
                line.points.map { "\(Numbers.exact($0.x))\t\(line.name)\t\(Numbers.exact($0.y))" }
            }
    }
}
