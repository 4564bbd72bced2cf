internal import CZeroMQ
internal import Glibc
package import SluiceModel

/// What libzmq refused: which call, on which endpoint, and why.
package struct ZeroMQError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The C function, such as "zmq_bind"; for an option, with its name.
    package var call: String
    /// Of the socket concerned, if it has one.
    package var endpoint: String?
    package var errno: Int32

    package init(_ call: String, endpoint: String? = nil, errno: Int32) {
        self.call = call
        self.endpoint = endpoint
        self.errno = errno
    }

    /// What a caller may want to decide by.
    package enum Reason: Hashable, Sendable {
        /// A ROUTER that must deliver knows no such peer, or it has gone.
        case hostUnreachable
        case addressInUse
        /// The address does not exist on this host.
        case addressNotAvailable
        /// The context was shut down.
        case terminated
        case tooLarge
        /// An endpoint, or an option's value, that libzmq does not understand.
        case invalid
        case tooManyDescriptors
        case other
    }

    package var reason: Reason {
        switch errno {
        case EHOSTUNREACH: .hostUnreachable
        case EADDRINUSE: .addressInUse
        case EADDRNOTAVAIL, ENODEV: .addressNotAvailable
        case contextTerminated: .terminated
        case EMSGSIZE: .tooLarge
        case EINVAL, EPROTONOSUPPORT: .invalid
        case EMFILE, ENFILE: .tooManyDescriptors
        default: .other
        }
    }

    package var description: String {
        let place = endpoint.map { " on \($0)" } ?? ""
        return "\(call)\(place) failed: \(unsafe String(cString: zmq_strerror(errno))) (errno \(errno))"
    }

    /// For the public surface; `node` names whom it is about.
    package func sluiceError(node: String? = nil) -> SluiceError {
        let code: SluiceError.Code =
            switch reason {
            case .addressInUse, .addressNotAvailable, .invalid: .badAddress
            case .tooManyDescriptors: .outOfDescriptors
            default: .system
            }
        return SluiceError(code, description, node: node)
    }
}

/// libzmq's ETERM, a macro over an expression.
let contextTerminated: Int32 = ZMQ_HAUSNUMERO + 53

/// Every call into libzmq that can fail comes through here or ``unlessBusy(_:_:_:)``: EINTR is retried, -1 is thrown.
@discardableResult @inline(__always)
func check(_ call: @autoclosure () -> String, _ endpoint: @autoclosure () -> String? = nil, _ body: () -> Int32)
    throws(ZeroMQError) -> Int32
{
    while true {
        let result = body()
        if result >= 0 { return result }
        let errno = zmq_errno()
        guard errno == EINTR else { throw ZeroMQError(call(), endpoint: endpoint(), errno: errno) }
    }
}

/// The same for what may have to wait: nil for EAGAIN, which is no error.
@inline(__always)
func unlessBusy(_ call: @autoclosure () -> String, _ endpoint: @autoclosure () -> String?, _ body: () -> Int32)
    throws(ZeroMQError) -> Int32?
{
    while true {
        let result = body()
        if result >= 0 { return result }
        let errno = zmq_errno()
        if errno == EAGAIN { return nil }
        guard errno == EINTR else { throw ZeroMQError(call(), endpoint: endpoint(), errno: errno) }
    }
}
