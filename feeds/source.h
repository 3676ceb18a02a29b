/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.h - the bytes of a recording, decompressed: plain, gzip or zstd, told by magic bytes.
 */
#ifndef TF_SOURCE_H
#define TF_SOURCE_H

#include <stddef.h>
#include <stdint.h>

struct tf_source;

/*
 * Open `path` ("-" is standard input).  Several gzip members or zstd frames may follow one
 * another. NULL on failure, with tf_errmsg() and *error set (TF_ENOINPUT, TF_EPERM, TF_EDATA,
 * TF_EIO).
 */
struct tf_source *tf_source_open(const char *path, int *error);
void tf_source_close(struct tf_source *source);

enum { TF_SOURCE_PEEK_MAX = 256 * 1024 };

/*
 * Make at least `want` bytes (at most TF_SOURCE_PEEK_MAX) available in one piece: sets *bytes
 * and returns how many there are, often more than asked, and less only where the input ends:
 * cleanly or damaged, which tf_source_status() tells.  The pointer lives until the next call.
 * Bytes before damage are good and come first; once none is left, peek returns the negative
 * status.
 */
ptrdiff_t tf_source_peek(struct tf_source *source, size_t want, const uint8_t **bytes);
/* Move past `count` bytes of what was peeked. */
void tf_source_skip(struct tf_source *source, size_t count);
/* 0, or why the input cannot be read further than what peek last gave: TF_EDATA, TF_EIO; sets
 * tf_errmsg() each time. */
int tf_source_status(const struct tf_source *source);
/* Back to the first byte.  TF_EIO where that is impossible (a pipe). */
int tf_source_rewind(struct tf_source *source);

/* Offset in the decompressed input; compressed bytes read; compressed size (0: not known). */
uint64_t tf_source_offset(const struct tf_source *source);
uint64_t tf_source_read_bytes(const struct tf_source *source);
uint64_t tf_source_total_bytes(const struct tf_source *source);
const char *tf_source_path(const struct tf_source *source);
/* "none", "gzip", "zstd". */
const char *tf_source_compression(const struct tf_source *source);

#endif
