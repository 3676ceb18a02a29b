/* SPDX-License-Identifier: Apache-2.0 */
#include "packer.h"

#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { BUFFER = 256 * 1024, GZIP_LEVEL = 6, ZSTD_LEVEL = 3 };

struct tf_packer {
    int fd;
    enum tf_packing packing;
    uint64_t written;
    z_stream gzip;
    ZSTD_CCtx *zstd;
    uint8_t *buffer; /* compressed bytes on their way out */
    char path[];
};

int tf_packing_by_name(const char *name, enum tf_packing *packing)
{
    static const char *const names[] = {"none", "gzip", "zstd"};
    for (unsigned i = 0; i < 3; i++) {
        if (strcmp(names[i], name) == 0) {
            *packing = (enum tf_packing)i;
            return 0;
        }
    }
    return tf_fail(TF_EUSAGE, "unknown compression '%s'; there are none, gzip, zstd", name);
}

/* On success the packer has the packing and its state; before, it has none. */
static int open_codec(struct tf_packer *packer, enum tf_packing packing)
{
    enum { GZIP_HEADER = 16, MEMORY_LEVEL = 8 };
    bool ready = true;
    if (packing == TF_PACK_GZIP) {
        ready = deflateInit2(&packer->gzip, GZIP_LEVEL, Z_DEFLATED, MAX_WBITS + GZIP_HEADER,
                             MEMORY_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK;
    } else if (packing == TF_PACK_ZSTD) {
        packer->zstd = ZSTD_createCCtx();
        ready = packer->zstd != 0;
        if (ready) {
            ZSTD_CCtx_setParameter(packer->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL);
            ZSTD_CCtx_setParameter(packer->zstd, ZSTD_c_checksumFlag, 1);
        }
    }
    if (!ready)
        return tf_fail(TF_EOS, "no memory to compress %s", packer->path);
    packer->packing = packing;
    return 0;
}

static int open_file(struct tf_packer *packer)
{
    if (strcmp(packer->path, "-") == 0) {
        packer->fd = STDOUT_FILENO;
        return 0;
    }
    packer->fd = open(packer->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (packer->fd >= 0)
        return 0;
    return tf_fail_errno(errno == EACCES || errno == EPERM ? TF_EPERM : TF_ECREATE,
                         "%s: cannot create", packer->path);
}

struct tf_packer *tf_packer_open(const char *path, enum tf_packing packing, int *error)
{
    size_t length = strlen(path) + 1;
    struct tf_packer *packer = calloc(1, sizeof *packer + length);
    if (!packer) {
        *error = tf_fail(TF_EOS, "no memory to write %s", path);
        return 0;
    }
    memcpy(packer->path, path, length);
    packer->fd = -1;
    packer->buffer = malloc(BUFFER);
    *error = packer->buffer ? open_codec(packer, packing)
                            : tf_fail(TF_EOS, "no memory to write %s", path);
    if (*error == 0)
        *error = open_file(packer);
    if (*error == 0)
        return packer;
    tf_packer_abandon(packer);
    return 0;
}

void tf_packer_abandon(struct tf_packer *packer)
{
    if (!packer)
        return;
    if (packer->packing == TF_PACK_GZIP)
        deflateEnd(&packer->gzip);
    ZSTD_freeCCtx(packer->zstd);
    if (packer->fd > STDERR_FILENO)
        close(packer->fd);
    free(packer->buffer);
    free(packer);
}

static int put(struct tf_packer *packer, const uint8_t *bytes, size_t length)
{
    while (length) {
        ssize_t done = write(packer->fd, bytes, length);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return tf_fail_errno(TF_EIO, "%s: writing failed after %llu bytes", packer->path,
                                 (unsigned long long)packer->written);
        bytes += done;
        length -= (size_t)done;
        packer->written += (uint64_t)done;
    }
    return 0;
}

static int put_gzip(struct tf_packer *packer, const void *bytes, size_t length, int flush)
{
    z_stream *stream = &packer->gzip;
    stream->next_in = (Bytef *)(uintptr_t)bytes; /* zlib's pointer lacks a const */
    stream->avail_in = (uInt)length;
    do {
        stream->next_out = packer->buffer;
        stream->avail_out = BUFFER;
        (void)deflate(stream,
                      flush); /* only Z_STREAM_ERROR could be, for a state that is not ours */
        int error = put(packer, packer->buffer, BUFFER - stream->avail_out);
        if (error < 0)
            return error;
    } while (stream->avail_out == 0);
    return 0;
}

static int put_zstd(struct tf_packer *packer, const void *bytes, size_t length,
                    ZSTD_EndDirective directive)
{
    ZSTD_inBuffer in = {bytes, length, 0};
    size_t left;
    do {
        ZSTD_outBuffer out = {packer->buffer, BUFFER, 0};
        left = ZSTD_compressStream2(packer->zstd, &out, &in, directive);
        if (ZSTD_isError(left))
            return tf_fail(TF_EIO, "%s: cannot compress: %s", packer->path,
                           ZSTD_getErrorName(left));
        int error = put(packer, packer->buffer, out.pos);
        if (error < 0)
            return error;
    } while (directive == ZSTD_e_end ? left != 0 : in.pos != in.size);
    return 0;
}

int tf_packer_write(struct tf_packer *packer, const void *bytes, size_t length)
{
    enum { PIECE = 1 << 30 }; /* zlib counts in 32 bits */
    const uint8_t *at = bytes;
    int error = 0;
    while (length && error == 0) {
        size_t piece = length < PIECE ? length : PIECE;
        if (packer->packing == TF_PACK_GZIP)
            error = put_gzip(packer, at, piece, Z_NO_FLUSH);
        else if (packer->packing == TF_PACK_ZSTD)
            error = put_zstd(packer, at, piece, ZSTD_e_continue);
        else
            error = put(packer, at, piece);
        at += piece;
        length -= piece;
    }
    return error;
}

int tf_packer_close(struct tf_packer *packer)
{
    int error = 0;
    if (packer->packing == TF_PACK_GZIP)
        error = put_gzip(packer, 0, 0, Z_FINISH);
    else if (packer->packing == TF_PACK_ZSTD)
        error = put_zstd(packer, 0, 0, ZSTD_e_end);
    /* A full disk or a quota may be told only now. */
    if (error == 0 && packer->fd > STDERR_FILENO) {
        if (close(packer->fd) < 0)
            error = tf_fail_errno(TF_EIO, "%s: closing failed", packer->path);
        packer->fd = -1;
    }
    tf_packer_abandon(packer);
    return error;
}

uint64_t tf_packer_written(const struct tf_packer *packer)
{
    return packer->written;
}
