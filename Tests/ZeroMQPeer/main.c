// libzmq by itself, as a program would use it that has no Sluice: within a node over ipc, between nodes over TCP, and
// encrypted with CURVE.
#include "zeromq.h"

#include <stdio.h>
#include <string.h>

#define ROUND_TRIP(where, how, what, bytes) {where, what, zeromq_round_trip, .size = bytes, .kind = how}
#define STREAM(where, how, what, bytes, count)                                                     \
    {where, what, zeromq_stream, .size = bytes, .readers = count, .kind = how}
#define STREAMS(where, how, what, bytes, count)                                                    \
    STREAM(where, how, what, bytes, count), STREAM(where, (how) | PUBLISHES, what, bytes, count)

static const struct peer_work works[] = {
    ROUND_TRIP("W1", 0, "rtt 8B", 8),
    ROUND_TRIP("W1", 0, "rtt 1KiB", PEER_KIB),
    ROUND_TRIP("W1", 0, "rtt 1MiB", PEER_MIB),
    STREAMS("W2", 0, "fan-out 1MiB x1", PEER_MIB, 1),
    STREAMS("W2", 0, "fan-out 1MiB x2", PEER_MIB, 2),
    STREAMS("W2", 0, "fan-out 1MiB x4", PEER_MIB, 4),
    STREAMS("W3", 0, "one-way 64B", 64, 1),
    ROUND_TRIP("W4", OVER_TCP, "rtt 8B", 8),
    ROUND_TRIP("W4", OVER_TCP, "rtt 1KiB", PEER_KIB),
    ROUND_TRIP("W4", OVER_TCP, "rtt 1MiB", PEER_MIB),
    STREAM("W4", OVER_TCP, "one-way 64B", 64, 1),
    STREAM("W4", OVER_TCP, "one-way 1MiB", PEER_MIB, 1),
    STREAM("W4", OVER_TCP, "one-way 16MiB", 16 * PEER_MIB, 1),
    STREAMS("W4", OVER_TCP, "fan-out 1MiB x4", PEER_MIB, 4),
};

static const struct peer_work encrypted[] = {
    ROUND_TRIP("W4", CURVE, "rtt 8B", 8),
    ROUND_TRIP("W4", CURVE, "rtt 1KiB", PEER_KIB),
    ROUND_TRIP("W4", CURVE, "rtt 1MiB", PEER_MIB),
    STREAM("W4", CURVE, "one-way 64B", 64, 1),
    STREAM("W4", CURVE, "one-way 1MiB", PEER_MIB, 1),
    STREAM("W4", CURVE, "one-way 16MiB", 16 * PEER_MIB, 1),
    STREAM("W4", CURVE, "fan-out 1MiB x4", PEER_MIB, 4),
};


// `--curve` before the rest: the encrypted works. `--version`: of libzmq.
int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        int major, minor, patch;
        zmq_version(&major, &minor, &patch);
        printf("%d.%d.%d\n", major, minor, patch);
        return 0;
    }
    if (argc > 1 && strcmp(argv[1], "--curve") == 0) {
        make_keys();
        return peer_main(argc - 1, argv + 1, encrypted, sizeof encrypted / sizeof *encrypted);
    }
    return peer_main(argc, argv, works, sizeof works / sizeof *works);
}
