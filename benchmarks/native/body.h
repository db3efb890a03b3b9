#ifndef BODY_H
#define BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whole gRPC messages, each with its prefix of 5 bytes: one for "compressed", four for the length, big-endian
   (PROTOCOL-HTTP2 of gRPC, "Length-Prefixed-Message"). */
struct piece {
    const uint8_t *bytes;
    size_t size;
};

/* What all calls send after a first piece of their own: `middle` so many times, then `last`. Either may be empty. */
struct body {
    struct piece middle;
    size_t repeat;
    struct piece last;
};

/* How far one call has sent its messages. */
struct cursor {
    const struct body *body;
    struct piece piece;  /* the one that is being sent */
    size_t following;    /* how many pieces come after it: `repeat` and one at the begin */
    size_t offset;       /* in `piece` */
    size_t message_left; /* of the message that is being sent */
};

/* Maps a file, whose bytes stay in memory until the process ends; fails if it is not made of whole messages. */
struct piece piece_of_file(const char *path);

struct cursor cursor_at_begin(const struct body *body, struct piece first);

/* Bytes of the next run, 0 at the end: at most `limit`, and no further than to the end of a message, as grpc-core
   ends a frame there. */
size_t cursor_run(const struct cursor *cursor, size_t limit);

/* Whether nothing follows after a run of so many bytes. */
bool cursor_ends_after(const struct cursor *cursor, size_t size);

/* Gives the begin of a run and goes past it. */
const uint8_t *cursor_take(struct cursor *cursor, size_t size);

#endif
