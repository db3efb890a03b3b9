#ifndef OPTIONS_H
#define OPTIONS_H

#include "call.h"

/* What the command line asks for. */
struct options {
    int port;
    struct method method;
    struct body body;
    struct piece *firsts; /* one for a call, in turns */
    size_t firsts_count;
    size_t calls;
    size_t at_once;
    size_t connections;
    long seconds; /* after which it gives up */
    char authority[32];
};

/* Reads them into `options`, which stays where it is; fails for what it does not know. */
void options_read(struct options *options, int count, char **arguments);

#endif
