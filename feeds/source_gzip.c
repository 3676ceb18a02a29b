/* SPDX-License-Identifier: Apache-2.0 */
#include "source_codec.h"

#include "error.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

struct gzip {
    z_stream stream;
    bool in_member;
};

static bool gzip_matches(const uint8_t *bytes, size_t length)
{
    return length >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B;
}

static void *gzip_open(void)
{
    enum { GZIP_ONLY = 16 };
    struct gzip *gzip = calloc(1, sizeof *gzip);
    if (gzip && inflateInit2(&gzip->stream, MAX_WBITS + GZIP_ONLY) == Z_OK)
        return gzip;
    free(gzip);
    return 0;
}

static void gzip_close(void *state)
{
    struct gzip *gzip = state;
    inflateEnd(&gzip->stream);
    free(gzip);
}

static void gzip_reset(void *state)
{
    struct gzip *gzip = state;
    inflateReset(&gzip->stream);
    gzip->in_member = false;
}

static ptrdiff_t damaged(const struct gzip *gzip, const struct tf_input *input,
                         const char *what)
{
    return tf_fail(
        TF_EDATA,
        "%s: gzip data damaged at byte %" PRIu64 " of the file (%s); what came before "
        "it was read, get the file anew for the rest",
        input->path, tf_input_offset(input), gzip->stream.msg ? gzip->stream.msg : what);
}

/* Between members: another one, the zero padding that tar leaves, or the end (0). */
static ptrdiff_t next_member(struct gzip *gzip, struct tf_input *input)
{
    for (;;) {
        if (input->at == input->end) {
            ptrdiff_t got = tf_input_fill(input);
            if (got <= 0)
                return got;
        }
        uint8_t first = input->bytes[input->at];
        if (first == 0x1F)
            break;
        if (first != 0)
            return damaged(gzip, input, "what follows is not gzip");
        input->at++;
    }
    inflateReset(&gzip->stream);
    gzip->in_member = true;
    return 1;
}

static ptrdiff_t gzip_read(void *state, struct tf_input *input, uint8_t *out, size_t room)
{
    struct gzip *gzip = state;
    z_stream *stream = &gzip->stream;
    if (room > INT_MAX)
        room = INT_MAX;
    for (;;) {
        if (!gzip->in_member) {
            ptrdiff_t more = next_member(gzip, input);
            if (more <= 0)
                return more;
        }
        if (input->at == input->end) {
            ptrdiff_t got = tf_input_fill(input);
            if (got < 0)
                return got;
            if (got == 0)
                return damaged(gzip, input, "the file ends early");
        }
        stream->next_in = input->bytes + input->at;
        stream->avail_in = (uInt)(input->end - input->at);
        stream->next_out = out;
        stream->avail_out = (uInt)room;
        int result = inflate(stream, Z_NO_FLUSH);
        input->at = input->end - stream->avail_in;
        size_t made = room - stream->avail_out;
        if (result == Z_STREAM_END)
            gzip->in_member = false;
        if (made)
            return (ptrdiff_t)made; /* damage shows again in the next call */
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            return damaged(gzip, input, "inflate failed");
    }
}

const struct tf_codec tf_codec_gzip = {
    .name = "gzip",
    .matches = gzip_matches,
    .open = gzip_open,
    .close = gzip_close,
    .reset = gzip_reset,
    .read = gzip_read,
};
