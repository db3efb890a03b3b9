#include "call.h"

#include "failure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ssize_t next_frame(nghttp2_session *session, int32_t stream, uint8_t *buffer, size_t limit, uint32_t *flags,
                          nghttp2_data_source *source, void *connection) {
    (void)session, (void)stream, (void)buffer, (void)connection;
    const struct call *call = source->ptr;
    size_t size = cursor_run(&call->request, limit);
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (cursor_ends_after(&call->request, size)) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    return (ssize_t)size;
}

static nghttp2_nv field(const char *name, const char *value) {
    /* It copies both: that they are not const is older than the library's const types. */
    return (nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name), strlen(value), 0};
}

void call_begin(struct call *call, nghttp2_session *session, const struct method *method, struct cursor request) {
    char bearer[ANSWER_HEAD];
    snprintf(bearer, sizeof bearer, "Bearer %s", method->bearer);
    nghttp2_nv fields[] = {
        field(":method", "POST"),
        field(":scheme", "http"),
        field(":path", method->path),
        field(":authority", method->authority),
        field("te", "trailers"),
        field("content-type", "application/grpc"),
        field("user-agent", "emo-benchmarks"),
        field("grpc-accept-encoding", "identity, deflate, gzip"),
        field("authorization", bearer),
    };
    call->request = request;
    call->answer.size = call->answer.head_size = 0;
    call->status = -1;
    call->reason[0] = '\0';
    nghttp2_data_provider messages = {.source.ptr = call, .read_callback = next_frame};
    size_t count = sizeof fields / sizeof fields[0] - (method->bearer[0] == '\0');
    int32_t stream = nghttp2_submit_request(session, NULL, fields, count, &messages, call);
    if (stream < 0) {
        fail("can't begin a call: %s", nghttp2_strerror(stream));
    }
}

static bool is_named(const uint8_t *name, size_t size, const char *expected) {
    return size == strlen(expected) && memcmp(name, expected, size) == 0;
}

void call_header(struct call *call, const uint8_t *name, size_t name_size, const uint8_t *value, size_t value_size) {
    if (is_named(name, name_size, "grpc-status")) {
        /* The library ends values with a 0 that is not counted. */
        call->status = (int)strtol((const char *)value, NULL, 10);
    } else if (is_named(name, name_size, "grpc-message")) {
        snprintf(call->reason, sizeof call->reason, "%.*s", (int)value_size, (const char *)value);
    }
}

void call_data(struct call *call, const uint8_t *bytes, size_t size) {
    struct answer *answer = &call->answer;
    size_t room = ANSWER_HEAD - answer->head_size;
    size_t kept = size < room ? size : room;
    memcpy(answer->head + answer->head_size, bytes, kept);
    answer->head_size += kept;
    answer->size += size;
}

void call_check(const struct call *call, uint32_t http2_error) {
    if (call->status < 0) {
        fail("a call ended without a status: HTTP/2 says %s", nghttp2_http2_strerror(http2_error));
    }
    if (call->status > 0) {
        fail("a call was answered with status %d: %s", call->status, call->reason);
    }
    if (call->request.message_left > 0) {
        fail("a call was answered before all of it was sent");
    }
}

bool answers_are_alike(const struct answer *one, const struct answer *other) {
    return one->size == other->size && one->head_size == other->head_size &&
           memcmp(one->head, other->head, one->head_size) == 0;
}
