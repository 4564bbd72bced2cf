// What a process keeps in memory of the heap, of its code and of what it has mapped.
#ifndef SLUICE_RESIDENT_H
#define SLUICE_RESIDENT_H

#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>

// Large allocations stay in the heap when they are freed: a receiver of large messages would pay for their pages again
// and again. What is free at a heap's end beyond this goes back at once; what lies below, when the heap is trimmed.
#define SLUICE_KEPT_FREE (16 << 20)
static inline void sluice_keep_large_allocations(void) {
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, SLUICE_KEPT_FREE);
}

// Gives back every whole page of every arena that is free.
static inline void sluice_trim_heap(void) { malloc_trim(0); }

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23  // Linux 5.14
#endif

// Maps whole pages for writing now rather than one by one when they are first touched. False where the kernel cannot.
static inline bool sluice_map_ahead(void *start, size_t bytes) {
    return madvise(start, bytes, MADV_POPULATE_WRITE) == 0;
}

// Unmaps the pages of code, constants and link tables of this program and its libraries, which the kernel maps again
// from the page cache as they are used. Returns how many bytes of address space that was.
size_t sluice_unmap_code(void);

#endif
