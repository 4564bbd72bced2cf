import CSluice
import Logging
import Relay
import SharedMemory
import SluiceModel
import Wire
import ZeroMQ

// Dialling other agents, and being dialled.
extension DataLoop {
    func tendLinks() {
        for link in allLinks {
            if !link.news.isEmpty { listen(link) }
            switch link.state {
            case .idle: if incarnation != 0, link.mayDial(at: now) { dial(link) }
            case .greeting(_, let until): if now >= until { endSession(link, "it did not welcome us in time") }
            case .live: break
            }
        }
    }

    private func dial(_ link: PeerLink) {
        do {
            let session = try PeerSession(context, link.peer, keyring: keyring)
            for (descriptor, news) in session.descriptors {
                try epoll.add(descriptor, .readable, tag: Tag.session(link.number, news))
            }
            link.greeting(session, now: now)
            let hello = PeerHello(
                versions: .current, node: node, incarnation: incarnation, session: session.number, epoch: epoch)
            _ = try session.control.send(PeerMessage.hello(hello).encoded(), dontWait: true)
            var frame = [UInt8](repeating: 0, count: FrameHeader.bytes)
            unsafe frame.withUnsafeMutableBytes {
                unsafe FrameHeader(kind: .hello, session: session.number).encode(into: $0)
            }
            _ = try session.data.send(frame, dontWait: true)
            link.news = .all
        } catch {
            logger.warning("cannot dial \(link.node): \(error)")
            link.ended(now: now)
            // With the next session's hello that node opens all of its streams again.
            _ = link.takeEarlyOpens()
        }
    }

    /// Takes what the session's own sockets say: the welcome, and the connection's fate.
    private func listen(_ link: PeerLink) {
        let news = link.news
        link.news = []
        guard let session = link.session else { return }
        do {
            // A send-only socket's descriptor fires too, and sleeps again only when libzmq was asked.
            if news.contains(.data) { _ = try session.data.events }
            while news.contains(.control), let parts = try session.control.receiveParts(most: 1, dontWait: true) {
                answered(link, parts[0])
                guard link.session === session else { return }
            }
            guard news.contains(.monitors) else { return }
            for monitor in [session.controlMonitor, session.dataMonitor] {
                while let event = try monitor.next() {
                    guard let why = Self.fate(event) else { continue }
                    endSession(link, why)
                    return
                }
            }
        } catch {
            endSession(link, "\(error)")
        }
    }

    private static func fate(_ event: MonitorEvent) -> String? {
        switch event.kind {
        case .disconnected: "the connection is gone"
        case .closed: "nobody answers at \(event.endpoint)"
        case .handshakeFailed(let why): "the handshake failed: \(why)"
        default: nil
        }
    }

    private func answered(_ link: PeerLink, _ bytes: [UInt8]) {
        do throws(WireError) {
            switch try PeerMessage(decoding: bytes) {
            case .welcome(_, let node, let incarnation):
                guard node == link.node, incarnation == link.peer.incarnation else {
                    return endSession(link, "node \(node) of incarnation \(incarnation) answers there")
                }
                link.welcomed()
                logger.info("session with \(link.node) begins")
                reportSessions()
                link.mayHaveWork = true
                for reference in references.values where reference.writerNode == link.node { open(reference) }
                for open in link.takeEarlyOpens() { wanted(open, by: link.node) }
            case .refused(let error, _):
                // Unknown there yet: it will be, once the coordinator has told of this node.
                logger.log(level: error.code == .fenced ? .debug : .warning, "\(link.node) refuses this node: \(error)")
                report(.refusedByPeer(link.node, error))
                endSession(link, error.message)
            default: drop("node \(link.node)", "an answer that nobody asked for")
            }
        } catch {
            drop("node \(link.node)", error.description)
        }
    }

    func endSession(_ link: PeerLink, _ why: String) {
        guard let session = link.session else { return }
        if link.isLive {
            logger.info("session with \(link.node) ends: \(why)")
        } else {
            logger.debug("no session with \(link.node): \(why)")
        }
        for (descriptor, _) in session.descriptors { try? epoll.remove(descriptor) }
        link.news = []
        for destination in link.destinations {
            guard let destination, let number = link.outbox.streamNumber(destination.index) else { continue }
            sending[number] = nil
            destination.isEndTold = false
        }
        link.ended(now: now)
        // What is asked of the writer's node goes over this link: with the next one it is asked again.
        for reference in references.values where reference.writerNode == link.node { closeStream(reference) }
        reportSessions()
    }

    private func reportSessions() { report(.sessions(allLinks.filter(\.isLive).map(\.node).sorted())) }

    // MARK: Being dialled

    /// The first message of a connection to us.
    func greeted(_ hello: PeerHello, _ route: [UInt8], user: String?) {
        guard hello.versions.common(with: .current) != nil else {
            let error = SluiceError(
                .incompatibleVersion,
                "node \(hello.node) speaks protocol \(hello.versions), node \(node) speaks \(VersionRange.current); "
                    + "upgrade the older one", node: node.rawValue)
            return answer(.refused(error, .current), route)
        }
        guard keyring == nil || user == hello.node.rawValue else {
            let error = SluiceError(
                .accessDenied, "the key of \(user ?? "nobody") does not speak for node \(hello.node)",
                node: node.rawValue)
            drop("node \(hello.node)", error.message)
            return answer(.refused(error, .current), route)
        }
        guard let link = links[hello.node], hello.incarnation >= link.peer.incarnation else {
            // It may know of this node before the coordinator has told this one of it: it dials again.
            let error = SluiceError(
                .fenced, "node \(node) knows no node \(hello.node) of incarnation \(hello.incarnation)",
                node: node.rawValue)
            return answer(.refused(error, .current), route)
        }
        if let former = callerSessions[hello.node] { callers[former] = nil }
        callers[hello.session] = hello.node
        // What it asked for on its last connection it asks for again.
        for channel in earlyOpens.keys { earlyOpens[channel]?[hello.node] = nil }
        earlyOpens = earlyOpens.filter { !$0.value.isEmpty }
        _ = link.takeEarlyOpens()
        callerSessions[hello.node] = hello.session
        answer(.welcome(version: 1, node: node, incarnation: incarnation), route)
        // Its next values come over this connection: whatever was under way on the last one begins again.
        if link.isLive {
            for reference in references.values where reference.writerNode == hello.node { open(reference) }
        } else {
            link.dialSoon()
        }
    }

    func answer(_ message: PeerMessage, _ route: [UInt8]) {
        // A send may take note of what has arrived, and then the descriptor does not tell of it.
        mayReceiveControl = true
        do throws(ZeroMQError) {
            guard try controlRouter.send(route, more: true, dontWait: true) == .sent else { return }
            _ = try controlRouter.send(message.encoded(), dontWait: true)
        } catch {
            // It has gone again.
            logger.debug("no way back to a caller: \(error)")
        }
    }

    /// Tells a peer something on the connection that we dialled; false if there is none.
    @discardableResult
    func send(_ message: PeerMessage, to link: PeerLink) -> Bool {
        guard case .live(let session) = link.state else { return false }
        do throws(ZeroMQError) {
            link.news.insert(.control)
            return try session.control.send(message.encoded(), dontWait: true) == .sent
        } catch {
            endSession(link, "\(error)")
            return false
        }
    }

    func drop(_ peer: String, _ why: String) {
        figures.framesDropped.add(1)
        drops.note(peer, why)
    }
}
