#include "body.h"

#include "failure.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PREFIX = 5 };

static size_t message_size(const uint8_t *prefix) {
    return PREFIX + ((size_t)prefix[1] << 24 | (size_t)prefix[2] << 16 | (size_t)prefix[3] << 8 | prefix[4]);
}

static void check_messages(const char *path, struct piece piece) {
    size_t offset = 0;
    while (piece.size - offset >= PREFIX && message_size(piece.bytes + offset) <= piece.size - offset) {
        offset += message_size(piece.bytes + offset);
    }
    if (offset != piece.size) {
        fail("%s is not made of whole gRPC messages", path);
    }
}

struct piece piece_of_file(const char *path) {
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) < 0) {
        fail("can't read %s: %s", path, strerror(errno));
    }
    if (status.st_size == 0) {
        fail("%s is empty", path);
    }
    size_t size = (size_t)status.st_size;
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
    if (bytes == MAP_FAILED) {
        fail("can't map %s: %s", path, strerror(errno));
    }
    close(file);
    struct piece piece = {bytes, size};
    check_messages(path, piece);
    return piece;
}

static void enter_message(struct cursor *cursor) {
    while (cursor->offset == cursor->piece.size && cursor->following > 0) {
        cursor->following--;
        cursor->piece = cursor->following > 0 ? cursor->body->middle : cursor->body->last;
        cursor->offset = 0;
    }
    if (cursor->offset < cursor->piece.size) {
        cursor->message_left = message_size(cursor->piece.bytes + cursor->offset);
    }
}

struct cursor cursor_at_begin(const struct body *body, struct piece first) {
    struct cursor cursor = {.body = body, .piece = first, .following = body->repeat + 1};
    enter_message(&cursor);
    return cursor;
}

size_t cursor_run(const struct cursor *cursor, size_t limit) {
    return cursor->message_left < limit ? cursor->message_left : limit;
}

bool cursor_ends_after(const struct cursor *cursor, size_t size) {
    struct cursor ahead = *cursor;
    cursor_take(&ahead, size);
    return ahead.message_left == 0;
}

const uint8_t *cursor_take(struct cursor *cursor, size_t size) {
    const uint8_t *bytes = cursor->piece.bytes + cursor->offset;
    cursor->offset += size;
    cursor->message_left -= size;
    if (cursor->message_left == 0) {
        enter_message(cursor);
    }
    return bytes;
}
