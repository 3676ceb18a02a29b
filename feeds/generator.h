/* SPDX-License-Identifier: Apache-2.0 */
/*
 * generator.h - a made-up ITCH 5.0 trading day of any size, valid to the last byte.
 *
 * What it keeps: the day's frame (system events, directory, states, crosses with their
 * imbalance messages, one pause, one IPO, one halt, one broken trade), every order's life
 * (nothing refers to an order that is not open or takes more than it has), a book per symbol
 * that is never crossed or locked and is executed from the front of its best price, match
 * numbers without repetition, and times that never step back.  What it imitates: message mix,
 * activity by symbol (Zipf), by minute (U) and by microsecond (clusters), fair prices that
 * walk.  What it does not: queue positions after a cross, correlation between symbols, hidden
 * orders beyond P messages.
 *
 * The same options give the same bytes on every machine: its own random numbers, integers only.
 * Memory: 24 bytes per open order and 1.1 KiB per symbol, whatever the day's length.
 */
#ifndef TF_GENERATOR_H
#define TF_GENERATOR_H

#include <stddef.h>
#include <stdint.h>

struct tf_generator_options {
    uint64_t messages; /* exactly so many */
    uint32_t symbols;  /* up to 65535; 0: one per 125 messages, at most 8000 */
    uint64_t seed;
    uint64_t start_ns;    /* first message, since midnight */
    uint64_t duration_ns; /* to the last; the whole day's timetable is scaled into it */
};
/* A real day: 03:00:00 to 20:05:00. */
#define TF_GENERATOR_START_NS    (UINT64_C(3) * 3600 * 1000000000)
#define TF_GENERATOR_DURATION_NS ((UINT64_C(17) * 60 + 5) * 60 * 1000000000)

struct tf_generator;

/* NULL on failure, *error TF_EUSAGE (too few messages for the symbols, not within a day) or
 * TF_EOS. */
struct tf_generator *tf_generator_new(const struct tf_generator_options *options, int *error);
void tf_generator_free(struct tf_generator *generator);

/* The longest frame that it makes. */
enum { TF_GENERATOR_FRAME_MAX = 52 };

/*
 * The next whole BinaryFILE frames, as many as fit in `room` (at least TF_GENERATOR_FRAME_MAX),
 * the end mark included.  Returns bytes, 0 after the end; or TF_EOS when memory for orders ran
 * out.
 */
ptrdiff_t tf_generator_read(struct tf_generator *generator, uint8_t *out, size_t room);

/* Messages given so far. */
uint64_t tf_generator_messages(const struct tf_generator *generator);

#endif
