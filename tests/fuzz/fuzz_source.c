/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file: plain, gzip or zstd as its first bytes say, read in pieces, twice. */
#include "memory_file.h"
#include "source.h"

#include "random.h"
#include "tickfan.h"

#include <zlib.h>
#include <zstd.h>

static size_t gzip_piece(const uint8_t *bytes, size_t length, uint8_t *out, size_t room)
{
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    MUST(deflateInit2(&stream, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)length;
    stream.next_out = out;
    stream.avail_out = (uInt)room;
    MUST(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    deflateEnd(&stream);
    return room - stream.avail_out;
}

static size_t zstd_piece(const uint8_t *bytes, size_t length, uint8_t *out, size_t room)
{
    size_t made = ZSTD_compress(out, room, bytes, length, 1);
    MUST(!ZSTD_isError(made));
    return made;
}

/* A day in two members or frames; every third as it is. */
size_t tf_fuzz_seed(uint64_t which, uint8_t *out, size_t room)
{
    static uint8_t day[16 * 1024];
    size_t length = small_day(which, day, sizeof day), half = length / 2;
    if (which % 3 == 0) {
        memcpy(out, day, length);
        return length;
    }
    size_t (*pack)(const uint8_t *, size_t, uint8_t *, size_t) =
        which % 3 == 1 ? gzip_piece : zstd_piece;
    size_t first = pack(day, half, out, room);
    return first + pack(day + half, length - half, out + first, room - first);
}

/* A kind of sum over what came, which must come again. */
static uint64_t read_all(struct tf_source *source, uint64_t seed)
{
    enum { ENOUGH = 1 << 24 }; /* a few bytes may decompress to gigabytes */
    struct tf_random random;
    tf_random_seed(&random, seed);
    uint64_t sum = 0, offset = 0;
    const uint8_t *bytes;
    ptrdiff_t got;
    size_t want;
    do {
        want = 1 + tf_random_below(&random, TF_SOURCE_PEEK_MAX);
        got = tf_source_peek(source, want, &bytes);
        MUST(got < 0 || (size_t)got >= want || tf_source_peek(source, want, &bytes) == got);
        size_t take = got > 0 ? 1 + tf_random_below(&random, (uint32_t)got) : 0;
        for (size_t i = 0; i < take; i++)
            sum = sum * 31 + bytes[i];
        tf_source_skip(source, take);
        offset += take;
        MUST(tf_source_offset(source) == offset);
    } while (got > 0 && offset < ENOUGH);
    MUST(got > 0 || got == tf_source_status(source));
    MUST(got >= 0 || got == TF_EDATA);
    MUST(tf_source_read_bytes(source) <= tf_source_total_bytes(source));
    return sum * 31 + offset;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    char path[32];
    int fd = memory_file(bytes, length, path), error;
    struct tf_source *source = tf_source_open(path, &error);
    MUST(source);
    uint64_t first = read_all(source, length);
    MUST(tf_source_rewind(source) == 0);
    MUST(read_all(source, length) == first);
    tf_source_close(source);
    close(fd);
    return 0;
}
