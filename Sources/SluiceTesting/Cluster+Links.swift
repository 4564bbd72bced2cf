public import SluiceModel

extension Cluster {
    /// Cuts the link between two nodes, or a node and the coordinator: what either sends to the other vanishes.
    ///
    /// - Throws: ``SluiceError/Code/unsupported`` outside ``ClusterMode/namespaces``.
    public func cut(_ a: Service, _ b: Service) async throws(SluiceError) {
        try await cutOneWay(from: a, to: b)
        try await cutOneWay(from: b, to: a)
    }

    /// Lets only what `from` sends to `to` vanish. Cutting what is cut does nothing.
    public func cutOneWay(from: Service, to: Service) async throws(SluiceError) {
        let (network, a, b) = try ends("cut the link from \(from.name) to \(to.name)", from, to)
        try await network.cut(from: a, to: b)
    }

    /// Heals both directions of a link. Healing what is whole does nothing.
    public func heal(_ a: Service, _ b: Service) async throws(SluiceError) {
        let (network, first, second) = try ends("heal the link of \(a.name) and \(b.name)", a, b)
        try await network.heal(from: first, to: second)
        try await network.heal(from: second, to: first)
    }

    /// Takes a node's network interface down, as pulling its cable does; its own sends fail at once.
    public func takeLinkDown(of service: Service) async throws(SluiceError) {
        let (network, host, _) = try ends("take down the link of \(service.name)", service, service)
        try await network.setLink(of: host, up: false)
    }

    /// Brings it up again.
    public func bringLinkUp(of service: Service) async throws(SluiceError) {
        let (network, host, _) = try ends("bring up the link of \(service.name)", service, service)
        try await network.setLink(of: host, up: true)
    }

    private func ends(_ wish: String, _ a: Service, _ b: Service) throws(SluiceError)
        -> (Network, Network.Host, Network.Host)
    {
        guard let network, let first = a.host, let second = b.host else {
            throw SluiceError(
                .unsupported, "cannot \(wish) in mode \(options.mode): start the cluster in mode namespaces")
        }
        return (network, first, second)
    }
}
