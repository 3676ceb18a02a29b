/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a libFuzzer target without libFuzzer: a fixed number of seeded inputs, the same every
 * time, so that it can be a test.  Inputs are good ones from the target's tf_fuzz_seed(),
 * damaged by a few random edits.
 *
 *   fuzz_NAME [INPUTS [FIRST]]   so many inputs, from number FIRST on (default 20000 from 1)
 *   fuzz_NAME FILE...            these inputs, as libFuzzer leaves them after a crash
 *   fuzz_NAME --seeds FOLDER     write good inputs there, for a fuzzer to begin with
 */
#include "fuzz.h"
#include "random.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 64 * 1024 };

static uint64_t number; /* of the input that runs now */

/* The sanitizers' runtime has it, other builds do not. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void tell_number(void)
{
    fprintf(stderr, "input %" PRIu64 " did this: run again with arguments 1 %" PRIu64 "\n",
            number, number);
}

static size_t clip(size_t length, size_t room)
{
    return length < room ? length : room;
}

/* One random edit; returns the new length. */
static size_t edit(uint8_t *bytes, size_t length, struct tf_random *random)
{
    static const uint8_t odd[] = {0, 1, 0x7F, 0x80, 0xFE, 0xFF, 'A', 'U', 'D', 'Z'};
    size_t at = length ? tf_random_below(random, (uint32_t)length) : 0;
    size_t run = clip(1 + tf_random_below(random, 64), length - at);
    switch (tf_random_below(random, 7)) {
    case 0: /* a bit */
        if (length)
            bytes[at] ^= (uint8_t)(1u << tf_random_below(random, 8));
        return length;
    case 1: /* a byte that often matters */
        if (length)
            bytes[at] = odd[tf_random_below(random, sizeof odd)];
        return length;
    case 2: /* noise */
        for (size_t i = 0; i < run; i++)
            bytes[at + i] = (uint8_t)tf_random_next(random);
        return length;
    case 3: /* cut the end off */
        return at;
    case 4: /* take a piece out */
        memmove(bytes + at, bytes + at + run, length - at - run);
        return length - run;
    case 5: /* say a piece twice */
        run = clip(run, ROOM - length);
        memmove(bytes + at + run, bytes + at, length - at);
        return length + run;
    default: /* a piece from elsewhere over this one */
        if (length)
            memmove(bytes + at, bytes + tf_random_below(random, (uint32_t)(length - run + 1)),
                    run);
        return length;
    }
}

/* Input `which` is the same in every run. */
static size_t make_input(uint64_t which, uint8_t *bytes)
{
    struct tf_random random;
    tf_random_seed(&random, which);
    size_t length = tf_fuzz_seed(which, bytes, ROOM);
    for (uint32_t edits = tf_random_below(&random, 8); edits; edits--)
        length = edit(bytes, length, &random);
    return length;
}

/* From a block of just its size, so that a byte too far is found. */
static void run_input(const uint8_t *bytes, size_t length)
{
    uint8_t *exact = malloc(length ? length : 1);
    if (!exact)
        abort();
    memcpy(exact, bytes, length);
    LLVMFuzzerTestOneInput(exact, length);
    free(exact);
}

static int run_file(const char *path)
{
    static uint8_t bytes[16 * ROOM];
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return 66;
    }
    run_input(bytes, fread(bytes, 1, sizeof bytes, file));
    fclose(file);
    return 0;
}

static int write_seeds(const char *folder)
{
    enum { SEEDS = 64 };
    static uint8_t bytes[ROOM];
    for (uint64_t which = 1; which <= SEEDS; which++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/seed-%02" PRIu64, folder, which);
        size_t length = tf_fuzz_seed(which, bytes, ROOM);
        FILE *file = fopen(path, "wb");
        if (!file || fwrite(bytes, 1, length, file) != length || fclose(file) != 0) {
            perror(path);
            return 73;
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    static uint8_t bytes[ROOM];
    uint64_t inputs = 20000, first = 1;
    if (argc == 3 && strcmp(argv[1], "--seeds") == 0)
        return write_seeds(argv[2]);
    if (argc > 1 && !tf_parse_u64(argv[1], UINT64_MAX, &inputs)) {
        int status = 0;
        for (int i = 1; i < argc && status == 0; i++)
            status = run_file(argv[i]);
        return status;
    }
    if (argc > 2 && !tf_parse_u64(argv[2], UINT64_MAX, &first))
        return 64;
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(tell_number);
    for (number = first; number - first < inputs; number++) {
        size_t length = make_input(number, bytes);
        run_input(bytes, length);
    }
    printf("ok %" PRIu64 " inputs\n", inputs);
    return 0;
}
