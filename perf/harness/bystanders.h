/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bystanders.h - readers attached to a stream that misbehave while others are measured.
 *
 * What they do, they do while they are switched on, and only then: off, all of them sleep in the kernel, so that
 * blocks of other entries in the same contest are not disturbed.  The writer of the stream switches them, through
 * memory that it inherited.  Each one attaches by itself, as a strategy does, when it is switched on first.
 *
 * A manager process owns them: it forks, stops, kills and reaps them, so the process that measures has one child
 * more and no signal to handle.  All of them die with the process that started them.
 */
#ifndef TF_BYSTANDERS_H
#define TF_BYSTANDERS_H

#include <stdbool.h>
#include <stdint.h>

enum tf_bystander_kind {
    TF_BYSTANDERS_NONE,    /* nobody: what the others are compared with */
    TF_BYSTANDERS_STOPPED, /* read for a while, then stand still (SIGSTOP) wherever they were */
    TF_BYSTANDERS_KILLED,  /* killed (SIGKILL) and replaced, all of them, every 100 ms */
    TF_BYSTANDERS_SLOW,    /* 64 ticks, then 10 ms of sleep: overrun again and again */
    TF_BYSTANDERS_RESTLESS, /* attach, read a little, detach, attach ... */
    TF_BYSTANDER_KINDS
};

/* "undisturbed", "readers stopped", "readers killed", "readers slow", "readers come and go". */
extern const char *const tf_bystander_names[TF_BYSTANDER_KINDS];

struct tf_bystanders_options {
    enum tf_bystander_kind kind;
    uint32_t count;        /* 1 to TF_BYSTANDERS_MAX; NONE has none */
    const char *directory; /* the runtime directory of the stream, as $TICKFAN_DIR */
    const char *stream;
    const int *
        cpu; /* where they run, one after the other; they may be used by others, see `sparing` */
    int cpus;     /* 0: wherever the kernel puts them */
    bool sparing; /* those CPUs are measured: sleep most of the time instead of polling */
};
enum { TF_BYSTANDERS_MAX = 16 };

/* What happened: a disturbance that did not take place proves nothing. */
struct tf_bystanders_seen {
    uint64_t attached; /* attachments that succeeded, */
    uint64_t failed;   /* and that did not */
    uint64_t ticks;    /* read by all of them together */
    uint64_t overruns; /* times that one was told of a loss */
    uint64_t stopped, killed;
    uint64_t switched_on;
};

struct tf_bystanders;

/* Off at first.  The stream need not exist yet.  NULL, and tf_errmsg() says why. */
struct tf_bystanders *tf_bystanders_start(const struct tf_bystanders_options *options);

/*
 * Switch them on or off, from any process that was forked after the start.  On: a store and a system call that wakes
 * the manager, about 5 us.  Off: two stores; they are quiet within 10 ms.  As they are already: nothing.
 */
void tf_bystanders_switch(struct tf_bystanders *bystanders, bool on);

void tf_bystanders_seen(const struct tf_bystanders *bystanders,
                        struct tf_bystanders_seen *seen);

/* End all of them; at most about two seconds.  By the process that started them.  NULL is ignored. */
void tf_bystanders_stop(struct tf_bystanders *bystanders);

#endif
