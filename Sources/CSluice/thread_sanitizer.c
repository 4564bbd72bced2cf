// Only in builds for the thread sanitizer: tells it what Swift's Mutex does.
//
// A Mutex that is contended locks and unlocks in the kernel, from a library that the sanitizer has not instrumented. It
// would see two threads in one critical section and nothing between them, and report a race in every use of a Mutex.
// These two take the library's place, do what it does, and say so.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);

#define MUTEX __attribute__((swift_context)) void *mutex
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"    // _MutexHandle._lockSlow(UInt32)
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"       // _MutexHandle._unlockSlow()

typedef __attribute__((swiftcall)) void (*lock_function)(uint32_t thread, MUTEX);
typedef __attribute__((swiftcall)) void (*unlock_function)(MUTEX);

__attribute__((swiftcall)) void sluice_mutex_lock_slow(uint32_t thread, MUTEX) __asm__(LOCK);
__attribute__((swiftcall)) void sluice_mutex_unlock_slow(MUTEX) __asm__(UNLOCK);

__attribute__((swiftcall)) void sluice_mutex_lock_slow(uint32_t thread, MUTEX) {
    ((lock_function)dlsym(RTLD_NEXT, LOCK))(thread, mutex);
    __tsan_acquire(mutex);
}

__attribute__((swiftcall)) void sluice_mutex_unlock_slow(MUTEX) {
    __tsan_release(mutex);
    ((unlock_function)dlsym(RTLD_NEXT, UNLOCK))(mutex);
}

#endif
#endif
