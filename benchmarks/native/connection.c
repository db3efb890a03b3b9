#include "connection.h"

#include "failure.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

/* What clients on grpc-core 1.83 begin with on loopback. */
enum { WINDOW = 4 << 20, FRAME = 4 << 20, READ = 1 << 20 };

static ssize_t on_send(nghttp2_session *session, const uint8_t *bytes, size_t size, int flags, void *user) {
    (void)session, (void)flags;
    struct connection *connection = user;
    return outbox_add(&connection->outbox, bytes, size, NULL, 0) ? (ssize_t)size : NGHTTP2_ERR_WOULDBLOCK;
}

static int on_send_data(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head, size_t size,
                        nghttp2_data_source *source, void *user) {
    (void)session, (void)frame;
    struct connection *connection = user;
    struct call *call = source->ptr;
    struct cursor ahead = call->request;
    const uint8_t *bytes = cursor_take(&ahead, size);
    if (!outbox_add(&connection->outbox, head, 9, bytes, size)) {
        return NGHTTP2_ERR_WOULDBLOCK;
    }
    call->request = ahead;
    return 0;
}

static ssize_t frame_limit(nghttp2_session *session, uint8_t type, int32_t stream, int32_t of_session,
                           int32_t of_stream, uint32_t of_frame, void *user) {
    (void)session, (void)type, (void)stream, (void)user;
    int32_t window = of_session < of_stream ? of_session : of_stream;
    return window < (int32_t)of_frame ? window : (int32_t)of_frame;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_size,
                     const uint8_t *value, size_t value_size, uint8_t flags, void *user) {
    (void)flags, (void)user;
    struct call *call = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (call != NULL) {
        call_header(call, name, name_size, value, value_size);
    }
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *bytes, size_t size,
                   void *user) {
    (void)flags, (void)user;
    struct call *call = nghttp2_session_get_stream_user_data(session, stream);
    if (call != NULL) {
        call_data(call, bytes, size);
    }
    return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user) {
    (void)session;
    struct connection *connection = user;
    connection->is_ready |= frame->hd.type == NGHTTP2_SETTINGS && !(frame->hd.flags & NGHTTP2_FLAG_ACK);
    return 0;
}

static int on_close(nghttp2_session *session, int32_t stream, uint32_t error, void *user) {
    struct connection *connection = user;
    struct call *call = nghttp2_session_get_stream_user_data(session, stream);
    if (call != NULL) {
        call_check(call, error);
        connection->ended(connection->context, connection, call);
    }
    return 0;
}

static nghttp2_session *new_session(struct connection *connection) {
    nghttp2_session_callbacks *callbacks;
    nghttp2_session *session;
    if (nghttp2_session_callbacks_new(&callbacks) != 0) {
        fail("no memory for a session");
    }
    nghttp2_session_callbacks_set_send_callback(callbacks, on_send);
    nghttp2_session_callbacks_set_send_data_callback(callbacks, on_send_data);
    nghttp2_session_callbacks_set_data_source_read_length_callback(callbacks, frame_limit);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    if (nghttp2_session_client_new(&session, callbacks, connection) != 0) {
        fail("no memory for a session");
    }
    nghttp2_session_callbacks_del(callbacks);
    return session;
}

static int connected_socket(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int one = 1;
    int opened = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (opened < 0 || connect(opened, (struct sockaddr *)&address, sizeof address) < 0) {
        fail("can't connect to port %d of this machine: %s", port, strerror(errno));
    }
    setsockopt(opened, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return opened;
}

void connection_open(struct connection *connection, int port,
                     void (*ended)(void *context, struct connection *connection, struct call *call), void *context) {
    connection->socket = connected_socket(port);
    connection->ended = ended;
    connection->context = context;
    connection->session = new_session(connection);
    nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW},
        {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, FRAME},
    };
    size_t count = sizeof settings / sizeof settings[0];
    if (nghttp2_submit_settings(connection->session, NGHTTP2_FLAG_NONE, settings, count) != 0 ||
        nghttp2_session_set_local_window_size(connection->session, NGHTTP2_FLAG_NONE, 0, WINDOW) != 0) {
        fail("can't prepare a connection");
    }
}

short connection_events(const struct connection *connection) {
    bool has_more = !outbox_is_empty(&connection->outbox) || nghttp2_session_want_write(connection->session);
    return (short)(POLLIN | (has_more ? POLLOUT : 0));
}

static void receive(struct connection *connection) {
    static uint8_t buffer[READ];
    ssize_t size = recv(connection->socket, buffer, sizeof buffer, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (size <= 0) {
        fail("the server closed the connection");
    }
    ssize_t taken = nghttp2_session_mem_recv(connection->session, buffer, (size_t)size);
    if (taken < 0) {
        fail("the server broke HTTP/2: %s", nghttp2_strerror((int)taken));
    }
}

void connection_go_on(struct connection *connection, short events) {
    if (events & (POLLIN | POLLERR | POLLHUP)) {
        receive(connection);
    }
    int error = nghttp2_session_send(connection->session);
    if (error != 0) {
        fail("can't send: %s", nghttp2_strerror(error));
    }
    outbox_send(&connection->outbox, connection->socket);
}
