#ifndef CONNECTION_H
#define CONNECTION_H

#include "call.h"
#include "outbox.h"

#include <stdbool.h>

/* One HTTP/2 connection without TLS to a server on this machine. */
struct connection {
    int socket;
    nghttp2_session *session;
    struct outbox outbox;
    bool is_ready; /* the server has told its settings */
    void (*ended)(void *context, struct connection *connection, struct call *call);
    void *context;
};

/* Connects to a port of 127.0.0.1; `ended` is told of each call that has ended well. All others end the process. */
void connection_open(struct connection *connection, int port,
                     void (*ended)(void *context, struct connection *connection, struct call *call), void *context);

/* What to poll its socket for. */
short connection_events(const struct connection *connection);

/* Takes what has come, and sends what there is and the socket takes. */
void connection_go_on(struct connection *connection, short events);

#endif
