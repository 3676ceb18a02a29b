/* SPDX-License-Identifier: Apache-2.0 */
/* memory_file.h - bytes as a file with a path, without a disk; and a small generated day. */
#ifndef TF_MEMORY_FILE_H
#define TF_MEMORY_FILE_H

#include "fuzz.h"
#include "generator.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The descriptor; `path` names it for this process. */
static inline int memory_file(const uint8_t *bytes, size_t length, char path[32])
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    MUST(fd >= 0 && write(fd, bytes, length) == (ssize_t)length);
    snprintf(path, 32, "/proc/self/fd/%d", fd);
    return fd;
}

/* The first bytes of day number `which`: sizes from 40 to 400 messages. */
static inline size_t small_day(uint64_t which, uint8_t *out, size_t room)
{
    int error;
    struct tf_generator *generator = tf_generator_new(
        &(struct tf_generator_options){.messages = 40 + which % 361,
                                       .symbols = 1,
                                       .seed = which,
                                       .start_ns = TF_GENERATOR_START_NS,
                                       .duration_ns = TF_GENERATOR_DURATION_NS},
        &error);
    MUST(generator);
    ptrdiff_t length = tf_generator_read(generator, out, room);
    MUST(length > 0);
    tf_generator_free(generator);
    return (size_t)length;
}

#endif
