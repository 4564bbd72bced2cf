// The shared-memory layout, stated once. Every process of a node maps these structures; Swift takes the
// offsets from here and views the words as atomics. One writer for every word: it is named beside the word.
#ifndef SLUICE_LAYOUT_H
#define SLUICE_LAYOUT_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define SLUICE_LAYOUT_VERSION 1u
#define SLUICE_CACHE_LINE 64u

#define SLUICE_RING_MAGIC 0x31474e4952554c53ull     // "SLURING1", little-endian
#define SLUICE_PROCESS_MAGIC 0x31434f5250554c53ull  // "SLUPROC1", little-endian

// ---------------------------------------------------------------------------------------------------------
// Ring control: outlives the payload's generations. Its writer is the ring's writer (a worker, or the agent for a
// reader reference); everyone else maps it read-only.

// The low half of sluice_ring.awaited: a gate's number, or one of these.
#define SLUICE_AWAITS_NOBODY 0u
#define SLUICE_NO_GATE 0xfffffffeu          // never stored here: the gate of a reader that no writer waits for
#define SLUICE_AWAITS_WAIVED 0xfffffffdu    // nobody, and whoever releases needs no fence: the writer will see to that
#define SLUICE_AWAITS_DOORBELL 0xffffffffu  // the writer is an agent: ring its doorbell on every release

#define SLUICE_OPEN UINT64_MAX  // sluice_ring.final while the writer may still publish

struct sluice_generation {
    uint64_t start;   // first sequence that lies in this generation
    uint64_t base;    // offset of slot 0 in its payload segment, bytes
    uint64_t stride;  // distance of two slots, bytes; a multiple of SLUICE_CACHE_LINE
    uint64_t size;    // size of its payload segment, bytes; 0: no payload at all
};
static_assert(sizeof(struct sluice_generation) == 32, "layout");

enum sluice_gate_state {
    SLUICE_GATE_FREE = 0,
    SLUICE_GATE_PLACEHOLDER = 1,  // a declared reader that has not come yet
    SLUICE_GATE_READER = 2,       // a reader's cursor, in its worker's segment
    SLUICE_GATE_DESTINATION = 3,  // the agent's cursor for one remote node
    SLUICE_GATE_FOREIGN = 4,      // a cursor of another ring (plans)
};

// One line of the writer's gate list, kept in the ring so that a restarted agent finds who gates it.
struct sluice_gate {
    uint64_t floor;       // counts as released up to here, whatever its cursor says
    uint64_t process;     // life of the process whose segment holds the cursor
    uint64_t start_time;  // of that process, clock ticks since boot (/proc/PID/stat, field 22)
    uint32_t pid;
    uint32_t line;    // index of the cursor in that segment
    uint32_t number;  // this gate's number in this ring: never one of SLUICE_AWAITS_…, never reused
    uint32_t state;   // enum sluice_gate_state; stored last
    uint32_t reader;  // index in the channel's declared readers; for a destination, of the first reader there
    uint32_t reserved;
    uint64_t offset;  // foreign gates: what to add (modulo 2^64) to the cursor for a sequence of this ring
    uint64_t reserved2;
};
static_assert(sizeof(struct sluice_gate) == SLUICE_CACHE_LINE, "layout");

// sluice_cursor.waiting: nobody sleeps, and whoever publishes needs no fence: the reader will see to that.
#define SLUICE_WAITING_WAIVED UINT64_MAX

// Kind of a value.
#define SLUICE_KIND_VALUE 0u

struct sluice_slot {
    uint64_t sequence;  // of the value that the slot holds
    uint64_t length;    // bytes of payload
    uint32_t generation;
    uint32_t kind;
    uint64_t reserved;
};
static_assert(sizeof(struct sluice_slot) == 32, "layout");

#define SLUICE_GENERATIONS 32u
#define SLUICE_GATES 192u

struct sluice_ring {
    // Identity: written once, before any descriptor leaves its maker.
    uint64_t magic;
    uint32_t version;
    uint32_t slots;  // 1 ... 2^31 - 1
    uint64_t channel;
    uint64_t size;   // of this control segment, bytes
    uint64_t slot_size;  // largest value of generation 0, bytes
    uint64_t reserved0[3];

    // Writer: the ring's writer. Values 0 ..< published may be read.
    uint64_t published;
    uint64_t reserved1[7];

    // Writer: the ring's writer. Whom it waits for, in the low half: nobody, one gate's number, or doorbell. In the high
    // half the number of this sleep, so that a reader wakes it twice at most, not with every value until it runs.
    uint64_t awaited;
    uint64_t reserved2[7];

    // Writer: the ring's writer. The stream's end: SLUICE_OPEN, or the count of values it will ever hold.
    uint64_t final;
    // Generations in use, 1 ... SLUICE_GENERATIONS; stored after the line that it makes visible.
    uint64_t generation_count;
    uint32_t next_gate;  // the next gate's number
    uint32_t reserved4;
    uint64_t reserved3[5];

    struct sluice_generation generations[SLUICE_GENERATIONS];
    struct sluice_gate gates[SLUICE_GATES];
    // struct sluice_slot headers[slots] follow.
};
static_assert(offsetof(struct sluice_ring, published) == 64, "published has a line of its own");
static_assert(offsetof(struct sluice_ring, awaited) == 128, "awaited has a line of its own");
static_assert(offsetof(struct sluice_ring, final) == 192, "final has a line of its own");
static_assert(offsetof(struct sluice_ring, generations) == 256, "layout");
static_assert(sizeof(struct sluice_ring) % SLUICE_CACHE_LINE == 0, "slot headers are aligned");

// ---------------------------------------------------------------------------------------------------------
// A process's segment: cursors, event word and doorbells of one worker, or of the agent. Its writer is that process.

struct sluice_cursor {
    // Read by the ring's writer when it looks for room.
    uint64_t released;     // values below are given back
    uint64_t acquired;     // values below have been taken
    uint64_t acquired_at;  // CLOCK_MONOTONIC ns, to a tick, since when values are held; counts while acquired > released
    uint64_t reserved0[5];
    // Read by the ring's writer after each publish.
    uint64_t waiting;  // not 0: a thread sleeps, or is about to, on the ring's published; the number of this sleep
    uint64_t reserved1[7];
};
static_assert(sizeof(struct sluice_cursor) == 2 * SLUICE_CACHE_LINE, "layout");

#define SLUICE_BELL_GROUPS 16u
#define SLUICE_ENDPOINTS_PER_BELL 64u

// A monotone counter: bumped when one of its 64 endpoints has something for the agent.
struct sluice_bell {
    uint64_t count;
    uint64_t reserved[7];
};
static_assert(sizeof(struct sluice_bell) == SLUICE_CACHE_LINE, "layout");

struct sluice_process {
    // Identity: written once, before the descriptor leaves the process.
    uint64_t magic;
    uint32_t version;
    uint32_t cursor_count;
    uint64_t life;        // random; names this segment in gates
    uint64_t start_time;  // as in sluice_gate
    uint64_t size;        // of this segment, bytes
    uint32_t pid;
    uint32_t reserved0[5];

    // Bumped by the control thread whenever something has happened that a sleeper of this process must see.
    uint32_t event;
    uint32_t reserved1[15];

    // Agents only: not 0 while its data thread sleeps, or is about to; then a doorbell needs its eventfd as well. The
    // number of this sleep, starting at `life`, so that numbers of two lives differ.
    uint64_t armed;
    uint64_t reserved2[7];

    struct sluice_bell published[SLUICE_BELL_GROUPS];  // by writer endpoint
    struct sluice_bell released[SLUICE_BELL_GROUPS];   // by cursor line

    // struct sluice_cursor cursors[cursor_count] follow.
};
static_assert(offsetof(struct sluice_process, event) == 64, "event has a line of its own");
static_assert(offsetof(struct sluice_process, armed) == 128, "armed has a line of its own");
static_assert(sizeof(struct sluice_process) % SLUICE_CACHE_LINE == 0, "cursors are aligned");

#endif
