/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz.h - what a fuzz target is made of, for libFuzzer and for standalone.c. */
#ifndef TF_FUZZ_H
#define TF_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* Good input number `which`, at most `room` bytes; how many there are.  standalone.c damages
 * it. */
size_t tf_fuzz_seed(uint64_t which, uint8_t *out, size_t room);

/* What must hold whatever the input; not assert(), which a release build drops. */
#define MUST(condition)                                                                        \
    do {                                                                                       \
        if (!(condition)) {                                                                    \
            fprintf(stderr, "%s:%d: must hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                           \
        }                                                                                      \
    } while (0)

#endif
