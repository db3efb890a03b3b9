#ifndef FAILURE_H
#define FAILURE_H

/* Says on stderr what went wrong, in the manner of printf, and ends the process with 1. */
_Noreturn __attribute__((format(printf, 1, 2))) void fail(const char *sentence, ...);

#endif
