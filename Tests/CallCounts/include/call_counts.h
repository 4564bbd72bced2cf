// Counts what a process asks of the C library. Preloaded (LD_PRELOAD) into the processes under test; the counts of each
// lie in a file of SLUICE_CALL_COUNTS, named by its pid, where others read them while it runs.
#ifndef CALL_COUNTS_H
#define CALL_COUNTS_H

#include <stdint.h>

#define CALL_COUNTS_LARGE 4096

struct call_counts {
    // malloc, calloc, realloc and the aligned ones.
    uint64_t allocations;
    // memcpy and memmove of at least CALL_COUNTS_LARGE bytes, and their bytes.
    uint64_t large_copies;
    uint64_t large_copy_bytes;
    // Calls that enter the kernel: reading, writing, waiting, and everything through syscall(2).
    uint64_t system_calls;
};

// Of this process.
const struct call_counts *call_counts(void);

#endif
