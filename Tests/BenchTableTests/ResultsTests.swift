import BenchTable
import Testing
