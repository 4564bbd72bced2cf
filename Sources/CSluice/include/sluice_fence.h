// Asymmetric fences: the frequent side pays for keeping the compiler in order, the rare side makes every thread of this
// process (Linux 4.14), or of all processes that have registered for it (4.16), pass a full fence: membarrier.
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

// The same between processes. Registered, a process's threads pass the fences that any other process asks for.
static inline bool sluice_register_for_shared_fences(void) {
    return syscall(SYS_membarrier, 1 << 2 /* REGISTER_GLOBAL_EXPEDITED */, 0, 0) == 0;
}
static inline bool sluice_shared_heavy_fence(void) {
    return syscall(SYS_membarrier, 1 << 1 /* GLOBAL_EXPEDITED */, 0, 0) == 0;
}

static inline void sluice_prefetch(uintptr_t address) { __builtin_prefetch((const void *)address); }

// The line is fetched to be written to: no other core keeps it.
static inline void sluice_prefetch_to_write(uintptr_t address) {
#if defined(__x86_64__)
    // Every x86-64 core takes it, some as no operation; compilers use it only where they are told of it.
    __asm__ __volatile__("prefetchw %0" : : "m"(*(const char *)address));
#else
    __builtin_prefetch((const void *)address, 1);
#endif
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
