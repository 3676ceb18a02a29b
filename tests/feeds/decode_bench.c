/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast recordings are decoded, out of memory, beside a copy of the same bytes in the same run.
 *
 *   decode_bench [--seconds S] [--messages N] [FILE]...      default: a generated day of ITCH 5.0
 *   decode_bench --passes N FILE                             just that, for counting instructions
 *
 * One JSON object a recording, of any format that there is; captures go through the feed, packet by
 * packet.  Not a test and not part of a test run; without arguments it takes some three seconds.
 *
 * Every pass does the same work in the same order, so it is timed in short pieces and each piece
 * counts with its best pass: what another process took from us in between falls out.  A recording
 * that fits into the caches is decoded out of them.  "first_pass" is the first pass as it was,
 * with the growth of tables and its page faults.  Instructions are this thread's own, as the
 * processor counts them; null where it may not be asked: decode_instructions counts them there.
 */
#include "capture.h"
#include "clock.h"
#include "error.h"
#include "feed.h"
#include "generator.h"
#include "json_out.h"
#include "recording.h"
#include "text.h"

#include <getopt.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PIECE = 256 * 1024, BATCH = TF_SINK_MIN * 2, PASSES_MAX = 1000000 };

static void die(const char *what)
{
    fprintf(stderr, "decode_bench: %s\n", what);
    exit(71);
}

/* ---- a recording in memory ------------------------------------------------------------------- */

struct loaded {
    const char *name;
    const struct tf_format *format;
    uint8_t *bytes; /* the messages, or the payloads one behind the other */
    size_t length, room;
    struct tf_packet *packets; /* their bytes are offsets until all are there */
    size_t packet_count, packet_room;
};

static void append(struct loaded *loaded, const uint8_t *bytes, size_t length)
{
    if (loaded->length + length > loaded->room) {
        loaded->room = (loaded->length + length) * 2;
        loaded->bytes = realloc(loaded->bytes, loaded->room);
        if (!loaded->bytes)
            die("no memory");
    }
    memcpy(loaded->bytes + loaded->length, bytes, length);
    loaded->length += length;
}

static void append_packet(struct loaded *loaded, const struct tf_packet *packet)
{
    if (loaded->packet_count == loaded->packet_room) {
        loaded->packet_room = loaded->packet_room * 2 + 1024;
        loaded->packets =
            realloc(loaded->packets, loaded->packet_room * sizeof *loaded->packets);
        if (!loaded->packets)
            die("no memory");
    }
    loaded->packets[loaded->packet_count] = *packet;
    loaded->packets[loaded->packet_count++].bytes = (const uint8_t *)(uintptr_t)loaded->length;
    append(loaded, packet->bytes, packet->length);
}

static void load_packets(struct loaded *loaded, struct tf_source *source)
{
    int error;
    struct tf_packet packet;
    struct tf_capture *capture = tf_capture_open(source, &error);
    if (!capture)
        die(tf_errmsg());
    while (tf_capture_next(capture, &packet) > 0)
        append_packet(loaded, &packet);
    tf_capture_close(capture);
    for (size_t i = 0; i < loaded->packet_count; i++)
        loaded->packets[i].bytes = loaded->bytes + (uintptr_t)loaded->packets[i].bytes;
}

static void load_file(struct loaded *loaded, const char *path)
{
    int error;
    struct tf_recording_options options = {.decoder.node = -1};
    struct tf_recording *recording = tf_recording_open(path, &options, &error);
    if (!recording)
        die(tf_errmsg());
    loaded->name = path;
    loaded->format = tf_recording_format(recording);
    tf_recording_close(recording);
    struct tf_source *source = tf_source_open(path, &error);
    if (!source)
        die(tf_errmsg());
    const uint8_t *bytes;
    ptrdiff_t length;
    if (loaded->format->session)
        load_packets(loaded, source);
    else
        while ((length = tf_source_peek(source, 1, &bytes)) > 0) {
            append(loaded, bytes, (size_t)length);
            tf_source_skip(source, (size_t)length);
        }
    tf_source_close(source);
}

static void load_generated(struct loaded *loaded, uint64_t messages)
{
    struct tf_generator_options options = {.messages = messages,
                                           .seed = 1,
                                           .start_ns = TF_GENERATOR_START_NS,
                                           .duration_ns = TF_GENERATOR_DURATION_NS};
    int error;
    static uint8_t some[1 << 20];
    struct tf_generator *generator = tf_generator_new(&options, &error);
    if (!generator)
        die(tf_errmsg());
    loaded->name = "generated";
    loaded->format = tf_format_by_name("itch50");
    ptrdiff_t made;
    while ((made = tf_generator_read(generator, some, sizeof some)) > 0)
        append(loaded, some, (size_t)made);
    tf_generator_free(generator);
}

/* ---- what a pass took ------------------------------------------------------------------------ */

struct timing {
    uint64_t *best;    /* of each piece, over the passes */
    uint64_t first_ns; /* the first pass as a whole */
    size_t at, count;
    uint64_t since, began;
};

static void begin_pass(struct timing *timing, size_t length)
{
    if (!timing->best) {
        timing->count = length / PIECE + 2;
        timing->best = malloc(timing->count * sizeof *timing->best);
        if (!timing->best)
            die("no memory");
        memset(timing->best, 0xFF, timing->count * sizeof *timing->best);
    }
    timing->at = 0;
    timing->began = timing->since = tf_monotonic_ns();
}

static void end_piece(struct timing *timing)
{
    uint64_t now = tf_monotonic_ns(), ns = now - timing->since;
    if (timing->at < timing->count && ns < timing->best[timing->at])
        timing->best[timing->at] = ns;
    timing->at++;
    timing->since = now;
}

static void end_pass(struct timing *timing)
{
    end_piece(timing);
    if (!timing->first_ns)
        timing->first_ns = timing->since - timing->began;
    timing->count = timing->at; /* the same in every pass */
}

static uint64_t best_ns(const struct timing *timing)
{
    uint64_t ns = 0;
    for (size_t i = 0; i < timing->count; i++)
        ns += timing->best[i];
    return ns ? ns : 1;
}

/* ---- the passes ------------------------------------------------------------------------------ */

struct bench {
    const struct loaded *loaded;
    struct tf_feed *feed;       /* of packets */
    struct tf_decoder *decoder; /* of messages */
    struct timing decoding, copying;
    uint64_t messages, ticks; /* of the last pass */
};

static struct tf_tick ticks[BATCH];

static void open_bench(struct bench *bench, const struct loaded *loaded)
{
    struct tf_feed_options options = {.format = loaded->format, .decoder.node = -1};
    bench->loaded = loaded;
    if (loaded->format->session)
        bench->feed = tf_feed_open(&options);
    else
        bench->decoder = loaded->format->decoder->open(&options.decoder);
    if (!bench->feed && !bench->decoder)
        die(tf_errmsg());
}

static void drain(struct bench *bench)
{
    struct tf_sink sink = {.ticks = ticks, .capacity = BATCH};
    uint32_t got;
    while ((got = tf_feed_next(bench->feed, UINT32_MAX, &sink))) {
        bench->messages += got;
        bench->ticks += sink.count;
        sink.count = 0;
    }
}

static void decode_packets(struct bench *bench)
{
    const struct loaded *loaded = bench->loaded;
    size_t mark = PIECE;
    tf_feed_restart(bench->feed);
    begin_pass(&bench->decoding, loaded->length);
    for (size_t i = 0; i < loaded->packet_count; i++) {
        tf_feed_packet(bench->feed, &loaded->packets[i]);
        drain(bench);
        if ((size_t)(loaded->packets[i].bytes - loaded->bytes) >= mark) {
            end_piece(&bench->decoding);
            mark += PIECE;
        }
    }
    tf_feed_flush(bench->feed);
    drain(bench);
    end_pass(&bench->decoding);
}

/* Through a small sink, as replay drains it. */
static void decode_messages(struct bench *bench)
{
    const struct loaded *loaded = bench->loaded;
    const struct tf_decoder_ops *ops = loaded->format->decoder;
    struct tf_sink sink = {.ticks = ticks, .capacity = BATCH};
    struct tf_framing framing = {0};
    size_t mark = PIECE, consumed = 1;
    ops->restart(bench->decoder);
    begin_pass(&bench->decoding, loaded->length);
    for (size_t at = 0; consumed && !framing.ended; at += consumed) {
        bench->messages += tf_framing_decode(loaded->format->framing, &framing,
                                             loaded->bytes + at, loaded->length - at,
                                             UINT32_MAX, ops, bench->decoder, &sink, &consumed);
        bench->ticks += sink.count;
        sink.count = 0;
        if (at >= mark) {
            end_piece(&bench->decoding);
            mark += PIECE;
        }
    }
    end_pass(&bench->decoding);
}

static void decode_pass(struct bench *bench)
{
    bench->messages = bench->ticks = 0;
    if (bench->feed)
        decode_packets(bench);
    else
        decode_messages(bench);
}

static void copy_pass(struct bench *bench, uint8_t *copy)
{
    const struct loaded *loaded = bench->loaded;
    begin_pass(&bench->copying, loaded->length);
    for (size_t at = 0; at < loaded->length; at += PIECE) {
        size_t left = loaded->length - at;
        memcpy(copy + at, loaded->bytes + at, left < PIECE ? left : PIECE);
        __asm__ volatile("" ::: "memory"); /* it is not to be left out */
        end_piece(&bench->copying);
    }
    end_pass(&bench->copying);
}

/* ---- instructions ---------------------------------------------------------------------------- */

/* A counter of this thread's, standing still; -1: not here. */
static int open_counter(void)
{
    struct perf_event_attr attributes = {.type = PERF_TYPE_HARDWARE,
                                         .size = sizeof attributes,
                                         .config = PERF_COUNT_HW_INSTRUCTIONS,
                                         .disabled = 1,
                                         .exclude_kernel = 1,
                                         .exclude_hv = 1};
    return (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0);
}

/* Of one more pass; 0: not counted. */
static uint64_t count_instructions(struct bench *bench)
{
    uint64_t count = 0;
    int counter = open_counter();
    if (counter < 0)
        return 0;
    ioctl(counter, PERF_EVENT_IOC_ENABLE, 0);
    decode_pass(bench);
    ioctl(counter, PERF_EVENT_IOC_DISABLE, 0);
    if (read(counter, &count, sizeof count) != sizeof count)
        count = 0;
    close(counter);
    return count;
}

/* ---- the report ------------------------------------------------------------------------------ */

static uint64_t a_second(uint64_t count, uint64_t ns)
{
    return (uint64_t)((double)count * 1e9 / (double)ns);
}

static void report(struct bench *bench, uint64_t passes)
{
    const struct loaded *loaded = bench->loaded;
    struct tf_json json = {.out = stdout};
    uint64_t decoding = best_ns(&bench->decoding), copying = best_ns(&bench->copying);
    uint64_t instructions = count_instructions(bench);
    tf_json_object(&json, 0);
    tf_json_text(&json, "name", loaded->name);
    tf_json_text(&json, "format", loaded->format->name);
    tf_json_u64(&json, "bytes", loaded->length);
    tf_json_u64(&json, "packets", loaded->packet_count);
    tf_json_u64(&json, "messages", bench->messages);
    tf_json_u64(&json, "ticks", bench->ticks);
    tf_json_u64(&json, "passes", passes);
    tf_json_u64(&json, "messages_per_s", a_second(bench->messages, decoding));
    tf_json_u64(&json, "first_pass_messages_per_s",
                a_second(bench->messages, bench->decoding.first_ns));
    tf_json_u64(&json, "memcpy_messages_per_s", a_second(bench->messages, copying));
    tf_json_u64(&json, "bytes_per_s", a_second(loaded->length, decoding));
    tf_json_u64(&json, "memcpy_bytes_per_s", a_second(loaded->length, copying));
    tf_json_u64_or_null(&json, "instructions_per_1000_messages",
                        bench->messages ? instructions * 1000 / bench->messages : 0, 0);
    tf_json_end_object(&json);
    fputc('\n', stdout);
}

/* `passes` 0: as many as fit into the time, two at least. */
static void run(const struct loaded *loaded, uint64_t for_ns, uint64_t passes)
{
    struct bench bench = {0};
    uint8_t *copy = malloc(loaded->length ? loaded->length : 1);
    if (!copy)
        die("no memory");
    memset(copy, 1, loaded->length);
    open_bench(&bench, loaded);
    uint64_t done = 0, until = tf_monotonic_ns() + for_ns;
    while (passes ? done < passes
                  : done < 2 || (tf_monotonic_ns() < until && done < PASSES_MAX)) {
        if (!passes)
            copy_pass(&bench, copy);
        decode_pass(&bench);
        done++;
    }
    if (passes)
        printf("%llu messages\n", (unsigned long long)bench.messages);
    else
        report(&bench, done);
    tf_feed_close(bench.feed);
    if (bench.decoder)
        loaded->format->decoder->close(bench.decoder);
    free(bench.decoding.best);
    free(bench.copying.best);
    free(copy);
}

int main(int argc, char **argv)
{
    static const struct option long_options[] = {{"seconds", required_argument, 0, 's'},
                                                 {"messages", required_argument, 0, 'm'},
                                                 {"passes", required_argument, 0, 'p'},
                                                 {0, 0, 0, 0}};
    uint64_t for_ns = 2000000000, messages = 1000000, passes = 0;
    int option;
    while ((option = getopt_long(argc, argv, "", long_options, 0)) != -1) {
        bool good = option == 's'   ? tf_parse_duration(optarg, &for_ns)
                    : option == 'm' ? tf_parse_u64(optarg, UINT32_MAX, &messages)
                    : option == 'p' ? tf_parse_u64(optarg, PASSES_MAX, &passes)
                                    : false;
        if (!good) {
            fputs("usage: decode_bench [--seconds S] [--messages N] [--passes N] [FILE]...\n",
                  stderr);
            return 64;
        }
    }
    for (int i = optind; i < argc || i == optind; i++) {
        struct loaded loaded = {0};
        if (i < argc)
            load_file(&loaded, argv[i]);
        else
            load_generated(&loaded, messages);
        run(&loaded, for_ns, passes);
        fflush(stdout);
        free(loaded.packets);
        free(loaded.bytes);
    }
    return 0;
}
