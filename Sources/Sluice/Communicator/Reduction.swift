/// How the elements of all ranks become one.
///
/// Integers wrap on overflow. Floating point follows IEEE 754; a sum or product with a NaN is a NaN, whose payload is
/// not specified but the same on every rank. Minimum and maximum are those of IEEE 754-2019: a NaN anywhere gives a NaN,
/// and -0 is less than +0. `float16` and `bfloat16` are calculated in `Float`, and each single result is rounded to the
/// type (to nearest, ties to even) before it goes on: what travels between ranks is never wider than the type.
public enum Reduction: UInt8, Hashable, Sendable, CaseIterable {
    case sum = 1
    case product, minimum, maximum
}
