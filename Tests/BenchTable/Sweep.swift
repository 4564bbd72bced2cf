/// Measurements over a range, and the curves that they become.
package struct Sweep: Sendable {
    package struct Stop: Sendable {
        package var x: Double
        package var steps: [Step]
    }

    /// A curve without its points, and what of a row at a stop is one of them: its line and height.
    package struct Drawing: Sendable {
        package var curve: Curve
        package var pick: @Sendable (Row, Double) -> (line: String, y: Double)?
    }

    package var name: String
    package var stops: [Stop]
    package var drawings: [Drawing]
    /// Whether its clusters live in network namespaces, which not every machine permits.
    package var needsNamespaces = false
}
