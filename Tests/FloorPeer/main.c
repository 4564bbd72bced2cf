// What the machine can do at all, to read everything else against: shared memory, the futex, memcpy and TCP, each by as
// little code as it takes.
#include "floor.h"

static const struct peer_work works[] = {
    {"W1", "rtt 8B", floor_round_trip, .size = 8},
    {"W1", "rtt 1KiB", floor_round_trip, .size = PEER_KIB},
    {"W1", "rtt 1MiB", floor_round_trip, .size = PEER_MIB},
    {"W2", "memcpy 1MiB", floor_copies, .size = PEER_MIB, .kind = 16},
    {"W2", "memcpy 1MiB, same buffers", floor_copies, .size = PEER_MIB, .kind = 4},
    {"W4", "rtt 8B", floor_tcp_round_trip, .size = 8},
    {"W4", "rtt 1KiB", floor_tcp_round_trip, .size = PEER_KIB},
    {"W4", "rtt 1MiB", floor_tcp_round_trip, .size = PEER_MIB},
    {"W4", "one-way 1MiB", floor_tcp_stream, .size = PEER_MIB, .readers = 1},
    {"W4", "one-way 16MiB", floor_tcp_stream, .size = 16 * PEER_MIB, .readers = 1},
};

int main(int argc, char **argv) { return peer_main(argc, argv, works, sizeof works / sizeof *works); }
