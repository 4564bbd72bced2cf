#include "zeromq.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sink {
    const struct peer_work *work;
    // Where it hears the endpoint, and tells that it receives, and what it found.
    int endpoint, ready, answer;
};

static void sink(void *context) {
    struct sink *role = context;
    const struct peer_work *work = role->work;
    char endpoint[ENDPOINT_ROOM];
    peer_hear(role->endpoint, endpoint, sizeof endpoint);
    void *zmq = zmq_ctx_new();
    void *socket = open_socket(zmq, work->kind & PUBLISHES ? ZMQ_SUB : ZMQ_PULL, work, false);
    peer_check(zmq_connect(socket, endpoint) == 0, endpoint);
    struct peer_tally tally = {0};
    bool is_first = true, more = true;
    while (more) {
        zmq_msg_t message;
        zmq_msg_init(&message);
        peer_check(zmq_msg_recv(&message, socket, 0) >= 0, "zmq_msg_recv");
        // The first message says only that the connection stands.
        if (is_first) peer_tell(role->ready, "r", 1);
        else more = peer_count(&tally, zmq_msg_data(&message), zmq_msg_size(&message));
        is_first = false;
        zmq_msg_close(&message);
    }
    peer_tell(role->answer, &tally, sizeof tally);
    zmq_close(socket);
    zmq_ctx_term(zmq);
}

// Copied from the writer's buffer once; further sockets share it by reference.
static void send_to_all(void **sockets, int count, const uint8_t *value, size_t size) {
    zmq_msg_t message, share;
    peer_check(zmq_msg_init_size(&message, size) == 0, "zmq_msg_init_size");
    memcpy(zmq_msg_data(&message), value, size);
    for (int i = 0; i < count; i++) {
        zmq_msg_init(&share);
        if (i + 1 < count) zmq_msg_copy(&share, &message);
        else zmq_msg_move(&share, &message);
        peer_check(zmq_msg_send(&share, sockets[i], 0) >= 0, "zmq_msg_send");
    }
    zmq_msg_close(&message);
}

static void await_subscribers(void *socket, int count) {
    for (int i = 0; i < count; i++) {
        zmq_msg_t message;
        zmq_msg_init(&message);
        peer_check(zmq_msg_recv(&message, socket, 0) >= 0, "a subscription");
        zmq_msg_close(&message);
    }
}

static const char *name(const struct peer_work *work) {
    if (work->kind & CURVE) return "zmq-c PUSH tcp curve";
    if (work->kind & OVER_TCP) return work->kind & PUBLISHES ? "zmq-c XPUB-NODROP tcp" : "zmq-c PUSH tcp";
    return work->kind & PUBLISHES ? "zmq-c XPUB-NODROP ipc" : "zmq-c PUSH ipc";
}

// The values, from the first one's start to what the readers found.
static void measure(const struct peer_work *work, double seconds, void **sockets, int count, int answers) {
    uint8_t *value = calloc(1, work->size);
    peer_check(value != NULL, "calloc");
    uint64_t start = peer_clock(), until = start + (uint64_t)(seconds * 1e9), sequence = 0;
    for (; peer_clock() < until; sequence++) {
        peer_stamp(value, work->size, sequence);
        send_to_all(sockets, count, value, work->size);
    }
    peer_stamp(value, work->size, PEER_END);
    send_to_all(sockets, count, value, work->size);
    struct peer_tally tallies[PEER_MOST_READERS];
    for (int i = 0; i < work->readers; i++) peer_hear(answers, &tallies[i], sizeof tallies[i]);
    peer_tally_print(name(work), work, sequence, start, tallies);
    free(value);
}

void zeromq_stream(const struct peer_work *work, double seconds) {
    int readers = work->readers, sockets_count = work->kind & PUBLISHES ? 1 : readers;
    int endpoints[PEER_MOST_READERS][2], ready[2], answers[2];
    peer_check(readers <= PEER_MOST_READERS && pipe(ready) == 0 && pipe(answers) == 0, "pipe");
    // Before libzmq has threads in this process: a fork takes only one of them along.
    pid_t children[PEER_MOST_READERS];
    for (int i = 0; i < readers; i++) {
        peer_check(pipe(endpoints[i]) == 0, "pipe");
        struct sink role = {work, endpoints[i][0], ready[1], answers[1]};
        children[i] = peer_start(sink, &role);
    }
    void *zmq = zmq_ctx_new(), *sockets[PEER_MOST_READERS];
    char endpoint[PEER_MOST_READERS][ENDPOINT_ROOM];
    for (int i = 0; i < sockets_count; i++)
        sockets[i] = open_socket(zmq, work->kind & PUBLISHES ? ZMQ_XPUB : ZMQ_PUSH, work, true);
    for (int i = 0; i < sockets_count; i++) bind_socket(sockets[i], work, endpoint[i]);
    for (int i = 0; i < readers; i++)
        peer_tell(endpoints[i][1], endpoint[i % sockets_count], sizeof endpoint[0]);
    if (work->kind & PUBLISHES) await_subscribers(sockets[0], readers);
    send_to_all(sockets, sockets_count, (const uint8_t *)"h", 1);
    char byte;
    for (int i = 0; i < readers; i++) peer_hear(ready[0], &byte, 1);

    measure(work, seconds, sockets, sockets_count, answers[0]);

    for (int i = 0; i < readers; i++) {
        peer_join(children[i]);
        close(endpoints[i][0]), close(endpoints[i][1]);
    }
    close_all(zmq, sockets, sockets_count);
    for (int i = 0; i < 2; i++) close(ready[i]), close(answers[i]);
}
