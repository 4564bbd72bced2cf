#define _GNU_SOURCE
#include "floor.h"

#include <linux/futex.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

// A count that one side raises and the other waits for, in a cache line of its own.
struct turn {
    _Atomic uint32_t count;
    char rest[60];
};

// What the two sides share; the two values follow it.
struct table {
    struct turn there, back;
};

struct side {
    struct table *table;
    uint8_t *there, *back;
    size_t size;
    bool sleeps;
};

// Spinning offers the core at each look: the floor of waits that others can live beside.
static void wait_for(struct turn *turn, uint32_t wanted, bool sleeps) {
    uint32_t seen;
    while ((seen = atomic_load_explicit(&turn->count, memory_order_acquire)) != wanted) {
        if (sleeps) syscall(SYS_futex, &turn->count, FUTEX_WAIT, seen, NULL, NULL, 0);
        else sched_yield();
    }
}

static void give(struct turn *turn, uint32_t count, bool sleeps) {
    atomic_store_explicit(&turn->count, count, memory_order_release);
    if (sleeps) syscall(SYS_futex, &turn->count, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void echo(void *context) {
    struct side *side = context;
    for (uint32_t turn = 1;; turn++) {
        wait_for(&side->table->there, turn, side->sleeps);
        bool last = side->there[0] == PEER_LAST;
        memcpy(side->back, side->there, side->size);
        give(&side->table->back, turn, side->sleeps);
        if (last) return;
    }
}

static void round_trip(const char *peer, const struct peer_work *work, double seconds, bool sleeps) {
    size_t room = sizeof(struct table) + 2 * work->size;
    struct table *table = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    peer_check(table != MAP_FAILED, "mmap");
    struct side side = {table, (uint8_t *)(table + 1), (uint8_t *)(table + 1) + work->size, work->size, sleeps};
    pid_t child = peer_start(echo, &side);
    uint8_t *value = calloc(1, work->size);
    peer_check(value != NULL, "calloc");
    struct peer_times times = peer_times_make();
    uint64_t wrong = 0, now = peer_clock(), until = now + (uint64_t)(seconds * 1e9);
    uint32_t turn = 1;
    for (bool room_left = true; now < until && room_left; turn++) {
        uint8_t mark = peer_mark(turn);
        value[0] = value[work->size - 1] = mark;
        uint64_t start = peer_clock();
        memcpy(side.there, value, work->size);
        give(&table->there, turn, sleeps);
        wait_for(&table->back, turn, sleeps);
        now = peer_clock();
        wrong += side.back[0] != mark || side.back[work->size - 1] != mark;
        room_left = peer_times_add(&times, now - start);
    }
    side.there[0] = PEER_LAST;
    give(&table->there, turn, sleeps);
    peer_join(child);
    peer_times_print(&times, peer, work);
    if (wrong) peer_row(peer, work, "corrupt", (double)wrong);
    munmap(table, room);
    free(value);
}

void floor_round_trip(const struct peer_work *work, double seconds) {
    round_trip("floor shm spin", work, seconds, false);
    round_trip("floor shm futex", work, seconds, true);
}

void floor_copies(const struct peer_work *work, double seconds) {
    // One source that stays hot, as a writer's own buffer does, unless the walk is the point.
    size_t span = (size_t)work->kind * work->size;
    bool walks = work->kind > 4;
    uint8_t *from = malloc(walks ? span : work->size), *to = malloc(span);
    peer_check(from != NULL && to != NULL, "malloc");
    memset(from, 1, walks ? span : work->size);
    memset(to, 1, span);
    uint64_t start = peer_clock(), now = start, until = start + (uint64_t)(seconds * 1e9), count = 0;
    for (; now < until; count++, now = peer_clock()) {
        size_t offset = count % (uint64_t)work->kind * work->size;
        memcpy(to + offset, walks ? from + offset : from, work->size);
        // As if somebody read it: the copy may not be left out.
        __asm__ volatile("" : : "r"(to) : "memory");
    }
    peer_row("floor memcpy, one core", work, "GB/s", (double)count * (double)work->size / (double)(now - start));
    free(from);
    free(to);
}
