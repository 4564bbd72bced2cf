// Messages with descriptors over Unix sockets: the CMSG macros are C's own. Each function returns what the kernel does,
// with errno.
#ifndef SLUICE_SOCKET_H
#define SLUICE_SOCKET_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/un.h>
#include <unistd.h>

#define SLUICE_DESCRIPTORS_MOST 253  // the kernel's SCM_MAX_FD

// What SO_PEERCRED gives; the libc's `struct ucred` is hidden without _GNU_SOURCE.
struct sluice_credentials {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};
static inline int sluice_peer_credentials(int socket, struct sluice_credentials *out) {
    socklen_t size = sizeof *out;
    return getsockopt(socket, SOL_SOCKET, 17 /* SO_PEERCRED */, out, &size);
}

static inline ssize_t sluice_send(int socket, const void *bytes, size_t length, const int *fds, size_t count) {
    if (count > SLUICE_DESCRIPTORS_MOST) {
        errno = EINVAL;
        return -1;
    }
    struct iovec vector = {.iov_base = (void *)bytes, .iov_len = length};
    union {
        struct cmsghdr align;
        char space[CMSG_SPACE(SLUICE_DESCRIPTORS_MOST * sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    if (count > 0) {
        memset(&control, 0, CMSG_SPACE(count * sizeof(int)));
        message.msg_control = control.space;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(header), fds, count * sizeof(int));
    }
    return sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

// `fds` has room for SLUICE_DESCRIPTORS_MOST; `*count` are there whatever the result says, and are the caller's to
// close. `*flags` is msg_flags (MSG_TRUNC, MSG_CTRUNC).
static inline ssize_t sluice_receive(int socket, void *bytes, size_t length, int *fds, size_t *count, int *flags) {
    struct iovec vector = {.iov_base = bytes, .iov_len = length};
    union {
        struct cmsghdr align;
        char space[CMSG_SPACE(SLUICE_DESCRIPTORS_MOST * sizeof(int))];
    } control;
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
    *count = 0;
    *flags = 0;
    ssize_t received = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (received < 0) return received;
    *flags = message.msg_flags;
    for (struct cmsghdr *h = CMSG_FIRSTHDR(&message); h != NULL; h = CMSG_NXTHDR(&message, h)) {
        if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS) continue;
        size_t here = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        if (here > SLUICE_DESCRIPTORS_MOST - *count) here = SLUICE_DESCRIPTORS_MOST - *count;
        memcpy(fds + *count, CMSG_DATA(h), here * sizeof(int));
        *count += here;
    }
    return received;
}

// Fills in a Unix address; -1 with ENAMETOOLONG if the path does not fit.
static inline int sluice_unix_address(struct sockaddr_un *out, const char *path) {
    size_t length = strlen(path);
    memset(out, 0, sizeof *out);
    out->sun_family = AF_UNIX;
    if (length == 0 || length >= sizeof out->sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(out->sun_path, path, length);
    return 0;
}
static inline int sluice_unix_bind(int socket, const struct sockaddr_un *address) {
    return bind(socket, (const struct sockaddr *)address, sizeof *address);
}
static inline int sluice_unix_connect(int socket, const struct sockaddr_un *address) {
    return connect(socket, (const struct sockaddr *)address, sizeof *address);
}

static inline int sluice_accept(int socket) {
    // The libc hides accept4 without _GNU_SOURCE, which an importer may not have defined.
    return (int)syscall(SYS_accept4, socket, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

#endif
