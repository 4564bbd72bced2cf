internal import CSluice

/// The rare side's half of an asymmetric fence: the kernel makes every thread of this process pass a full one, so that the
/// frequent side needs to keep only the compiler in order.
package enum HeavyFence {
    /// Whether the kernel does that here; asked once for each process. Whoever starts first asks first: a child that is
    /// forked in the middle of it would wait for it for ever.
    package static let isAvailable = sluice_prepare_heavy_fence()
}
