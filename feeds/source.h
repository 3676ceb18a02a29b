/* SPDX-License-Identifier: Apache-2.0 */
/* source.h - the bytes of a recording, decompressed: plain, gzip or zstd, told by magic bytes. */
#ifndef TF_SOURCE_H
#define TF_SOURCE_H

#include <stdint.h>
#include <stddef.h>

struct tf_source;

/*
 * Open `path` ("-" is standard input).  Several gzip members or zstd frames may follow one another.
 * NULL on failure, with tf_errmsg() and *error set (TF_ENOINPUT, TF_EPERM, TF_EDATA, TF_EIO).
 */
struct tf_source *tf_source_open(const char *path, int *error);
void tf_source_close(struct tf_source *source);

/*
 * Make at least `want` bytes available in one piece (want at most 256 KiB): sets *bytes and returns
 * how many there are, which is less than `want` only at the end of the input.  The pointer
 * lives until the next call.  Negative enum tf_error when reading or decompressing failed; what was
 * good before the damage has been delivered first.
 */
ptrdiff_t tf_source_peek(struct tf_source *source, size_t want, const uint8_t **bytes);
/* Move past `count` bytes of what was peeked. */
void tf_source_skip(struct tf_source *source, size_t count);

/* Offset in the decompressed input; compressed bytes read; compressed size (0: not known). */
uint64_t tf_source_offset(const struct tf_source *source);
uint64_t tf_source_read_bytes(const struct tf_source *source);
uint64_t tf_source_total_bytes(const struct tf_source *source);
const char *tf_source_path(const struct tf_source *source);
/* "none", "gzip", "zstd". */
const char *tf_source_compression(const struct tf_source *source);

#endif
