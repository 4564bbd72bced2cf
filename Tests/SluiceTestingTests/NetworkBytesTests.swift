import SluiceTesting
import Testing

struct NetworkBytesTests {
    @Test func fromInterfaceTable() {
        let text = """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo:       9       1    0    0    0     0          0         0       9       1    0    0    0     0       0          0
              eth0: 1048700      20    0    0    0     0          0         0     520       9    0    0    0     0       0          0
            """
        #expect(NetworkBytes(interface: "eth0", of: text) == NetworkBytes(received: 1_048_700, sent: 520))
        #expect(NetworkBytes(interface: "eth1", of: text) == nil)
    }

    @Test func fromSocketsOfOneProcess() {
        let text = """
            ESTAB 0 0 127.0.0.1:7411 127.0.0.1:40000 users:(("sluice",pid=12,fd=9))
            \t cubic bytes_sent:10 bytes_acked:11 bytes_received:1000 segs_out:3
            ESTAB 0 0 127.0.0.1:40000 127.0.0.1:7411 users:(("sluice",pid=123,fd=4))
            \t cubic bytes_sent:7777 bytes_received:5 segs_out:3
            ESTAB 0 0 127.0.0.1:7412 127.0.0.1:40002 users:(("sluice",pid=12,fd=11))
            \t cubic bytes_sent:1 bytes_received:24
            """
        #expect(NetworkBytes(process: 12, of: text) == NetworkBytes(received: 1024, sent: 11))
        #expect(NetworkBytes(process: 99, of: text) == NetworkBytes(received: 0, sent: 0))
    }
}
