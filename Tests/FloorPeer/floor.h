#ifndef FLOOR_H
#define FLOOR_H

#include "peer_kit.h"

// Two processes hand a value to and fro in shared memory, copying it in: once spinning, once sleeping on a futex.
void floor_round_trip(const struct peer_work *, double seconds);

// One thread copies values into a ring. `kind`: how many values of source and destination it walks over.
void floor_copies(const struct peer_work *, double seconds);

// The same between two processes over a TCP connection of the loopback.
void floor_tcp_round_trip(const struct peer_work *, double seconds);
void floor_tcp_stream(const struct peer_work *, double seconds);

#endif
