#include "options.h"

#include "failure.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 100000000 };

static const char USAGE[] =
    "usage: grpc_load --port PORT --path /SERVICE/METHOD [--bearer TOKEN] [--calls 1] [--at-once 1] [--connections 1]\n"
    "                 [--body FILE] [--repeat 1] [--last FILE] [--seconds 120] FIRST...\n"
    "Files hold gRPC messages with their prefixes. A call sends one of the FIRST, BODY as often as told, and LAST.";

static const struct option NAMES[] = {
    {"port", required_argument, NULL, 'p'},    {"path", required_argument, NULL, 'm'},
    {"bearer", required_argument, NULL, 't'},  {"calls", required_argument, NULL, 'n'},
    {"at-once", required_argument, NULL, 'a'}, {"connections", required_argument, NULL, 'c'},
    {"body", required_argument, NULL, 'b'},    {"repeat", required_argument, NULL, 'r'},
    {"last", required_argument, NULL, 'l'},    {"seconds", required_argument, NULL, 's'},
    {NULL, 0, NULL, 0},
};

static long number(const char *text) {
    char *end;
    long value = strtol(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value < 1 || value > MOST) {
        fail("not a number from 1 to %d: %s", MOST, text);
    }
    return value;
}

static void take(struct options *options, int name, const char *value) {
    switch (name) {
    case 'p': options->port = (int)number(value); break;
    case 'm': options->method.path = value; break;
    case 't': options->method.bearer = value; break;
    case 'n': options->calls = (size_t)number(value); break;
    case 'a': options->at_once = (size_t)number(value); break;
    case 'c': options->connections = (size_t)number(value); break;
    case 'b': options->body.middle = piece_of_file(value); break;
    case 'r': options->body.repeat = (size_t)number(value); break;
    case 'l': options->body.last = piece_of_file(value); break;
    case 's': options->seconds = number(value); break;
    default: fail("%s", USAGE);
    }
}

static void take_firsts(struct options *options, int count, char **paths) {
    options->firsts_count = (size_t)count;
    options->firsts = calloc((size_t)count, sizeof *options->firsts);
    if (options->firsts == NULL) {
        fail("no memory for the files");
    }
    for (int index = 0; index < count; index++) {
        options->firsts[index] = piece_of_file(paths[index]);
    }
}

void options_read(struct options *options, int count, char **arguments) {
    *options = (struct options){.calls = 1, .at_once = 1, .connections = 1, .seconds = 120, .body.repeat = 1};
    options->method.bearer = "";
    int name;
    while ((name = getopt_long(count, arguments, "", NAMES, NULL)) != -1) {
        take(options, name, optarg);
    }
    if (options->port == 0 || options->method.path == NULL || optind == count) {
        fail("%s", USAGE);
    }
    take_firsts(options, count - optind, arguments + optind);
    snprintf(options->authority, sizeof options->authority, "127.0.0.1:%d", options->port);
    options->method.authority = options->authority;
}
