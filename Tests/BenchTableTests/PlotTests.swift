import BenchTable
import Foundation
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

struct PlotTests {
    static var curve: Curve {
        var curve = Curve(
            id: "latency", title: "Round trip <local> & far", x: .init("bytes of a value", isBytes: true),
            y: .init("µs"))
        for (x, y) in [(0.0, 3.0), (8.0, 3.5), (1024.0, 4.0), (1_048_576.0, 300.0)] {
            curve.add(.init(x, y), to: "p50")
        }
        curve.add(.init(8, 12), to: "p99")
        return curve
    }

    @Test func figuresAreWrittenAsTheyAre() {
        #expect(
            Self.curve.tabSeparated == [
                "bytes of a value\tline\tµs", "0\tp50\t3", "8\tp50\t3.5", "1024\tp50\t4", "1.04858e+06\tp50\t300",
                "8\tp99\t12",
            ])
    }

    @Test func aPlotIsWellFormed() throws {
        let svg = Plot(Self.curve).svg
        let parser = XMLParser(data: Data(svg.utf8))
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
        #expect(svg.components(separatedBy: "<polyline").count == 3)
        #expect(svg.components(separatedBy: "<circle").count == 6)
        for text in [">0B<", ">8B<", ">p99<", "&lt;local> &amp; far", "prefers-color-scheme: dark"] {
            #expect(svg.contains(text), "\(text)")
        }
    }

    /// The x of each point of a plot's first line.
    private func places(_ curve: Curve) throws -> [(Double, Double)] {
        let svg = Plot(curve).svg
        let start = try #require(svg.range(of: "<polyline points=\""))
        let end = try #require(svg[start.upperBound...].range(of: "\""))
        return svg[start.upperBound..<end.lowerBound].split(separator: " ").map { pair in
            let parts = pair.split(separator: ",").compactMap { Double($0) }
            return (parts[0], parts[1])
        }
    }

    @Test func equalFactorsAreEqualDistances() throws {
        var curve = Curve(id: "a", title: "a", x: .init("n"), y: .init("µs"))
        for n in [1.0, 10, 100] { curve.add(.init(n, n), to: "a") }
        let places = try places(curve)
        #expect(abs((places[1].0 - places[0].0) - (places[2].0 - places[1].0)) < 0.2)
        #expect(abs((places[0].1 - places[1].1) - (places[1].1 - places[2].1)) < 0.2)
        #expect(places[2].1 < places[0].1)
    }

    @Test func zeroHasAPlaceOfItsOwn() throws {
        let places = try places(Self.curve)
        #expect(places[0].0 < places[1].0)
        #expect(places.allSatisfy { $0.0.isFinite && $0.1.isFinite })
    }

    @Test func oneNumberAloneIsDrawnToo() throws {
        var curve = Curve(id: "a", title: "a", x: .init("n"), y: .init("µs"))
        curve.add(.init(7, 0), to: "a")
        #expect(try places(curve).allSatisfy { $0.0.isFinite && $0.1.isFinite })
    }

    @Test func whatIsDrawnIsMeasured() {
        let sweeps = Sweeps.all(seconds: 1, largest: 1 << 30, isQuick: false)
        let ids = sweeps.flatMap { $0.drawings.map(\.curve.id) }
        #expect(Set(ids).count == ids.count)
        #expect(sweeps.first?.stops.map(\.x).max() == Double(1 << 30))
        #expect(sweeps.first?.stops.map(\.x).min() == 0)
        #expect(sweeps.contains { $0.needsNamespaces })
        #expect(sweeps.allSatisfy { !$0.stops.isEmpty && $0.stops.allSatisfy { !$0.steps.isEmpty } })
    }

    @Test func aRowFindsItsLine() throws {
        let sweep = try #require(
            Sweeps.all(seconds: 1, largest: 64, isQuick: true).first { $0.name == "streams" })
        let row = Row(Row.Key("sluice tcp", "W4", "one-way 64B"), "msg/s", 1e9)
        let points = sweep.drawings.map { $0.pick(row, 64) }
        #expect(points[0]?.line == "between nodes" && points[0]?.y == 64)
        #expect(points[1]?.y == 1e9)
        #expect(sweep.drawings[0].pick(Row(row.key, "lost", 0), 64) == nil)
    }
}
