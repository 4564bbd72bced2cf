#define _GNU_SOURCE
#include "peer_kit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// A measurement that is not over by then never will be.
#define LONGEST_EXTRA_SECONDS 60

uint64_t peer_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void peer_check(bool well, const char *what) {
    if (well) return;
    perror(what);
    _exit(1);
}

void peer_row(const char *peer, const struct peer_work *work, const char *metric, double value) {
    printf("%s\t%s\t%s\t%s\t%.6g\n", peer, work->work, work->name, metric, value);
    fflush(stdout);
}

int peer_main(int argc, char **argv, const struct peer_work *works, size_t count) {
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; i < count; i++) printf("%s\t%s\n", works[i].work, works[i].name);
        return 0;
    }
    double seconds = argc > 1 ? atof(argv[1]) : 0;
    if (seconds <= 0 || argc > 4) {
        fprintf(stderr, "usage: %s SECONDS [WORK [CASE]] | --list\n", argv[0]);
        return 64;
    }
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (argc > 2 && strcmp(argv[2], works[i].work) != 0) continue;
        if (argc > 3 && strcmp(argv[3], works[i].name) != 0) continue;
        alarm((unsigned)seconds * 4 + LONGEST_EXTRA_SECONDS);
        works[i].run(&works[i], seconds);
        any = true;
    }
    if (!any) fprintf(stderr, "%s: no such work; --list names them\n", argv[0]);
    return any ? 0 : 64;
}

// MARK: Processes

pid_t peer_start(void (*role)(void *), void *context) {
    pid_t parent = getpid(), child = fork();
    peer_check(child >= 0, "fork");
    if (child > 0) return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // The parent may have gone before that was heard.
    if (getppid() != parent) _exit(1);
    role(context);
    _exit(0);
}

void peer_join(pid_t child) {
    int status = 0;
    peer_check(waitpid(child, &status, 0) == child, "waitpid");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
    fprintf(stderr, "a process of the measurement failed: status %d\n", status);
    _exit(1);
}

void peer_tell(int fd, const void *bytes, size_t count) {
    peer_check(write(fd, bytes, count) == (ssize_t)count, "write to a pipe");
}

void peer_hear(int fd, void *bytes, size_t count) {
    peer_check(read(fd, bytes, count) == (ssize_t)count, "read from a pipe");
}

// MARK: Round trips

#define MOST_TIMES 2000000

struct peer_times peer_times_make(void) {
    struct peer_times times = {.nanoseconds = malloc(MOST_TIMES * sizeof(uint64_t)), .count = 0};
    peer_check(times.nanoseconds != NULL, "malloc");
    return times;
}

bool peer_times_add(struct peer_times *times, uint64_t nanoseconds) {
    if (times->count == MOST_TIMES) return false;
    times->nanoseconds[times->count++] = nanoseconds;
    return true;
}

static int ascending(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

void peer_times_print(struct peer_times *times, const char *peer, const struct peer_work *work) {
    size_t warm = times->count / 20, count = times->count - warm;
    uint64_t *measured = times->nanoseconds + warm;
    if (count > 0) {
        qsort(measured, count, sizeof *measured, ascending);
        peer_row(peer, work, "p50 us", (double)measured[count / 2] / 1e3);
        peer_row(peer, work, "p99 us", (double)measured[count * 99 / 100] / 1e3);
    }
    free(times->nanoseconds);
}

uint8_t peer_mark(uint64_t number) { return (uint8_t)(number % PEER_LAST); }

// MARK: Streams

void peer_stamp(uint8_t *value, size_t size, uint64_t sequence) {
    memcpy(value, &sequence, sizeof sequence);
    if (size > sizeof sequence) value[size - 1] = (uint8_t)sequence;
}

bool peer_count(struct peer_tally *tally, const uint8_t *value, size_t size) {
    uint64_t sequence;
    memcpy(&sequence, value, sizeof sequence);
    tally->end = peer_clock();
    if (sequence == PEER_END) return false;
    tally->wrong += sequence != tally->got || (size > sizeof sequence && value[size - 1] != (uint8_t)sequence);
    tally->got++;
    return true;
}

void peer_tally_print(const char *peer, const struct peer_work *work, uint64_t sent, uint64_t start, const struct peer_tally *tallies) {
    uint64_t end = start, least = UINT64_MAX, all = 0, wrong = 0;
    for (int i = 0; i < work->readers; i++) {
        if (tallies[i].end > end) end = tallies[i].end;
        if (tallies[i].got < least) least = tallies[i].got;
        all += tallies[i].got;
        wrong += tallies[i].wrong;
    }
    double seconds = (double)(end > start ? end - start : 1) / 1e9;
    peer_row(peer, work, "msg/s", (double)least / seconds);
    if (work->size >= PEER_MIB) peer_row(peer, work, "GB/s", (double)all * (double)work->size / seconds / 1e9);
    peer_row(peer, work, "lost", (double)sent * work->readers - (double)all);
    if (wrong) peer_row(peer, work, "corrupt", (double)wrong);
}
