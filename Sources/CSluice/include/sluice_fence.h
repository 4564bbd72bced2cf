// An asymmetric fence: the frequent side pays for keeping the compiler in order, the rare side makes every thread of the
// process pass a full fence (membarrier, Linux 4.14).
#ifndef SLUICE_FENCE_H
#define SLUICE_FENCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline void sluice_light_fence(void) { __asm__ __volatile__("" ::: "memory"); }

// Once for each process; false if the kernel has no such call, or forbids it.
static inline bool sluice_prepare_heavy_fence(void) {
    return syscall(SYS_membarrier, 1 << 4 /* REGISTER_PRIVATE_EXPEDITED */, 0, 0) == 0;
}
static inline bool sluice_heavy_fence(void) {
    return syscall(SYS_membarrier, 1 << 3 /* PRIVATE_EXPEDITED */, 0, 0) == 0;
}

// A number that no other living thread has.
static inline uintptr_t sluice_thread_pointer(void) {
#if defined(__x86_64__)
    uintptr_t pointer;
    __asm__("movq %%fs:0, %0" : "=r"(pointer));
    return pointer;
#else
    return (uintptr_t)__builtin_thread_pointer();
#endif
}

#endif
