/* SPDX-License-Identifier: Apache-2.0 */
#include "dbn_file.h"

#include "bytes.h"
#include "clock.h"
#include "dbn_metadata.h"
#include "dbn_wire.h"
#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

enum {
    FLUSH_BYTES = 4 << 20,
    SYMBOLS_PLAIN = 8192,
    SYMBOLS_COMPRESSED = 2048,
    SYMBOLS_FIRST = 256,
    ZSTD_BLOCK = 128 * 1024,
    ZSTD_BLOCK_HEAD = 3,
    ZSTD_FRAME_HEAD = 9,
    MODE = 0644
};

struct tf_dbn_file {
    struct tf_dbn_file_options options;
    struct tf_dbn_encoder encoder;
    char path[4096];
    int fd;
    bool in_place; /* what was written may be written again */
    bool made;     /* it was not there */
    bool failed;
    uint8_t *buffer; /* of records */
    size_t used;
    uint64_t oldest; /* monotonic: when the first of them came */
    uint8_t *packed; /* compressed */
    size_t packed_room;
    ZSTD_CCtx *zstd;
    uint64_t offset;               /* of the file: whole flushes end here */
    uint64_t records, written;     /* taken; of them in the file */
    uint64_t ticks, ticks_written; /* the same of ticks that were not left out */
    uint64_t ticks_flushed;        /* ticks when the buffer was empty */
    uint32_t *ends; /* of each record in the buffer: ticks since, that end by it */
    uint32_t ends_count;
    bool seen[256]; /* rtypes among them */
    uint64_t first_ts,
        last_ts; /* ts_event, the least and the greatest; first_ts undefined: none */
    struct tf_dbn_symbol *symbols;
    uint32_t symbols_count, symbols_room;
    uint32_t unmapped; /* symbols that are in records instead */
    uint32_t *by_id;   /* open addressing: index into symbols + 1, at most half full */
    uint32_t by_id_mask;
    uint32_t header_symbols; /* room that the header has; its size and what it says now */
    size_t header_size;
    uint32_t header_count;
};

/* ---- bytes to the file ----------------------------------------------------------------------- */

/* How many of them were written; fewer: errno says why. */
static size_t write_all(int fd, const uint8_t *bytes, size_t length)
{
    size_t done = 0;
    while (done < length) {
        ssize_t got = write(fd, bytes + done, length - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            errno = got ? errno : EIO;
            break;
        }
        done += (size_t)got;
    }
    return done;
}

static bool write_again(int fd, const uint8_t *bytes, size_t length)
{
    size_t done = 0;
    while (done < length) {
        ssize_t got = pwrite(fd, bytes + done, length - done, (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

/* The end of the last whole record in bytes[0..length). */
static size_t whole_records(const uint8_t *bytes, size_t length, uint64_t *records)
{
    size_t at = 0;
    *records = 0;
    while (at < length && at + (size_t)bytes[at] * DBN_WORD <= length) {
        at += (size_t)bytes[at] * DBN_WORD;
        ++*records;
    }
    return at;
}

/* So many records of the buffer are in the file. */
static void count_written(struct tf_dbn_file *file, uint64_t records)
{
    file->written += records;
    if (records && records <= file->ends_count)
        file->ticks_written = file->ticks_flushed + file->ends[records - 1];
}

static int fail_write(struct tf_dbn_file *file, int why)
{
    file->failed = true;
    errno = why;
    return tf_fail_errno(TF_EIO, "%s: cannot be written; %s", file->path,
                         file->header_size ? "it ends with its last whole record"
                                           : "nothing could be recorded");
}

/* ---- metadata -------------------------------------------------------------------------------- */

/* The one schema that all records are of; of none at all, the one asked for. */
static uint16_t schema_of(const struct tf_dbn_file *file)
{
    int found = -1;
    for (int rtype = 0; rtype < 256; rtype++) {
        if (!file->seen[rtype])
            continue;
        if (found >= 0)
            return DBN_SCHEMA_MIXED;
        found = rtype;
    }
    return found < 0 ? tf_dbn_schema_asked_for(file->options.content)
                     : tf_dbn_schema_of(file->options.content, (uint8_t)found);
}

static struct tf_dbn_header header_of(const struct tf_dbn_file *file, uint32_t count, bool ends)
{
    bool any = file->first_ts != TF_UNDEF_TIMESTAMP;
    return (struct tf_dbn_header){
        .version = file->options.version,
        .dataset = file->options.dataset,
        /* Until the end a gap may come, which is a record of another kind. */
        .schema = ends ? schema_of(file) : (uint16_t)DBN_SCHEMA_MIXED,
        .start = any ? file->first_ts : 0,
        .end = ends && any ? file->last_ts + 1 : UINT64_MAX,
        .symbols = file->symbols,
        .count = count,
    };
}

/* All days of the file, for every symbol: a recording does not know of others. */
static void set_days(struct tf_dbn_file *file)
{
    enum { DAY_S = 86400 };
    const uint64_t day_ns = (uint64_t)DAY_S * 1000000000;
    uint32_t first = tf_dbn_day(file->first_ts);
    uint64_t last = file->first_ts == TF_UNDEF_TIMESTAMP ? 0 : file->last_ts;
    uint32_t end = tf_dbn_day(last < UINT64_MAX - day_ns ? last + day_ns : last);
    for (uint32_t i = 0; i < file->symbols_count; i++) {
        file->symbols[i].first_day = first;
        file->symbols[i].end_day = end;
    }
}

/* A zstd frame of blocks as they are: it can be changed in place.  How long it is. */
static size_t put_raw_frame(const uint8_t *bytes, size_t length, uint8_t *out)
{
    enum { ONE_SEGMENT_FOUR_BYTE_SIZE = 0xA0, LAST = 1 };
    size_t at = ZSTD_FRAME_HEAD;
    tf_put_le32(out, ZSTD_MAGICNUMBER);
    out[4] = ONE_SEGMENT_FOUR_BYTE_SIZE;
    tf_put_le32(out + 5, (uint32_t)length);
    for (size_t done = 0; done < length;) {
        size_t block = length - done < ZSTD_BLOCK ? length - done : ZSTD_BLOCK;
        uint32_t head = (uint32_t)block << 3 | (done + block == length ? LAST : 0);
        out[at] = (uint8_t)head;
        out[at + 1] = (uint8_t)(head >> 8);
        out[at + 2] = (uint8_t)(head >> 16);
        memcpy(out + at + ZSTD_BLOCK_HEAD, bytes + done, block);
        at += ZSTD_BLOCK_HEAD + block;
        done += block;
    }
    return at;
}

/* The block for so many symbols with those that are known, as it stands in the file. */
static uint8_t *make_header(struct tf_dbn_file *file, uint32_t room, bool ends, size_t *length)
{
    bool changes = !ends || file->header_size; /* in place, so it must keep its length */
    size_t size = tf_dbn_header_size(file->options.version, room);
    size_t framed =
        ZSTD_compressBound(size) + ZSTD_FRAME_HEAD + (size / ZSTD_BLOCK + 1) * ZSTD_BLOCK_HEAD;
    uint32_t count = file->symbols_count < room ? file->symbols_count : room;
    uint8_t *bytes = malloc(size + framed);
    if (!bytes)
        return 0;
    set_days(file);
    struct tf_dbn_header header = header_of(file, count, ends);
    tf_dbn_header_write(&header, bytes, size);
    *length = size;
    if (file->options.compress) {
        *length = changes ? put_raw_frame(bytes, size, bytes + size)
                          : ZSTD_compress2(file->zstd, bytes + size, framed, bytes, size);
        if (ZSTD_isError(*length))
            *length = put_raw_frame(bytes, size, bytes + size);
        memmove(bytes, bytes + size, *length);
    }
    file->header_count = count;
    return bytes;
}

/* Put a block with so much room in front of the first records; what was written of it goes again. */
static int try_header(struct tf_dbn_file *file, uint32_t room, bool ends)
{
    size_t length;
    uint8_t *bytes = make_header(file, room, ends, &length);
    if (!bytes)
        return ENOMEM;
    size_t done = write_all(file->fd, bytes, length);
    int why = errno;
    free(bytes);
    if (done < length) {
        if (file->in_place && (ftruncate(file->fd, 0) < 0 || lseek(file->fd, 0, SEEK_SET) < 0))
            why = errno;
        return why;
    }
    file->header_symbols = room;
    file->header_size = length;
    file->offset = length;
    return 0;
}

/* In front of the first records; `ends`: of all there will be. */
static int write_header(struct tf_dbn_file *file, bool ends)
{
    uint32_t room = file->symbols_count;
    if (!ends && file->in_place) {
        uint32_t least = file->options.symbols;
        if (!least)
            least = file->options.compress ? SYMBOLS_COMPRESSED : SYMBOLS_PLAIN;
        room = 2 * room > least ? 2 * room : least;
    }
    int why = try_header(file, room, ends);
    /* On a disk that is nearly full: just what is needed. */
    if (why && file->in_place && room > file->symbols_count)
        why = try_header(file, file->symbols_count, ends);
    return why ? fail_write(file, why) : 0;
}

/* New symbols, or the end: say so at the front. */
static int renew_header(struct tf_dbn_file *file, bool ends)
{
    if (!file->in_place || !file->header_size ||
        (!ends && file->header_count >= (file->symbols_count < file->header_symbols
                                             ? file->symbols_count
                                             : file->header_symbols)))
        return 0;
    size_t length;
    uint8_t *bytes = make_header(file, file->header_symbols, ends, &length);
    if (!bytes)
        return fail_write(file, ENOMEM);
    bool done = length == file->header_size && write_again(file->fd, bytes, length);
    int why = errno;
    free(bytes);
    return done ? 0 : fail_write(file, why);
}

/* ---- flushing -------------------------------------------------------------------------------- */

/* As one frame; 0: zstd could not, which it never says of memory that is there. */
static size_t pack(struct tf_dbn_file *file, size_t length)
{
    size_t packed =
        ZSTD_compress2(file->zstd, file->packed, file->packed_room, file->buffer, length);
    return ZSTD_isError(packed) ? 0 : packed;
}

/* Half as many records, and half again, until they fit what room is left. */
static int write_less(struct tf_dbn_file *file, int why)
{
    uint64_t records;
    size_t length = file->used;
    while (file->in_place && (length = whole_records(file->buffer, length / 2, &records)) > 0) {
        if (ftruncate(file->fd, (off_t)file->offset) < 0 ||
            lseek(file->fd, (off_t)file->offset, SEEK_SET) < 0)
            break;
        size_t packed = pack(file, length);
        if (packed && write_all(file->fd, file->packed, packed) == packed) {
            file->offset += packed;
            count_written(file, records);
            break;
        }
    }
    if (file->in_place && ftruncate(file->fd, (off_t)file->offset) < 0)
        why = errno;
    return fail_write(file, why);
}

/* Records as they are: what was written of them may end inside one. */
static int cut_back(struct tf_dbn_file *file, size_t done, int why)
{
    uint64_t records;
    file->offset += whole_records(file->buffer, done, &records);
    count_written(file, records);
    if (file->in_place && ftruncate(file->fd, (off_t)file->offset) < 0)
        why = errno;
    return fail_write(file, why);
}

static int write_records(struct tf_dbn_file *file)
{
    if (!file->used) {
        file->ticks_written = file->ticks - file->encoder.held;
        return 0;
    }
    const uint8_t *bytes = file->options.compress ? file->packed : file->buffer;
    size_t length = file->options.compress ? pack(file, file->used) : file->used;
    size_t done = length ? write_all(file->fd, bytes, length) : 0;
    if (!length || done < length)
        return file->options.compress ? write_less(file, errno) : cut_back(file, done, errno);
    file->offset += length;
    file->written = file->records;
    file->ticks_written = file->ticks - file->encoder.held;
    file->ticks_flushed = file->ticks_written;
    file->ends_count = 0;
    file->used = 0;
    return 0;
}

static int flush(struct tf_dbn_file *file, bool ends)
{
    int error = file->header_size ? renew_header(file, false) : write_header(file, ends);
    return error ? error : write_records(file);
}

/* ---- what comes ------------------------------------------------------------------------------ */

/* So many bytes of records are behind buffer + used; `before`: ticks before them. */
static int take(struct tf_dbn_file *file, size_t length, uint64_t before)
{
    const uint8_t *record = file->buffer + file->used, *end = record + length;
    for (; record < end; record += (size_t)record[DBN_LENGTH] * DBN_WORD) {
        file->seen[record[DBN_RTYPE]] = true;
        file->records++;
        file->ends[file->ends_count++] = (uint32_t)(before - file->ticks_flushed);
    }
    /* A trade that is held for its quote is in no record yet. */
    if (length)
        file->ends[file->ends_count - 1] =
            (uint32_t)(file->ticks - file->encoder.held - file->ticks_flushed);
    if (file->used == 0 && length)
        file->oldest = tf_monotonic_ns();
    file->used += length;
    return file->used >= file->options.flush_bytes ? flush(file, false) : 0;
}

static uint32_t *bucket_of(struct tf_dbn_file *file, uint32_t id)
{
    uint32_t at = (uint32_t)(id * UINT64_C(0x9E3779B97F4A7C15) >> 32) & file->by_id_mask;
    while (file->by_id[at] && file->symbols[file->by_id[at] - 1].instrument_id != id)
        at = (at + 1) & file->by_id_mask;
    return &file->by_id[at];
}

static bool grow_symbols(struct tf_dbn_file *file)
{
    uint32_t room = file->symbols_room ? 2 * file->symbols_room : SYMBOLS_FIRST;
    struct tf_dbn_symbol *symbols = realloc(file->symbols, room * sizeof *symbols);
    if (!symbols)
        return false;
    file->symbols = symbols;
    uint32_t *by_id = calloc((size_t)2 * room, sizeof *by_id);
    if (!by_id)
        return false;
    free(file->by_id);
    file->by_id = by_id;
    file->by_id_mask = 2 * room - 1;
    file->symbols_room = room;
    for (uint32_t i = 0; i < file->symbols_count; i++)
        *bucket_of(file, symbols[i].instrument_id) = i + 1;
    return true;
}

int tf_dbn_file_symbol(struct tf_dbn_file *file, const struct tf_instrument *instrument,
                       uint16_t publisher_id, uint64_t ts_event)
{
    if (file->failed)
        return TF_EIO;
    if (file->symbols_count == file->symbols_room && !grow_symbols(file))
        return fail_write(file, ENOMEM);
    uint32_t *bucket = bucket_of(file, instrument->instrument_id);
    if (*bucket)
        return 0;
    struct tf_dbn_symbol *symbol = &file->symbols[file->symbols_count];
    *symbol = (struct tf_dbn_symbol){.instrument_id = instrument->instrument_id};
    snprintf(symbol->name, sizeof symbol->name, "%s", instrument->symbol);
    *bucket = ++file->symbols_count;
    if (!file->header_size || (file->in_place && file->symbols_count <= file->header_symbols))
        return 0;
    file->unmapped++;
    return take(file,
                tf_dbn_encode_mapping(file->options.version, instrument, publisher_id, ts_event,
                                      file->buffer + file->used),
                file->ticks);
}

int tf_dbn_file_tick(struct tf_dbn_file *file, const struct tf_tick *tick,
                     const struct tf_instrument *instrument, uint16_t publisher_id)
{
    if (file->failed)
        return TF_EIO;
    uint64_t left_out = file->encoder.left_out, before = file->ticks;
    size_t length = tf_dbn_encode(&file->encoder, tick, instrument, publisher_id,
                                  file->buffer + file->used);
    file->ticks += file->encoder.left_out == left_out;
    if (tick->rtype < TF_RTYPE_GAP && tick->ts_event != TF_UNDEF_TIMESTAMP) {
        if (file->first_ts == TF_UNDEF_TIMESTAMP)
            file->first_ts = file->last_ts = tick->ts_event;
        file->first_ts = tick->ts_event < file->first_ts ? tick->ts_event : file->first_ts;
        file->last_ts = tick->ts_event > file->last_ts ? tick->ts_event : file->last_ts;
    }
    return take(file, length, before);
}

int tf_dbn_file_words(struct tf_dbn_file *file, uint64_t ts_event, const char *words)
{
    if (file->failed)
        return TF_EIO;
    return take(
        file,
        tf_dbn_encode_words(file->options.version, ts_event, words, file->buffer + file->used),
        file->ticks);
}

int tf_dbn_file_idle(struct tf_dbn_file *file, uint64_t now)
{
    if (file->failed)
        return TF_EIO;
    return file->used && now - file->oldest >= file->options.flush_ns ? flush(file, false) : 0;
}

/* ---- open and close -------------------------------------------------------------------------- */

/* Ours alone, and only then emptied: another recorder may be writing it. */
static int lock_and_empty(struct tf_dbn_file *file)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    bool busy = fcntl(file->fd, F_OFD_SETLK, &lock) < 0 && (errno == EAGAIN || errno == EACCES);
    struct stat status;
    /* Whoever held it may have removed it since. */
    if (busy || (fstat(file->fd, &status) == 0 && status.st_nlink == 0))
        return tf_fail(TF_EBUSY, "%s: another recorder is writing it", file->path);
    if (ftruncate(file->fd, 0) < 0)
        return tf_fail_errno(TF_ECREATE, "%s: cannot be emptied", file->path);
    return 0;
}

static int open_path(struct tf_dbn_file *file)
{
    struct stat status;
    if (strcmp(file->path, "-") == 0) {
        file->fd = dup(STDOUT_FILENO);
        return file->fd < 0 ? tf_fail_errno(TF_EIO, "standard output") : 0;
    }
    file->fd = open(file->path, O_WRONLY | O_CREAT | O_CLOEXEC | O_EXCL, MODE);
    file->made = file->fd >= 0;
    if (file->fd < 0 && errno == EEXIST && file->options.force)
        file->fd = open(file->path, O_WRONLY | O_CREAT | O_CLOEXEC, MODE);
    /* A device or a pipe is there already, and nothing in it is lost. */
    if (file->fd < 0 && errno == EEXIST && stat(file->path, &status) == 0 &&
        !S_ISREG(status.st_mode))
        file->fd = open(file->path, O_WRONLY | O_CLOEXEC);
    if (file->fd < 0 && errno == EEXIST)
        return tf_fail(TF_ECREATE, "%s: is there already; --force replaces it", file->path);
    if (file->fd < 0)
        return tf_fail_errno(errno == EACCES || errno == EPERM ? TF_EPERM : TF_ECREATE, "%s",
                             file->path);
    file->in_place = fstat(file->fd, &status) == 0 && S_ISREG(status.st_mode);
    return file->in_place ? lock_and_empty(file) : 0;
}

static int open_buffers(struct tf_dbn_file *file)
{
    size_t room = file->options.flush_bytes + (size_t)TF_DBN_ENCODED_MAX;
    file->buffer = malloc(room);
    file->ends = malloc((room / DBN_HEADER + 1) * sizeof *file->ends);
    if (file->options.compress) {
        file->packed_room = ZSTD_compressBound(room);
        file->packed = malloc(file->packed_room);
        file->zstd = ZSTD_createCCtx();
    }
    if (!file->buffer || !file->ends ||
        (file->options.compress && (!file->packed || !file->zstd)))
        return tf_fail(TF_EOS, "%s: no memory for its buffers", file->path);
    if (file->zstd) {
        ZSTD_CCtx_setParameter(file->zstd, ZSTD_c_compressionLevel, file->options.level);
        ZSTD_CCtx_setParameter(file->zstd, ZSTD_c_checksumFlag, 1);
    }
    return 0;
}

static void release(struct tf_dbn_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    ZSTD_freeCCtx(file->zstd);
    free(file->packed);
    free(file->buffer);
    free(file->ends);
    free(file->symbols);
    free(file->by_id);
    free(file);
}

struct tf_dbn_file *tf_dbn_file_open(const struct tf_dbn_file_options *options, int *error)
{
    struct tf_dbn_file *file = calloc(1, sizeof *file);
    if (!file) {
        *error = tf_fail(TF_EOS, "no memory for a file");
        return 0;
    }
    file->options = *options;
    file->fd = -1;
    file->first_ts = TF_UNDEF_TIMESTAMP;
    file->encoder =
        (struct tf_dbn_encoder){.version = options->version, .content = options->content};
    if (!file->options.flush_bytes)
        file->options.flush_bytes = FLUSH_BYTES;
    if (!file->options.flush_ns)
        file->options.flush_ns = TF_NS_PER_S;
    snprintf(file->path, sizeof file->path, "%s", options->path);
    *error = open_buffers(file);
    if (!*error)
        *error = open_path(file);
    if (!*error)
        return file;
    release(file);
    return 0;
}

void tf_dbn_file_report(const struct tf_dbn_file *file, struct tf_dbn_file_report *report)
{
    *report =
        (struct tf_dbn_file_report){.records = file->failed ? file->written : file->records,
                                    .ticks = file->failed ? file->ticks_written : file->ticks,
                                    .bytes = file->offset,
                                    .left_out = file->encoder.left_out,
                                    .symbols = file->symbols_count,
                                    .unmapped = file->unmapped};
}

/* The file that was made here, if nothing came into it and it still has its name. */
static bool remove_empty(const struct tf_dbn_file *file)
{
    struct stat ours, named;
    return file->failed && file->made && file->in_place && !file->header_size &&
           fstat(file->fd, &ours) == 0 && lstat(file->path, &named) == 0 &&
           ours.st_dev == named.st_dev && ours.st_ino == named.st_ino &&
           unlink(file->path) == 0;
}

int tf_dbn_file_close(struct tf_dbn_file *file, struct tf_dbn_file_report *report)
{
    int error = file->failed ? TF_EIO : 0;
    if (!error)
        error = take(file, tf_dbn_encode_rest(&file->encoder, file->buffer + file->used),
                     file->ticks);
    bool at_once = !file->header_size;
    if (!error)
        error = flush(file, true);
    if (!error && !at_once)
        error = renew_header(file, true);
    if (!error && file->in_place && fsync(file->fd) < 0)
        error = fail_write(file, errno);
    bool removed = remove_empty(file);
    int fd = file->fd;
    file->fd = -1;
    if (close(fd) < 0 && !error)
        error = tf_fail_errno(TF_EIO, "%s: cannot be closed", file->path);
    if (report) {
        tf_dbn_file_report(file, report);
        report->removed = removed;
    }
    release(file);
    return error;
}
