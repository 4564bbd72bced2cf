#include "zeromq.h"

#include <stdio.h>
#include <unistd.h>

// Large values must not pile up in memory; small ones must not wait for each other.
#define HIGH_WATER_LARGE 8
#define HIGH_WATER_SMALL 1000
#define LONGEST_WAIT_MS 20000
#define LINGER_MS 3000

static char server_public[41], server_secret[41];

static void set(void *socket, int option, int value) {
    peer_check(zmq_setsockopt(socket, option, &value, sizeof value) == 0, "zmq_setsockopt");
}

void make_keys(void) { peer_check(zmq_curve_keypair(server_public, server_secret) == 0, "zmq_curve_keypair"); }

static void encrypt(void *socket, bool is_server) {
    if (is_server) {
        set(socket, ZMQ_CURVE_SERVER, 1);
        peer_check(zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, server_secret, 40) == 0, "curve server");
        return;
    }
    char own_public[41], own_secret[41];
    peer_check(zmq_curve_keypair(own_public, own_secret) == 0, "zmq_curve_keypair");
    bool well = zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, server_public, 40) == 0;
    well = well && zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, own_public, 40) == 0;
    well = well && zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, own_secret, 40) == 0;
    peer_check(well, "curve client");
}

void *open_socket(void *context, int type, const struct peer_work *work, bool is_server) {
    void *socket = zmq_socket(context, type);
    peer_check(socket != NULL, "zmq_socket");
    int mark = work->readers > 0 && work->size >= PEER_MIB ? HIGH_WATER_LARGE : HIGH_WATER_SMALL;
    set(socket, ZMQ_SNDHWM, mark);
    set(socket, ZMQ_RCVHWM, mark);
    set(socket, ZMQ_SNDTIMEO, LONGEST_WAIT_MS);
    set(socket, ZMQ_RCVTIMEO, LONGEST_WAIT_MS);
    set(socket, ZMQ_LINGER, LINGER_MS);
    if (type == ZMQ_XPUB) {
        set(socket, ZMQ_XPUB_NODROP, 1);
        // Every subscription is heard of, not only the first one of its kind.
        set(socket, ZMQ_XPUB_VERBOSE, 1);
    }
    if (type == ZMQ_SUB) peer_check(zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0) == 0, "subscribe");
    if (work->kind & CURVE) encrypt(socket, is_server);
    return socket;
}

void bind_socket(void *socket, const struct peer_work *work, char endpoint[ENDPOINT_ROOM]) {
    if (work->kind & (OVER_TCP | CURVE)) {
        peer_check(zmq_bind(socket, "tcp://127.0.0.1:*") == 0, "zmq_bind");
        size_t length = ENDPOINT_ROOM;
        peer_check(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &length) == 0, "ZMQ_LAST_ENDPOINT");
        return;
    }
    static int serial;
    // Abstract: nothing of it is left behind, however this ends.
    snprintf(endpoint, ENDPOINT_ROOM, "ipc://@zeromq-peer-%d-%d", (int)getpid(), serial++);
    peer_check(zmq_bind(socket, endpoint) == 0, endpoint);
}

void close_all(void *context, void **sockets, int count) {
    for (int i = 0; i < count; i++) zmq_close(sockets[i]);
    zmq_ctx_term(context);
}
