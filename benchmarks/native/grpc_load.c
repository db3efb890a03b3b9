/* Makes gRPC calls whose messages were prepared in files, and prints as JSON what that took.

   Clients in Python, and those on grpc-core, take more of a machine than the server does; this one takes little, so that
   what is measured is the server. It stays on this machine, ends by itself, and fails with a sentence unless each call
   is answered with OK, and all alike. */

#include "connection.h"
#include "failure.h"
#include "options.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

struct load {
    struct options options;
    struct connection *connections;
    struct pollfd *polled;
    struct call *calls; /* those that are under way */
    size_t begun;
    size_t ended;
    struct answer answer; /* that of the first call to end */
    double deadline;
};

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void *zeros(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (memory == NULL) {
        fail("no memory for %zu times %zu bytes", count, size);
    }
    return memory;
}

static void begin_call(struct load *load, struct connection *connection, struct call *call) {
    const struct options *options = &load->options;
    struct piece first = options->firsts[load->begun++ % options->firsts_count];
    call_begin(call, connection->session, &options->method, cursor_at_begin(&options->body, first));
}

static void on_ended(void *context, struct connection *connection, struct call *call) {
    struct load *load = context;
    if (load->ended++ == 0) {
        load->answer = call->answer;
    } else if (!answers_are_alike(&load->answer, &call->answer)) {
        fail("calls were answered in different ways");
    }
    if (load->begun < load->options.calls) {
        begin_call(load, connection, call);
    }
}

static void wait_and_go_on(struct load *load) {
    size_t count = load->options.connections;
    double left = load->deadline - now();
    if (left <= 0) {
        fail("not done after %ld seconds", load->options.seconds);
    }
    for (size_t index = 0; index < count; index++) {
        load->polled[index].events = connection_events(&load->connections[index]);
    }
    if (poll(load->polled, count, (int)(left * 1000) + 1) < 0) {
        fail("can't wait for the server");
    }
    for (size_t index = 0; index < count; index++) {
        if (load->polled[index].revents != 0) {
            connection_go_on(&load->connections[index], load->polled[index].revents);
        }
    }
}

static bool is_ready(const struct load *load) {
    for (size_t index = 0; index < load->options.connections; index++) {
        if (!load->connections[index].is_ready) {
            return false;
        }
    }
    return true;
}

static void open_connections(struct load *load) {
    size_t count = load->options.connections;
    load->connections = zeros(count, sizeof *load->connections);
    load->polled = zeros(count, sizeof *load->polled);
    for (size_t index = 0; index < count; index++) {
        connection_open(&load->connections[index], load->options.port, on_ended, load);
        load->polled[index].fd = load->connections[index].socket;
    }
    while (!is_ready(load)) {
        wait_and_go_on(load);
    }
}

static void make_calls(struct load *load) {
    const struct options *options = &load->options;
    load->calls = zeros(options->at_once, sizeof *load->calls);
    for (size_t index = 0; index < options->at_once && load->begun < options->calls; index++) {
        begin_call(load, &load->connections[index % options->connections], &load->calls[index]);
    }
    while (load->ended < options->calls) {
        wait_and_go_on(load);
    }
}

static void print(const struct load *load, double seconds) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double user = (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6;
    double system = (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6;
    printf("{\"seconds\": %.6f, \"processor_seconds\": %.6f, ", seconds, user + system);
    printf("\"answer_size\": %llu, \"answer_head\": \"", (unsigned long long)load->answer.size);
    for (size_t index = 0; index < load->answer.head_size; index++) {
        printf("%02x", load->answer.head[index]);
    }
    printf("\"}\n");
}

int main(int count, char **arguments) {
    static struct load load;
    options_read(&load.options, count, arguments);
    load.deadline = now() + (double)load.options.seconds;
    open_connections(&load);
    double begin = now();
    make_calls(&load);
    print(&load, now() - begin);
    return 0;
}
