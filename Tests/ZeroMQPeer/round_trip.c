#include "zeromq.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct echo {
    const struct peer_work *work;
    int endpoint;
};

// A message of its own, copied into: what a program that has made a value would send.
static void send_copy(void *socket, const void *value, size_t size) {
    zmq_msg_t message;
    peer_check(zmq_msg_init_size(&message, size) == 0, "zmq_msg_init_size");
    memcpy(zmq_msg_data(&message), value, size);
    peer_check(zmq_msg_send(&message, socket, 0) >= 0, "zmq_msg_send");
}

static void echo(void *context) {
    struct echo *role = context;
    char endpoint[ENDPOINT_ROOM];
    peer_hear(role->endpoint, endpoint, sizeof endpoint);
    void *zmq = zmq_ctx_new(), *socket = open_socket(zmq, ZMQ_PAIR, role->work, false);
    peer_check(zmq_connect(socket, endpoint) == 0, endpoint);
    for (bool last = false; !last;) {
        zmq_msg_t message;
        zmq_msg_init(&message);
        peer_check(zmq_msg_recv(&message, socket, 0) >= 0, "zmq_msg_recv");
        const uint8_t *value = zmq_msg_data(&message);
        last = value[0] == PEER_LAST;
        send_copy(socket, value, zmq_msg_size(&message));
        zmq_msg_close(&message);
    }
    zmq_close(socket);
    zmq_ctx_term(zmq);
}

static const char *name(const struct peer_work *work) {
    return work->kind & CURVE ? "zmq-c PAIR tcp curve" : work->kind & OVER_TCP ? "zmq-c PAIR tcp" : "zmq-c PAIR ipc";
}

// One value there and back; false if what came back is not what went.
static bool there_and_back(void *socket, uint8_t *value, size_t size, uint8_t mark) {
    value[0] = value[size - 1] = mark;
    send_copy(socket, value, size);
    zmq_msg_t message;
    zmq_msg_init(&message);
    peer_check(zmq_msg_recv(&message, socket, 0) >= 0, "zmq_msg_recv");
    const uint8_t *reply = zmq_msg_data(&message);
    bool fits = zmq_msg_size(&message) == size && reply[0] == mark && reply[size - 1] == mark;
    zmq_msg_close(&message);
    return fits;
}

void zeromq_round_trip(const struct peer_work *work, double seconds) {
    int endpoints[2];
    peer_check(pipe(endpoints) == 0, "pipe");
    // Before libzmq has threads in this process: a fork takes only one of them along.
    struct echo role = {work, endpoints[0]};
    pid_t child = peer_start(echo, &role);
    char endpoint[ENDPOINT_ROOM] = "";
    void *zmq = zmq_ctx_new(), *socket = open_socket(zmq, ZMQ_PAIR, work, true);
    bind_socket(socket, work, endpoint);
    peer_tell(endpoints[1], endpoint, sizeof endpoint);
    uint8_t *value = calloc(1, work->size);
    peer_check(value != NULL, "calloc");
    struct peer_times times = peer_times_make();
    uint64_t wrong = 0, number = 0, now = peer_clock(), until = now + (uint64_t)(seconds * 1e9);
    for (bool room = true; now < until && room; number++) {
        uint64_t start = peer_clock();
        wrong += !there_and_back(socket, value, work->size, peer_mark(number));
        now = peer_clock();
        room = peer_times_add(&times, now - start);
    }
    there_and_back(socket, value, work->size, PEER_LAST);
    peer_join(child);
    peer_times_print(&times, name(work), work);
    if (wrong) peer_row(name(work), work, "corrupt", (double)wrong);
    close_all(zmq, &socket, 1);
    close(endpoints[0]), close(endpoints[1]);
    free(value);
}
