/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"

#include "error.h"
#include "source_codec.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Plain files are read(2), not mapped: a file cut short under a mapping is SIGBUS, a pipe
 * cannot be mapped, and the copy out of the page cache goes at several times the decoder's
 * rate, where the mapping pays a page fault every 64 KiB instead.
 */
enum { BUFFER = 2 * TF_SOURCE_PEEK_MAX, SNIFF = 12 };

struct tf_source {
    struct tf_input input;
    const struct tf_codec *codec;
    void *state;
    uint8_t *buffer;
    size_t at, end; /* buffer[at..end) is decompressed and not yet skipped */
    uint64_t offset;
    uint64_t total_bytes;
    off_t start; /* where in the file descriptor the input begins; -1: not seekable */
    bool ended;
    int status;
    char problem[512]; /* the sentence that goes with status */
    char path[];
};

ptrdiff_t tf_input_read(struct tf_input *input, uint8_t *out, size_t room)
{
    ssize_t got;
    do
        got = read(input->fd, out, room);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return tf_fail_errno(TF_EIO, "%s: reading at byte %" PRIu64 " failed", input->path,
                             input->read_bytes);
    input->read_bytes += (uint64_t)got;
    return got;
}

ptrdiff_t tf_input_fill(struct tf_input *input)
{
    ptrdiff_t got = tf_input_read(input, input->bytes, TF_INPUT_BUFFER);
    input->at = 0;
    input->end = got > 0 ? (size_t)got : 0;
    return got;
}

static bool plain_matches(const uint8_t *bytes, size_t length)
{
    (void)bytes;
    (void)length;
    return true;
}

static void *plain_open(void)
{
    static char no_state;
    return &no_state;
}

static void plain_nothing(void *state)
{
    (void)state;
}

static ptrdiff_t plain_read(void *state, struct tf_input *input, uint8_t *out, size_t room)
{
    (void)state;
    size_t sniffed = input->end - input->at;
    if (!sniffed)
        return tf_input_read(input, out, room);
    size_t count = sniffed < room ? sniffed : room;
    memcpy(out, input->bytes + input->at, count);
    input->at += count;
    return (ptrdiff_t)count;
}

const struct tf_codec tf_codec_plain = {
    .name = "none",
    .matches = plain_matches,
    .open = plain_open,
    .close = plain_nothing,
    .reset = plain_nothing,
    .read = plain_read,
};

static int open_file(struct tf_source *source)
{
    struct tf_input *input = &source->input;
    if (strcmp(source->path, "-") == 0) {
        input->path = "standard input";
        input->fd = STDIN_FILENO;
    } else {
        input->fd = open(source->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    }
    if (input->fd < 0)
        return tf_fail_errno(errno == EACCES || errno == EPERM ? TF_EPERM : TF_ENOINPUT,
                             "%s: cannot open the recording", input->path);
    struct stat info;
    if (fstat(input->fd, &info) < 0)
        return tf_fail_errno(TF_EIO, "%s: cannot look at the recording", input->path);
    if (S_ISDIR(info.st_mode))
        return tf_fail(TF_ENOINPUT, "%s: is a directory; name a recording in it", input->path);
    if (S_ISREG(info.st_mode))
        source->total_bytes = (uint64_t)info.st_size;
    source->start = lseek(input->fd, 0, SEEK_CUR);
    (void)posix_fadvise(input->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return 0;
}

/*
 * DBN's predecessor: its metadata hide in a frame that zstd skips, so that what is left would look
 * like records of today.
 */
static bool is_dbz(const uint8_t *bytes, size_t length)
{
    return length >= SNIFF && (bytes[0] & 0xF0) == 0x50 && bytes[1] == 0x2A &&
           bytes[2] == 0x4D && bytes[3] == 0x18 && memcmp(bytes + 8, "DBZ", 3) == 0;
}

/* Read the first bytes, a pipe may give them one by one, and choose the codec. */
static int choose_codec(struct tf_source *source)
{
    static const struct tf_codec *const codecs[] = {&tf_codec_gzip, &tf_codec_zstd,
                                                    &tf_codec_plain};
    struct tf_input *input = &source->input;
    while (input->end < SNIFF) {
        ptrdiff_t got =
            tf_input_read(input, input->bytes + input->end, TF_INPUT_BUFFER - input->end);
        if (got < 0)
            return (int)got;
        if (got == 0)
            break;
        input->end += (size_t)got;
    }
    if (is_dbz(input->bytes, input->end))
        return tf_fail(
            TF_EDATA,
            "%s: is a Databento DBZ file, which DBN has replaced and this version does "
            "not read: convert it with their tools",
            input->path);
    unsigned i = 0;
    while (!codecs[i]->matches(input->bytes, input->end))
        i++;
    source->codec = codecs[i];
    source->state = source->codec->open();
    return source->state ? 0 : tf_fail(TF_EOS, "no memory to decompress %s", input->path);
}

struct tf_source *tf_source_open(const char *path, int *error)
{
    size_t length = strlen(path) + 1;
    struct tf_source *source = calloc(1, sizeof *source + length);
    if (!source) {
        *error = tf_fail(TF_EOS, "no memory to open %s", path);
        return 0;
    }
    memcpy(source->path, path, length);
    source->input.path = source->path;
    source->input.fd = -1;
    source->buffer = malloc(BUFFER);
    source->input.bytes = malloc(TF_INPUT_BUFFER);
    int code = !source->buffer || !source->input.bytes
                   ? tf_fail(TF_EOS, "no memory to open %s", path)
                   : open_file(source);
    if (code == 0)
        code = choose_codec(source);
    if (code == 0)
        return source;
    *error = code;
    tf_source_close(source);
    return 0;
}

void tf_source_close(struct tf_source *source)
{
    if (!source)
        return;
    if (source->state)
        source->codec->close(source->state);
    if (source->input.fd > STDIN_FILENO)
        close(source->input.fd);
    free(source->input.bytes);
    free(source->buffer);
    free(source);
}

/* One more piece of decompressed bytes behind those that are there. */
static void extend(struct tf_source *source)
{
    ptrdiff_t got = source->codec->read(source->state, &source->input,
                                        source->buffer + source->end, BUFFER - source->end);
    if (got > 0) {
        source->end += (size_t)got;
        return;
    }
    source->ended = true;
    if (got < 0) {
        source->status = (int)got;
        snprintf(source->problem, sizeof source->problem, "%s", tf_errmsg());
    }
}

ptrdiff_t tf_source_peek(struct tf_source *source, size_t want, const uint8_t **bytes)
{
    if (want > TF_SOURCE_PEEK_MAX)
        want = TF_SOURCE_PEEK_MAX;
    size_t have = source->end - source->at;
    if (have < want && !source->ended) {
        memmove(source->buffer, source->buffer + source->at, have);
        source->at = 0;
        source->end = have;
        while (source->end < want && !source->ended)
            extend(source);
        have = source->end;
    }
    *bytes = source->buffer + source->at;
    return have || !source->status ? (ptrdiff_t)have : tf_source_status(source);
}

void tf_source_skip(struct tf_source *source, size_t count)
{
    source->at += count;
    source->offset += count;
}

int tf_source_status(const struct tf_source *source)
{
    return source->status ? tf_fail(source->status, "%s", source->problem) : 0;
}

int tf_source_rewind(struct tf_source *source)
{
    struct tf_input *input = &source->input;
    if (source->start < 0 || lseek(input->fd, source->start, SEEK_SET) < 0)
        return tf_fail(TF_EIO, "%s: cannot be read a second time; give a file, not a pipe",
                       input->path);
    source->codec->reset(source->state);
    input->at = input->end = 0;
    input->read_bytes = 0;
    source->at = source->end = 0;
    source->offset = 0;
    source->ended = false;
    source->status = 0;
    return 0;
}

uint64_t tf_source_offset(const struct tf_source *source)
{
    return source->offset;
}

uint64_t tf_source_read_bytes(const struct tf_source *source)
{
    return tf_input_offset(&source->input);
}

uint64_t tf_source_total_bytes(const struct tf_source *source)
{
    return source->total_bytes;
}

const char *tf_source_path(const struct tf_source *source)
{
    return source->input.path;
}

const char *tf_source_compression(const struct tf_source *source)
{
    return source->codec->name;
}
