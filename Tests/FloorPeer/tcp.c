#include "floor.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct line {
    int here, there;
    // Where the reader of a stream tells what it found.
    int answer;
    size_t size;
};

static void connect_both(struct line *line) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    peer_check(bind(listener, (void *)&address, length) == 0 && listen(listener, 1) == 0, "listen");
    peer_check(getsockname(listener, (void *)&address, &length) == 0, "getsockname");
    line->here = socket(AF_INET, SOCK_STREAM, 0);
    peer_check(connect(line->here, (void *)&address, length) == 0, "connect");
    line->there = accept(listener, NULL, NULL);
    peer_check(line->there >= 0, "accept");
    int yes = 1;
    setsockopt(line->here, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(line->there, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    close(listener);
}

static void send_all(int fd, const uint8_t *bytes, size_t count) {
    while (count > 0) {
        ssize_t done = write(fd, bytes, count);
        peer_check(done > 0, "write to TCP");
        bytes += done;
        count -= (size_t)done;
    }
}

static void receive_all(int fd, uint8_t *bytes, size_t count) {
    while (count > 0) {
        ssize_t done = read(fd, bytes, count);
        peer_check(done > 0, "read from TCP");
        bytes += done;
        count -= (size_t)done;
    }
}

static void echo(void *context) {
    struct line *line = context;
    uint8_t *value = malloc(line->size);
    peer_check(value != NULL, "malloc");
    do {
        receive_all(line->there, value, line->size);
        send_all(line->there, value, line->size);
    } while (value[0] != PEER_LAST);
}

void floor_tcp_round_trip(const struct peer_work *work, double seconds) {
    struct line line = {.size = work->size};
    connect_both(&line);
    pid_t child = peer_start(echo, &line);
    uint8_t *value = calloc(1, work->size);
    peer_check(value != NULL, "calloc");
    struct peer_times times = peer_times_make();
    uint64_t wrong = 0, number = 0, now = peer_clock(), until = now + (uint64_t)(seconds * 1e9);
    for (bool room_left = true; now < until && room_left; number++) {
        uint8_t mark = peer_mark(number);
        value[0] = value[work->size - 1] = mark;
        uint64_t start = peer_clock();
        send_all(line.here, value, work->size);
        receive_all(line.here, value, work->size);
        now = peer_clock();
        wrong += value[0] != mark || value[work->size - 1] != mark;
        room_left = peer_times_add(&times, now - start);
    }
    value[0] = PEER_LAST;
    send_all(line.here, value, work->size);
    peer_join(child);
    peer_times_print(&times, "floor tcp", work);
    if (wrong) peer_row("floor tcp", work, "corrupt", (double)wrong);
    close(line.here), close(line.there);
    free(value);
}

static void sink(void *context) {
    struct line *line = context;
    uint8_t *value = malloc(line->size);
    peer_check(value != NULL, "malloc");
    struct peer_tally tally = {0};
    do receive_all(line->there, value, line->size);
    while (peer_count(&tally, value, line->size));
    peer_tell(line->answer, &tally, sizeof tally);
}

void floor_tcp_stream(const struct peer_work *work, double seconds) {
    int answers[2];
    peer_check(pipe(answers) == 0, "pipe");
    struct line line = {.answer = answers[1], .size = work->size};
    connect_both(&line);
    pid_t child = peer_start(sink, &line);
    uint8_t *value = calloc(1, work->size);
    peer_check(value != NULL, "calloc");
    uint64_t start = peer_clock(), until = start + (uint64_t)(seconds * 1e9), sequence = 0;
    for (; peer_clock() < until; sequence++) {
        peer_stamp(value, work->size, sequence);
        send_all(line.here, value, work->size);
    }
    peer_stamp(value, work->size, PEER_END);
    send_all(line.here, value, work->size);
    struct peer_tally tally;
    peer_hear(answers[0], &tally, sizeof tally);
    peer_join(child);
    peer_tally_print("floor tcp", work, sequence, start, &tally);
    close(line.here), close(line.there), close(answers[0]), close(answers[1]);
    free(value);
}
