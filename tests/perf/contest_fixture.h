/* SPDX-License-Identifier: Apache-2.0 */
/*
 * contest_fixture.h - a transport that works, and one that does what a test wants of it: a ring of 1024 messages that holds its
 * writer until every reader has gone on.
 */
#ifndef TF_CONTEST_FIXTURE_H
#define TF_CONTEST_FIXTURE_H

#include "contest.h"
#include "order.h"

#include <criterion/criterion.h>

/* What the faulty one does; all 0: nothing wrong.  "every n": of the messages that were sent, counted from the channel's first. */
struct faults {
    bool create_fails, open_fails;
    bool sinks;  /* send() takes messages and drops them */
    bool blocks; /* receive() never gives one, so that send() waits for ever */
    bool dozes;  /* receive() sleeps a millisecond at message 500 */
    uint64_t tears_every, loses_every, repeats_every;
    uint64_t writer_dies_at, reader_dies_at; /* message; by exit(3), by SIGKILL */
};
extern struct faults faults;

/* "good", and "faulty" with and without being lossy by its own word. */
extern const struct tf_transport good, faulty, faulty_lossy;

/* In which order channels ran: each notes itself when it sends message 1.  Shared with the workers; logged modulo its length. */
struct run_log {
    tf_word count;
    uint32_t channel[4096]; /* numbered in the order of create() */
};
extern struct run_log *run_log;

/* Before a test's contest: a fresh log, no faults. */
void fixture_reset(void);

/* The first two CPUs that this process may use; the same one twice where there is one only. */
void fixture_cpus(int *writer, int *reader);

/* 1000 messages in 10 ms. */
extern const struct tf_workload brief;

/* Run entries on these CPUs, `readers` of them, `rounds` rounds; as tf_contest_run(). */
int run_entries(const struct tf_entry *entries, uint32_t count, uint32_t rounds,
                uint32_t readers, struct tf_contest_result *result);

/* No child of this process is left. */
void expect_no_children(void);

#endif
