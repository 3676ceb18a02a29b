/* SPDX-License-Identifier: Apache-2.0 */
/* packer.h - the other direction of a source: bytes to a file, plain, gzip or zstd. */
#ifndef TF_PACKER_H
#define TF_PACKER_H

#include <stddef.h>
#include <stdint.h>

struct tf_packer;

enum tf_packing { TF_PACK_NONE, TF_PACK_GZIP, TF_PACK_ZSTD };

/* "none", "gzip", "zstd"; 0, or TF_EUSAGE. */
int tf_packing_by_name(const char *name, enum tf_packing *packing);

/*
 * Create or replace `path` ("-": standard output, not closed).  NULL on failure, *error set:
 * TF_ECREATE, TF_EPERM, TF_EOS.
 */
struct tf_packer *tf_packer_open(const char *path, enum tf_packing packing, int *error);
/* 0 or TF_EIO. */
int tf_packer_write(struct tf_packer *packer, const void *bytes, size_t length);
/* Finish the compressed stream and close.  0 or TF_EIO; the packer is gone either way. */
int tf_packer_close(struct tf_packer *packer);
/* Give up: what was written stays, unfinished.  NULL is ignored. */
void tf_packer_abandon(struct tf_packer *packer);

/* Bytes that went to the file so far. */
uint64_t tf_packer_written(const struct tf_packer *packer);

#endif
