/* SPDX-License-Identifier: Apache-2.0 */
/* source_codec.h - inside a source: the file's own bytes, and what turns them into the
 * recording. */
#ifndef TF_SOURCE_CODEC_H
#define TF_SOURCE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TF_INPUT_BUFFER = 256 * 1024 };

/* A file, read in large pieces.  bytes[at..end) was read and not yet used. */
struct tf_input {
    int fd;
    const char *path;
    uint8_t *bytes;
    size_t at, end;
    uint64_t read_bytes;
};

/* Read the next piece once at == end.  How many bytes are there, 0 at the end, or TF_EIO. */
ptrdiff_t tf_input_fill(struct tf_input *input);
/* read(2) through interruptions, past the buffer.  As above. */
ptrdiff_t tf_input_read(struct tf_input *input, uint8_t *out, size_t room);

/* Offset in the file of the next byte to use. */
static inline uint64_t tf_input_offset(const struct tf_input *input)
{
    return input->read_bytes - (input->end - input->at);
}

struct tf_codec {
    const char *name;
    bool (*matches)(const uint8_t *bytes, size_t length); /* the file's first bytes */
    void *(*open)(void);                                  /* NULL: out of memory */
    void (*close)(void *state);
    void (*reset)(void *state); /* for a file read again from its start */
    /*
     * Up to `room` decompressed bytes to `out`: how many, 0 at a clean end, or TF_EDATA or
     * TF_EIO with tf_errmsg() set; never an error while there are good bytes to return.
     */
    ptrdiff_t (*read)(void *state, struct tf_input *input, uint8_t *out, size_t room);
};

extern const struct tf_codec tf_codec_plain, tf_codec_gzip, tf_codec_zstd;

#endif
