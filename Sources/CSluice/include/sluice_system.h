// System calls that Swift cannot call: variadic ones, ones without a libc wrapper, and macros. Each returns what the
// kernel does, with errno; retrying and checking is the caller's one checker.
#ifndef SLUICE_SYSTEM_H
#define SLUICE_SYSTEM_H

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/memfd.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static inline int sluice_errno(void) { return errno; }

static inline uint64_t sluice_monotonic_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

// The same clock to a tick (1 to 4 ms), for a fifth of the price.
static inline uint64_t sluice_monotonic_coarse_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

// CPU time that a process has used, nanoseconds; 0 if there is no such process. 0 for `pid` is this one.
static inline uint64_t sluice_process_cpu_ns(pid_t pid) {
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0) return 0;
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

// Cores that this thread may run on.
static inline int sluice_usable_cores(void) {
    unsigned long mask[16] = {0};
    long bytes = syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
    int count = 0;
    for (long i = 0; i < bytes / (long)sizeof mask[0]; i++) count += __builtin_popcountl(mask[i]);
    return count > 0 ? count : 1;
}

static inline void sluice_cpu_relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
// memfd_create with sealing allowed and close-on-exec; sealed against execution where the kernel knows that.
static inline int sluice_memfd_create(const char *name) {
    int fd = (int)syscall(SYS_memfd_create, name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    if (fd < 0 && errno == EINVAL) fd = (int)syscall(SYS_memfd_create, name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return fd;
}

// Of linux/fcntl.h, which cannot be included beside fcntl.h; the latter has them only for _GNU_SOURCE, which an
// importer may not have defined.
enum { SLUICE_SEAL_SEAL = 0x1, SLUICE_SEAL_SHRINK = 0x2, SLUICE_SEAL_GROW = 0x4, SLUICE_SEAL_EXEC = 0x20 };
static inline int sluice_add_seals(int fd, int seals) { return fcntl(fd, 1024 + 9, seals); }
static inline int sluice_get_seals(int fd) { return fcntl(fd, 1024 + 10); }

// The libc hides fallocate without _GNU_SOURCE. All of `size` bytes, zeroed, or ENOSPC.
static inline int sluice_fallocate(int fd, off_t size) { return (int)syscall(SYS_fallocate, fd, 0, (off_t)0, size); }

static inline int sluice_open(const char *path, int flags, mode_t mode) { return open(path, flags, mode); }

// Names the calling thread; the kernel keeps 15 bytes.
static inline int sluice_name_thread(const char *name) { return prctl(PR_SET_NAME, name); }

static inline int sluice_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0u); }
static inline int sluice_pidfd_send_signal(int pidfd, int sig) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, sig, (void *)0, 0u);
}

// FUTEX_WAKE on a shared 32-bit word; the mapping may be read-only. Returns the number of sleepers woken.
static inline int sluice_futex_wake(const uint32_t *word, int count) {
    return (int)syscall(SYS_futex, word, FUTEX_WAKE, count, (void *)0, (void *)0, 0);
}

// FUTEX_WAIT until `deadline` (CLOCK_MONOTONIC, absolute; NULL: for ever).
static inline int sluice_futex_wait(const uint32_t *word, uint32_t expected, const struct timespec *deadline) {
    return (int)syscall(SYS_futex, word, FUTEX_WAIT_BITSET, expected, deadline, (void *)0, FUTEX_BITSET_MATCH_ANY);
}

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
struct sluice_waitv {
    uint64_t val;
    uint64_t uaddr;
    uint32_t flags;
    uint32_t reserved;
};
#define SLUICE_WAITV_MOST 128u  // the kernel's FUTEX_WAITV_MAX
#define SLUICE_FUTEX_32 2u      // FUTEX2_SIZE_U32, shared between processes

// futex_waitv on `count` shared words until `deadline` (CLOCK_MONOTONIC, absolute; NULL: for ever).
static inline int sluice_futex_waitv(struct sluice_waitv *words, unsigned count, const struct timespec *deadline) {
    return (int)syscall(SYS_futex_waitv, words, count, 0u, deadline, CLOCK_MONOTONIC);
}

#endif
