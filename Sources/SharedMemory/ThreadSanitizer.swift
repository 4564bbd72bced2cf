internal import Glibc

/// Whether this build is one for the thread sanitizer.
package let isThreadSanitized = unsafe dlsym(nil, "__tsan_init") != nil
