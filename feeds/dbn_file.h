/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dbn_file.h - a DBN file being written, plain or zstd, that can be read to its last whole record
 * however it ends.
 *
 * Records gather in a buffer.  A flush, when it is full or old, writes them whole: as they are, or
 * as one zstd frame with a checksum.  The metadata goes in front with room for more symbols (zeros
 * that its length counts; in a zstd file a frame of blocks that are not compressed), and is written
 * again in place when there are new ones: mappings are only ever added behind those that are there,
 * so a crash in between leaves a block that can be read.  A file that is closed before its first
 * flush has no such room.  Symbols that find none, and those of an output that cannot be written
 * twice (a pipe), become symbol mapping records.
 *
 * When a write fails, the file is cut back to its last whole record, and takes no more.  One that
 * was made here and got no whole metadata is removed when it is closed.
 *
 * A file is locked while it is written (fcntl(2), of the open file description), so that two
 * recorders never share one; file systems without locks go without.
 *
 * Not thread-safe.  Memory: two times flush_bytes.
 */
#ifndef TF_DBN_FILE_H
#define TF_DBN_FILE_H

#include "dbn_encode.h"

struct tf_dbn_file_options {
    const char *path; /* "-": standard output */
    uint8_t version;  /* 1 to 3 */
    enum tf_dbn_content content;
    const char *dataset; /* up to 16 characters */
    bool compress;
    int level;            /* zstd's */
    bool force;           /* an existing file is replaced */
    uint32_t symbols;     /* room for so many; 0: 8192, compressed 2048 */
    uint32_t flush_bytes; /* 0: 4 MiB */
    uint64_t flush_ns;    /* 0: 1 s */
};

struct tf_dbn_file;

/*
 * NULL: TF_ECREATE (there already, or cannot be made), TF_EPERM, TF_EBUSY (another writes it),
 * TF_EOS, with tf_errmsg().
 */
struct tf_dbn_file *tf_dbn_file_open(const struct tf_dbn_file_options *options, int *error);

/*
 * An instrument that the following ticks are of; again is free.  Its publisher is known from then
 * on.  TF_EIO as a tick.
 */
int tf_dbn_file_symbol(struct tf_dbn_file *file, const struct tf_instrument *instrument,
                       uint16_t publisher_id, uint64_t ts_event);
/* One tick, as tf_dbn_encode().  0, or TF_EIO: from then on always. */
int tf_dbn_file_tick(struct tf_dbn_file *file, const struct tf_tick *tick,
                     const struct tf_instrument *instrument, uint16_t publisher_id);
/* A system message in words, for what is no tick. */
int tf_dbn_file_words(struct tf_dbn_file *file, uint64_t ts_event, const char *words);
/* Write what is old: call it now and then, most of all when nothing comes.  `now`: monotonic. */
int tf_dbn_file_idle(struct tf_dbn_file *file, uint64_t now);
struct tf_dbn_file_report {
    uint64_t records;  /* in the file, or on their way to it; after a failure, in it */
    uint64_t ticks;    /* the same of ticks: given, not left out, and all of each */
    uint64_t bytes;    /* of the file */
    uint64_t left_out; /* ticks that the content has no place for */
    uint32_t symbols;
    uint32_t unmapped; /* of them not in the metadata but in records */
    bool removed;      /* closed: nothing was recorded, and there is no file */
};
void tf_dbn_file_report(const struct tf_dbn_file *file, struct tf_dbn_file_report *report);

/*
 * The rest, the final metadata, fsync.  0 or TF_EIO, also when an earlier write had failed.  The
 * file is gone for the caller either way; `report` gets how it ended, unless it is NULL.
 */
int tf_dbn_file_close(struct tf_dbn_file *file, struct tf_dbn_file_report *report);

#endif
