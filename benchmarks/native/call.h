#ifndef CALL_H
#define CALL_H

#include "body.h"

#include <nghttp2/nghttp2.h>

enum { ANSWER_HEAD = 4096, REASON = 256 };

/* What the server sent: how many bytes, and which ones first. */
struct answer {
    uint64_t size;
    size_t head_size;
    uint8_t head[ANSWER_HEAD];
};

/* One call that is under way. `status` is its grpc-status, -1 until there is one. */
struct call {
    struct cursor request;
    struct answer answer;
    int status;
    char reason[REASON];
};

/* To whom all calls go. */
struct method {
    const char *path;      /* as "/emo.assets.v1.AssetsService/GetAsset" */
    const char *authority; /* as "127.0.0.1:50051" */
    const char *bearer;    /* an access token, "" for none */
};

/* Begins a call on a connection, as grpc-core does. The stream's user data is the call. */
void call_begin(struct call *call, nghttp2_session *session, const struct method *method, struct cursor request);

void call_header(struct call *call, const uint8_t *name, size_t name_size, const uint8_t *value, size_t value_size);

void call_data(struct call *call, const uint8_t *bytes, size_t size);

/* Fails unless the server took all messages and answered with OK. */
void call_check(const struct call *call, uint32_t http2_error);

/* Whether two answers have the same size and begin. */
bool answers_are_alike(const struct answer *one, const struct answer *other);

#endif
