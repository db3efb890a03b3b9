#ifndef OUTBOX_H
#define OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

enum { OUTBOX_ENTRIES = 128, OUTBOX_COPIED = 1 << 16 };

/* What a socket is to send: small bytes are copied, large ones stay where they are. All zeros is an empty one. */
struct outbox {
    struct iovec entries[OUTBOX_ENTRIES];
    size_t begin;
    size_t end;
    uint8_t copied[OUTBOX_COPIED];
    size_t copied_size;
};

/* Adds a copy of `head`, and after it `size` bytes at `tail` that must stay; false, and nothing added, if it is full. */
bool outbox_add(struct outbox *outbox, const uint8_t *head, size_t head_size, const uint8_t *tail, size_t size);

/* Whether all of it was sent. */
bool outbox_is_empty(const struct outbox *outbox);

/* Sends what the socket takes now; fails if it is broken. */
void outbox_send(struct outbox *outbox, int socket);

#endif
