// What the baselines of `deploy/bench` share: works, figures, and checks of what arrives.
//
// Each prints its figures as `sluice bench --format tsv` does: peer, work, case, metric, value.
#ifndef PEER_KIT_H
#define PEER_KIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PEER_KIB ((size_t)1 << 10)
#define PEER_MIB ((size_t)1 << 20)
#define PEER_MOST_READERS 16

// One thing to measure. `run` measures it for so long and prints its figures.
struct peer_work {
    const char *work;
    const char *name;
    void (*run)(const struct peer_work *, double seconds);
    size_t size;
    int readers;
    // What else the program needs to know.
    int kind;
};

// `PROGRAM SECONDS [WORK [CASE]]`: measures all works, or those that are named. `PROGRAM --list` names them.
int peer_main(int argc, char **argv, const struct peer_work *works, size_t count);

// CLOCK_MONOTONIC, nanoseconds: one clock for all processes of the machine.
uint64_t peer_clock(void);

// Ends the process unless it went well, with what errno says.
void peer_check(bool well, const char *what);

void peer_row(const char *peer, const struct peer_work *work, const char *metric, double value);

// Starts a process that dies with this one and ends after `role`.
pid_t peer_start(void (*role)(void *), void *context);

// Waits for a process, and ends this one if that one failed.
void peer_join(pid_t child);

// All of it, over a pipe.
void peer_tell(int fd, const void *bytes, size_t count);
void peer_hear(int fd, void *bytes, size_t count);

// MARK: Round trips

struct peer_times {
    uint64_t *nanoseconds;
    size_t count;
};

struct peer_times peer_times_make(void);
// False when there is no room for more.
bool peer_times_add(struct peer_times *, uint64_t nanoseconds);
// Prints the percentiles, the first twentieth apart, and frees them.
void peer_times_print(struct peer_times *, const char *peer, const struct peer_work *);

// First and last byte of the value of round trip `number`; never PEER_LAST.
#define PEER_LAST 255
uint8_t peer_mark(uint64_t number);

// MARK: Streams

#define PEER_END UINT64_MAX

// What one reader of a stream has found.
struct peer_tally {
    uint64_t got;
    // Out of order, repeated, or with a last byte that does not fit the first.
    uint64_t wrong;
    uint64_t end;
};

// The sequence in the first eight bytes, its lowest byte in the last.
void peer_stamp(uint8_t *value, size_t size, uint64_t sequence);

// Counts a value; false for the end of the stream.
bool peer_count(struct peer_tally *, const uint8_t *value, size_t size);

void peer_tally_print(const char *peer, const struct peer_work *, uint64_t sent, uint64_t start, const struct peer_tally *tallies);

#endif
