/* SPDX-License-Identifier: Apache-2.0 */
/* Sources: what goes in comes out, however packed; damage comes after all that was good. */
#include "random.h"
#include "source.h"
#include "temp_file.h"
#include "tickfan.h"

#include <sys/wait.h>

enum { LENGTH = 1500000 };
static uint8_t original[LENGTH];

/* Bytes that compress somewhat, like market data. */
static void make_original(void)
{
    struct tf_random random;
    tf_random_seed(&random, 42);
    for (size_t i = 0; i < LENGTH; i++)
        original[i] = (uint8_t)(tf_random_below(&random, 4) ? i / 64 : tf_random_next(&random));
}

TestSuite(source, .init = make_original);

struct outcome {
    size_t length;
    int status;
    bool same; /* all that came was a prefix of the original */
    char message[512];
};

/* Read in uneven pieces to the end. */
static struct outcome drain(struct tf_source *source, struct tf_random *random)
{
    struct outcome outcome = {.same = true};
    for (;;) {
        const uint8_t *bytes;
        size_t want = 1 + tf_random_below(random, TF_SOURCE_PEEK_MAX);
        ptrdiff_t got = tf_source_peek(source, want, &bytes);
        if (got <= 0) {
            outcome.status = (int)got;
            snprintf(outcome.message, sizeof outcome.message, "%s", got ? tf_errmsg() : "");
            break;
        }
        size_t take = 1 + tf_random_below(random, (uint32_t)got);
        cr_assert_eq(tf_source_offset(source), outcome.length);
        outcome.same = outcome.same && outcome.length + take <= LENGTH &&
                       memcmp(bytes, original + outcome.length, take) == 0;
        tf_source_skip(source, take);
        outcome.length += take;
    }
    cr_assert_eq(tf_source_status(source), outcome.status);
    return outcome;
}

static struct outcome read_file(const char *path, const char *compression)
{
    struct tf_random random;
    tf_random_seed(&random, 7);
    int error;
    struct tf_source *source = tf_source_open(path, &error);
    cr_assert(source, "%s", tf_errmsg());
    cr_assert_str_eq(tf_source_compression(source), compression);
    struct outcome outcome = drain(source, &random);
    tf_source_close(source);
    unlink(path);
    return outcome;
}

static struct outcome read_blob(const struct blob *blob, const char *compression)
{
    return read_file(temp_file(blob->bytes, blob->length), compression);
}

static void assert_whole(struct outcome outcome)
{
    cr_assert_eq(outcome.status, 0, "%s", outcome.message);
    cr_assert_eq(outcome.length, LENGTH);
    cr_assert(outcome.same);
}

Test(source, plain)
{
    assert_whole(read_file(temp_file(original, LENGTH), "none"));
}

Test(source, empty_is_an_end_at_once)
{
    struct outcome outcome = read_file(temp_file("", 0), "none");
    cr_assert_eq(outcome.status, 0);
    cr_assert_eq(outcome.length, 0);
}

Test(source, gzip_of_several_members_with_padding)
{
    struct blob blob = {0};
    blob_add_gzip(&blob, original, 500000);
    blob_add_gzip(&blob, original, 0);
    blob_add_gzip(&blob, original + 500000, 1);
    blob_add_gzip(&blob, original + 500001, LENGTH - 500001);
    blob_add(&blob, (uint8_t[512]){0}, 512);
    assert_whole(read_blob(&blob, "gzip"));
    free(blob.bytes);
}

Test(source, zstd_of_several_frames_with_skippable_ones)
{
    static const uint8_t skippable[] = {0x5A, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 'x', 'y', 'z'};
    struct blob blob = {0};
    blob_add(&blob, skippable, sizeof skippable);
    blob_add_zstd(&blob, original, 700000);
    blob_add_zstd(&blob, original, 0);
    blob_add(&blob, skippable, sizeof skippable);
    blob_add_zstd(&blob, original + 700000, LENGTH - 700000);
    blob_add(&blob, skippable, sizeof skippable);
    assert_whole(read_blob(&blob, "zstd"));
    free(blob.bytes);
}

/* Cut at many places: a prefix comes, then the error; no cut goes unnoticed. */
static void cut_everywhere(const struct blob *blob, const char *compression)
{
    for (size_t cut = 5; cut < blob->length; cut += blob->length / 61) {
        struct outcome outcome = read_file(temp_file(blob->bytes, cut), compression);
        cr_assert_eq(outcome.status, TF_EDATA, "cut at %zu of %zu", cut, blob->length);
        cr_assert(outcome.same);
        cr_assert(strstr(outcome.message, "ends early"), "%s", outcome.message);
        /* What comes is most of what the bytes hold: at least to within a block. */
        double share = (double)cut / (double)blob->length;
        cr_assert_geq((double)outcome.length + 300000, share * LENGTH);
    }
}

Test(source, cut_gzip)
{
    struct blob blob = {0};
    blob_add_gzip(&blob, original, LENGTH);
    cut_everywhere(&blob, "gzip");
    free(blob.bytes);
}

Test(source, cut_zstd)
{
    struct blob blob = {0};
    blob_add_zstd(&blob, original, LENGTH);
    cut_everywhere(&blob, "zstd");
    free(blob.bytes);
}

/*
 * One flipped bit anywhere behind the header is found, at the latest by the checksum; unless it
 * turned a reference into one to equal bytes elsewhere, which happens, and then nothing is
 * wrong.
 */
static void flip_bits(const struct blob *blob, const char *compression)
{
    struct tf_random random;
    tf_random_seed(&random, 3);
    for (int i = 0; i < 40; i++) {
        size_t at = 20 + tf_random_below(&random, (uint32_t)blob->length - 20);
        uint8_t bit = (uint8_t)(1u << tf_random_below(&random, 8));
        blob->bytes[at] ^= bit;
        struct outcome outcome = read_blob(blob, compression);
        blob->bytes[at] ^= bit;
        if (outcome.status == 0 && outcome.length == LENGTH && outcome.same)
            continue;
        cr_assert_eq(outcome.status, TF_EDATA, "flip at %zu of %zu", at, blob->length);
        cr_assert(strstr(outcome.message, "/tmp/tickfan-test-"), "%s", outcome.message);
    }
}

Test(source, damaged_gzip)
{
    struct blob blob = {0};
    blob_add_gzip(&blob, original, LENGTH);
    flip_bits(&blob, "gzip");
    free(blob.bytes);
}

Test(source, damaged_zstd)
{
    struct blob blob = {0};
    blob_add_zstd(&blob, original, LENGTH);
    flip_bits(&blob, "zstd");
    free(blob.bytes);
}

Test(source, good_zstd_blocks_before_a_bad_one_are_delivered)
{
    struct blob blob = {0};
    blob_add_zstd(&blob, original, LENGTH); /* a dozen blocks of 128 KiB */
    memset(blob.bytes + blob.length * 9 / 10, 0xFF, 64);
    struct outcome outcome = read_blob(&blob, "zstd");
    cr_assert_eq(outcome.status, TF_EDATA);
    cr_assert_geq(outcome.length, LENGTH * 3 / 4);
    free(blob.bytes);
}

Test(source, rubbish_after_a_whole_member_comes_after_its_bytes)
{
    struct blob gzip = {0}, zstd = {0};
    blob_add_gzip(&gzip, original, LENGTH);
    blob_add(&gzip, "rubbish", 7);
    blob_add_zstd(&zstd, original, LENGTH);
    blob_add(&zstd, "rubbish", 7);
    struct outcome outcomes[] = {read_blob(&gzip, "gzip"), read_blob(&zstd, "zstd")};
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(outcomes[i].status, TF_EDATA);
        cr_assert_eq(outcomes[i].length, LENGTH);
        cr_assert(outcomes[i].same);
    }
    free(gzip.bytes);
    free(zstd.bytes);
}

Test(source, rewinds_files)
{
    struct blob blob = {0};
    blob_add_gzip(&blob, original, LENGTH);
    struct tf_random random;
    tf_random_seed(&random, 7);
    int error;
    const char *path = temp_file(blob.bytes, blob.length);
    struct tf_source *source = tf_source_open(path, &error);
    cr_assert(source);
    cr_assert_eq(tf_source_total_bytes(source), blob.length);
    assert_whole(drain(source, &random));
    cr_assert_eq(tf_source_read_bytes(source), blob.length);
    cr_assert_eq(tf_source_rewind(source), 0);
    cr_assert_eq(tf_source_offset(source), 0);
    assert_whole(drain(source, &random));
    tf_source_close(source);
    unlink(path);
    free(blob.bytes);
}

/* Standard input as a pipe whose writer gives the first bytes one by one. */
static struct outcome read_pipe(const struct blob *blob, const char *compression)
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        for (size_t at = 0; at < blob->length;) {
            ssize_t done = write(ends[1], blob->bytes + at, at < 16 ? 1 : blob->length - at);
            if (done < 0)
                _exit(1);
            at += (size_t)done;
        }
        _exit(0);
    }
    close(ends[1]);
    cr_assert_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    int error;
    struct tf_source *source = tf_source_open("-", &error);
    cr_assert(source);
    cr_assert_str_eq(tf_source_compression(source), compression);
    cr_assert_str_eq(tf_source_path(source), "standard input");
    struct tf_random random;
    tf_random_seed(&random, 7);
    struct outcome outcome = drain(source, &random);
    cr_assert_eq(tf_source_rewind(source), TF_EIO);
    tf_source_close(source);
    waitpid(child, 0, 0);
    return outcome;
}

Test(source, standard_input)
{
    struct blob plain = {0}, gzip = {0}, zstd = {0};
    blob_add(&plain, original, LENGTH);
    blob_add_gzip(&gzip, original, LENGTH);
    blob_add_zstd(&zstd, original, LENGTH);
    assert_whole(read_pipe(&plain, "none"));
    assert_whole(read_pipe(&gzip, "gzip"));
    assert_whole(read_pipe(&zstd, "zstd"));
    free(plain.bytes);
    free(gzip.bytes);
    free(zstd.bytes);
}

Test(source, open_says_why_not)
{
    int error = 0;
    cr_assert_null(tf_source_open("/nonexistent/day.itch", &error));
    cr_assert_eq(error, TF_ENOINPUT);
    cr_assert(strstr(tf_errmsg(), "/nonexistent/day.itch"));
    cr_assert_null(tf_source_open("/tmp", &error));
    cr_assert_eq(error, TF_ENOINPUT);
    cr_assert(strstr(tf_errmsg(), "directory"));
}
