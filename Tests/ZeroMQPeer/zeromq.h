#ifndef ZEROMQ_H
#define ZEROMQ_H

#include <zmq.h>

#include "peer_kit.h"

// Bits of `peer_work.kind`.
enum {
    // One XPUB that drops nothing, in place of one PUSH per reader.
    PUBLISHES = 1,
    // TCP over the loopback, in place of a Unix socket.
    OVER_TCP = 2,
    // TCP, encrypted.
    CURVE = 4,
};

#define ENDPOINT_ROOM 256

// Keys that every process started from now on knows.
void make_keys(void);

// A socket with these marks (0: no bound), which gives up after a while; as a server it is the one that binds.
void *open_socket(void *context, int type, const struct peer_work *, bool is_server);
void bind_socket(void *socket, const struct peer_work *, char endpoint[ENDPOINT_ROOM]);
void close_all(void *context, void **sockets, int count);

void zeromq_round_trip(const struct peer_work *, double seconds);
void zeromq_stream(const struct peer_work *, double seconds);

#endif
