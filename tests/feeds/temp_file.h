/* SPDX-License-Identifier: Apache-2.0 */
/* Files of a test's own, and the same bytes compressed. */
#ifndef TF_TEMP_FILE_H
#define TF_TEMP_FILE_H

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

/* A growing piece of memory. */
struct blob {
    uint8_t *bytes;
    size_t length, capacity;
};

static inline void blob_add(struct blob *blob, const void *bytes, size_t length)
{
    if (!blob->bytes || blob->length + length > blob->capacity) {
        blob->capacity = 2 * (blob->length + length) + 64;
        blob->bytes = realloc(blob->bytes, blob->capacity);
        cr_assert(blob->bytes);
    }
    if (length)
        memcpy(blob->bytes + blob->length, bytes, length);
    blob->length += length;
}

static inline void blob_add_gzip(struct blob *blob, const void *bytes, size_t length)
{
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    cr_assert_eq(deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t room = deflateBound(&stream, length);
    uint8_t *out = malloc(room);
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)length;
    stream.next_out = out;
    stream.avail_out = (uInt)room;
    cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    blob_add(blob, out, room - stream.avail_out);
    deflateEnd(&stream);
    free(out);
}

static inline void blob_add_zstd(struct blob *blob, const void *bytes, size_t length)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    size_t room = ZSTD_compressBound(length);
    uint8_t *out = malloc(room);
    size_t made = ZSTD_compress2(context, out, room, bytes, length);
    cr_assert_not(ZSTD_isError(made));
    blob_add(blob, out, made);
    ZSTD_freeCCtx(context);
    free(out);
}

/* A file with these bytes that exists for this process only; its path is valid until the next
 * call. */
static inline const char *temp_file(const void *bytes, size_t length)
{
    static char path[64];
    static unsigned number;
    snprintf(path, sizeof path, "/tmp/tickfan-test-%d-%u", (int)getpid(), number++);
    FILE *file = fopen(path, "wb");
    cr_assert(file);
    cr_assert_eq(fwrite(bytes, 1, length, file), length);
    fclose(file);
    return path;
}

#endif
