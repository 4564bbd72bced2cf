internal import CSluice
internal import Glibc

/// What a small file of the kernel's says, its first `most` bytes.
package func readFile(_ path: String, most: Int) throws(SystemCallError) -> String {
    let file = Descriptor(owning: try check("open(\(path))") { unsafe sluice_open(path, O_RDONLY | O_CLOEXEC, 0) })
    var bytes = [UInt8](repeating: 0, count: most)
    let count = try check("read(\(path))") { unsafe read(file.raw, &bytes, most) }
    return String(decoding: bytes[..<count], as: UTF8.self)
}
