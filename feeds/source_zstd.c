/* SPDX-License-Identifier: Apache-2.0 */
#include "source_codec.h"

#include "error.h"

#include <inttypes.h>
#include <stdlib.h>
#include <zstd.h>

/*
 * The library is fed just what it asks for, a block at a time: a call that meets damage forgets
 * the blocks that it decoded before, so each good block must be its own call.
 */
enum { FIRST_BYTES = 5 };

struct zstd {
    ZSTD_DStream *stream;
    size_t wanted; /* the library's next piece of input */
    bool in_frame;
    size_t failed; /* zstd's code of the damage, kept for the call after the last good bytes */
};

static bool zstd_matches(const uint8_t *bytes, size_t length)
{
    if (length < 4)
        return false;
    uint32_t magic = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                     (uint32_t)bytes[3] << 24;
    return magic == ZSTD_MAGICNUMBER ||
           (magic & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START;
}

static void *zstd_open(void)
{
    struct zstd *zstd = calloc(1, sizeof *zstd);
    if (!zstd)
        return 0;
    zstd->wanted = FIRST_BYTES;
    zstd->stream = ZSTD_createDStream();
    if (zstd->stream)
        return zstd;
    free(zstd);
    return 0;
}

static void zstd_close(void *state)
{
    struct zstd *zstd = state;
    ZSTD_freeDStream(zstd->stream);
    free(zstd);
}

static void zstd_reset(void *state)
{
    struct zstd *zstd = state;
    ZSTD_DCtx_reset(zstd->stream, ZSTD_reset_session_only);
    zstd->wanted = FIRST_BYTES;
    zstd->in_frame = false;
    zstd->failed = 0;
}

static ptrdiff_t damaged(const struct tf_input *input, const char *what)
{
    return tf_fail(TF_EDATA,
                   "%s: zstd data damaged at byte %" PRIu64
                   " of the file (%s); what came before "
                   "it was read, get the file anew for the rest",
                   input->path, tf_input_offset(input), what);
}

/* Frames that follow one another, and skippable ones, are the library's own business. */
static ptrdiff_t zstd_read(void *state, struct tf_input *input, uint8_t *out, size_t room)
{
    struct zstd *zstd = state;
    ZSTD_outBuffer made = {out, room, 0};
    while (!zstd->failed) {
        if (input->at == input->end) {
            ptrdiff_t got = tf_input_fill(input);
            if (got < 0)
                return got;
            /* Bytes may still wait inside the library when its output buffer was small. */
            if (got == 0 && !zstd->in_frame)
                return 0;
        }
        size_t there = input->end - input->at;
        size_t piece = there < zstd->wanted ? there : zstd->wanted;
        ZSTD_inBuffer taken = {input->bytes + input->at, piece, 0};
        size_t result = ZSTD_decompressStream(zstd->stream, &made, &taken);
        input->at += taken.pos;
        if (ZSTD_isError(result)) {
            zstd->failed = result;
            break;
        }
        zstd->in_frame = result != 0;
        zstd->wanted = result ? result : FIRST_BYTES;
        if (made.pos)
            return (ptrdiff_t)made.pos;
        if (!piece && zstd->in_frame)
            return damaged(input, "the file ends early");
    }
    return damaged(input, ZSTD_getErrorName(zstd->failed));
}

const struct tf_codec tf_codec_zstd = {
    .name = "zstd",
    .matches = zstd_matches,
    .open = zstd_open,
    .close = zstd_close,
    .reset = zstd_reset,
    .read = zstd_read,
};
