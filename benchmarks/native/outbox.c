#include "outbox.h"

#include "failure.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static void append(struct outbox *outbox, const uint8_t *bytes, size_t size) {
    /* sendmsg only reads them, but shares its structure with what writes. */
    outbox->entries[outbox->end++] = (struct iovec){(void *)(uintptr_t)bytes, size};
}

bool outbox_add(struct outbox *outbox, const uint8_t *head, size_t head_size, const uint8_t *tail, size_t size) {
    if (outbox->end + 2 > OUTBOX_ENTRIES || outbox->copied_size + head_size > OUTBOX_COPIED) {
        return false;
    }
    uint8_t *copy = outbox->copied + outbox->copied_size;
    memcpy(copy, head, head_size);
    outbox->copied_size += head_size;
    append(outbox, copy, head_size);
    if (size > 0) {
        append(outbox, tail, size);
    }
    return true;
}

bool outbox_is_empty(const struct outbox *outbox) { return outbox->begin == outbox->end; }

static void drop(struct outbox *outbox, size_t size) {
    while (size > 0) {
        struct iovec *entry = &outbox->entries[outbox->begin];
        size_t part = size < entry->iov_len ? size : entry->iov_len;
        entry->iov_base = (uint8_t *)entry->iov_base + part;
        entry->iov_len -= part;
        outbox->begin += entry->iov_len == 0;
        size -= part;
    }
    if (outbox_is_empty(outbox)) {
        outbox->begin = outbox->end = outbox->copied_size = 0;
    }
}

void outbox_send(struct outbox *outbox, int socket) {
    if (outbox_is_empty(outbox)) {
        return;
    }
    struct msghdr message = {.msg_iov = outbox->entries + outbox->begin, .msg_iovlen = outbox->end - outbox->begin};
    ssize_t sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) {
        drop(outbox, (size_t)sent);
    } else if (errno != EAGAIN && errno != EINTR) {
        fail("the connection broke: %s", strerror(errno));
    }
}
