/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What attach believes: nothing before it is checked.  Every field of every header, and every
 * byte and length of the descriptor, is made wrong, one at a time; attaching must say what is
 * wrong or work, and never crash.
 */
#include "suite.h"

#include <fcntl.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

static tf_publisher *make(enum tf_backing backing)
{
    struct tf_publisher_options options = two_rings(backing);
    options.no_helper = 1;
    tf_publisher *publisher = must_create(&options);
    publish(publisher, 100);
    return publisher;
}

/* A field of a header, wrong; what attach must say. */
struct wrong {
    size_t offset, size;
    int error;
    const char *words;
};
#define WRONG(type, field, error, words)                                                       \
    {                                                                                          \
        offsetof(struct type, field), sizeof((struct type *)0)->field, error, words            \
    }

static const struct wrong wrong_data[] = {
    WRONG(tf_data_header, magic, TF_ELAYOUT, "magic"),
    WRONG(tf_data_header, version, TF_ELAYOUT, "version"),
    WRONG(tf_data_header, signature, TF_ELAYOUT, "signature"),
    WRONG(tf_data_header, length, TF_ELAYOUT, "bytes"),
    WRONG(tf_data_header, stream_id, TF_ENOSTREAM, "memory is gone"),
    WRONG(tf_data_header, header_size, TF_ELAYOUT, "ring 1 is laid out otherwise"),
    WRONG(tf_data_header, capacity, TF_ELAYOUT, "ring 1 is laid out otherwise"),
    WRONG(tf_data_header, slots_offset, TF_ELAYOUT, "ring 1 is laid out otherwise"),
    WRONG(tf_data_header, directory_offset, TF_ELAYOUT, "ring 1 is laid out otherwise"),
    WRONG(tf_data_header, directory_capacity, TF_ELAYOUT, "ring 1 is laid out otherwise"),
    WRONG(tf_data_header, directory_buckets, TF_ELAYOUT, "ring 1 is laid out otherwise"),
    WRONG(tf_data_header, ring_index, TF_ELAYOUT, "ring 1 is laid out otherwise"),
    WRONG(tf_data_header, ring_count, TF_ELAYOUT, "ring 1 is laid out otherwise"),
};

static void flip(void *base, const struct wrong *wrong)
{
    unsigned char *at = (unsigned char *)base + wrong->offset;
    for (size_t i = 0; i < wrong->size; i++)
        at[i] ^= 0x5a;
}

ON_BOTH_BACKINGS(damage, wrong_data_header_is_refused_by_name)
{
    tf_publisher *publisher = make(*backing);
    struct tf_attach_options how = TF_ATTACH_OPTIONS_INIT;
    struct tf_segment segment;
    void *header = map_data("default", 1, &segment);
    how.ring = 1;
    for (size_t i = 0; i < sizeof wrong_data / sizeof wrong_data[0]; i++) {
        tf_reader *reader;
        flip(header, &wrong_data[i]);
        EXPECT_ERROR(tf_attach(NULL, &how, &reader), wrong_data[i].error, wrong_data[i].words);
        cr_expect_null(reader);
        flip(header, &wrong_data[i]);
    }
    tf_detach(must_attach(TF_FROM_OLDEST, 1));
    tf_segment_detach(&segment);
    finish(publisher);
}

static const struct wrong wrong_roster[] = {
    WRONG(tf_roster_header, magic, 0, ""),     WRONG(tf_roster_header, version, 0, ""),
    WRONG(tf_roster_header, signature, 0, ""), WRONG(tf_roster_header, length, 0, ""),
    WRONG(tf_roster_header, stream_id, 0, ""), WRONG(tf_roster_header, header_size, 0, ""),
    WRONG(tf_roster_header, capacity, 0, ""),
};

/* Any reader can write to the roster: damage there may make nobody miss a tick. */
ON_BOTH_BACKINGS(damage, wrong_roster_makes_a_reader_anonymous_and_no_poorer)
{
    tf_publisher *publisher = make(*backing);
    struct tf_segment segment;
    void *header = map_roster("default", &segment);
    for (size_t i = 0; i < sizeof wrong_roster / sizeof wrong_roster[0]; i++) {
        struct tf_stream_info info;
        struct witness witness;
        flip(header, &wrong_roster[i]);
        witness_begin(&witness, must_attach(TF_FROM_OLDEST, 0));
        tf_get_info(witness.reader, &info);
        cr_expect_eq(info.roster_slot, -1);
        witness_drain(&witness);
        cr_expect_eq(witness.ticks, 101);
        tf_detach(witness.reader);
        flip(header, &wrong_roster[i]);
    }
    tf_segment_detach(&segment);
    finish(publisher);
}

/* ---- the descriptor --------------------------------------------------------------------- */

static void descriptor_path(char *path, size_t size)
{
    snprintf(path, size, "%s/descriptor", world_stream("default"));
}

static void rewrite(const void *bytes, size_t length)
{
    char path[PATH_MAX];
    descriptor_path(path, sizeof path);
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    cr_assert(fd >= 0 && write(fd, bytes, length) == (ssize_t)length);
    close(fd);
}

STREAM_TEST(damage, descriptor_cut_short_anywhere_is_refused)
{
    tf_publisher *publisher = make(TF_BACKING_SYSV);
    struct tf_descriptor descriptor;
    tf_reader *reader;
    cr_assert_eq(tf_descriptor_read(world_stream("default"), &descriptor), 0);
    for (size_t length = 0; length < sizeof descriptor; length++) {
        rewrite(&descriptor, length);
        int error = tf_attach(NULL, NULL, &reader);
        cr_assert(error == TF_ELAYOUT && reader == NULL, "at %zu: %d", length, error);
    }
    cr_expect_not_null(strstr(tf_errmsg(), "damaged"), "%s", tf_errmsg());
    rewrite(&descriptor, sizeof descriptor);
    tf_detach(must_attach(TF_FROM_NEWEST, -1));
    finish(publisher);
}

STREAM_TEST(damage, descriptor_with_any_byte_wrong_is_refused)
{
    tf_publisher *publisher = make(TF_BACKING_SYSV);
    struct tf_descriptor descriptor;
    unsigned char *bytes = (unsigned char *)&descriptor;
    tf_reader *reader;
    cr_assert_eq(tf_descriptor_read(world_stream("default"), &descriptor), 0);
    for (size_t at = 0; at < sizeof descriptor; at++) {
        bytes[at] ^= (unsigned char)(1 + at % 255);
        rewrite(&descriptor, sizeof descriptor);
        int error = tf_attach(NULL, NULL, &reader);
        cr_assert(error == TF_ELAYOUT && reader == NULL, "byte %zu: %d", at, error);
        bytes[at] ^= (unsigned char)(1 + at % 255);
    }
    rewrite(&descriptor, sizeof descriptor);
    finish(publisher);
}

/*
 * The same with a checksum that agrees, as a hostile writer's would: then what the bytes say
 * may be followed, or refused, but only with one of the documented errors.
 */
ON_BOTH_BACKINGS(damage, descriptor_that_lies_with_a_good_checksum_harms_nobody)
{
    tf_publisher *publisher = make(*backing);
    struct tf_descriptor truth, lie;
    cr_assert_eq(tf_descriptor_read(world_stream("default"), &truth), 0);
    size_t used = offsetof(struct tf_descriptor, data) + 3 * sizeof truth.data[0];
    for (size_t at = offsetof(struct tf_descriptor, stream_id); at < used; at++) {
        static const unsigned char masks[] = {0x01, 0xff};
        for (size_t i = 0; i < sizeof masks; i++) {
            tf_reader *reader;
            lie = truth;
            ((unsigned char *)&lie)[at] ^= masks[i];
            cr_assert_eq(tf_descriptor_write(world_stream("default"), &lie), 0);
            int error = tf_attach(NULL, NULL, &reader);
            cr_assert(error == 0 || error == TF_ELAYOUT || error == TF_ENOSTREAM ||
                          error == TF_EPERM || error == TF_EOS,
                      "byte %zu: %d", at, error);
            cr_assert_eq(error == 0, reader != NULL);
            struct tf_tick tick;
            if (reader && tf_seek(reader, TF_FROM_OLDEST, 0) == 0)
                tf_read(reader, &tick, 1);
            tf_detach(reader);
            struct tf_survey survey;
            cr_assert_eq(tf_survey_look("default", world_stream("default"), &survey), 0);
            tf_survey_free(&survey);
        }
    }
    cr_assert_eq(tf_descriptor_write(world_stream("default"), &truth), 0);
    finish(publisher);
}

STREAM_TEST(damage, descriptor_that_is_no_file_is_refused)
{
    char path[PATH_MAX];
    tf_reader *reader;
    mkdir(world_stream("default"), 0755);
    descriptor_path(path, sizeof path);
    cr_assert_eq(mkfifo(path, 0644), 0);
    cr_expect_lt(tf_attach(NULL, NULL, &reader), 0, "and does not hang on a fifo");
    unlink(path);
    cr_assert_eq(mkdir(path, 0755), 0);
    cr_expect_lt(tf_attach(NULL, NULL, &reader), 0);
    rmdir(path);
    cr_assert_eq(symlink("/proc/self/mem", path), 0);
    cr_expect_lt(tf_attach(NULL, NULL, &reader), 0, "and follows no link");
    world_close();
}

/* ---- segments that are not what they were ----------------------------------------------- */

STREAM_TEST(damage, data_file_of_any_wrong_length_is_refused)
{
    tf_publisher *publisher = make(TF_BACKING_FILE);
    struct tf_descriptor descriptor;
    tf_reader *reader;
    cr_assert_eq(tf_descriptor_read(world_stream("default"), &descriptor), 0);
    const char *file = descriptor.data[0].name.path;
    off_t whole = (off_t)descriptor.data[0].length;
    static const off_t lengths[] = {0, 1, 64, 4095, 4096, 8192};
    struct tf_segment segment;
    struct tf_data_header header;
    memcpy(&header, map_data("default", 0, &segment), sizeof header);
    tf_segment_detach(&segment);
    /* Another file in its place: the publisher's own mapping must stay what it is. */
    char kept[PATH_MAX];
    snprintf(kept, sizeof kept, "%s.kept", file);
    cr_assert_eq(rename(file, kept), 0);
    for (size_t i = 0; i <= sizeof lengths / sizeof lengths[0]; i++) {
        off_t length = i < sizeof lengths / sizeof lengths[0] ? lengths[i] : whole - 1;
        int fd = open(file, O_RDWR | O_CREAT | O_TRUNC, 0600);
        cr_assert(fd >= 0 && ftruncate(fd, length) == 0);
        if (length >= (off_t)sizeof header)
            cr_assert_eq(pwrite(fd, &header, sizeof header, 0), (ssize_t)sizeof header);
        close(fd);
        int error = tf_attach(NULL, NULL, &reader);
        cr_expect_eq(error, TF_ELAYOUT, "%jd bytes: %d, %s", (intmax_t)length, error,
                     tf_errmsg());
    }
    cr_assert_eq(rename(kept, file), 0);
    tf_detach(must_attach(TF_FROM_OLDEST, 0));
    finish(publisher);
}

STREAM_TEST(damage, id_that_came_to_mean_other_memory_is_refused)
{
    tf_publisher *publisher = make(TF_BACKING_SYSV);
    struct tf_descriptor descriptor;
    tf_reader *reader;
    int strange = shmget(IPC_PRIVATE, 1 << 20, IPC_CREAT | 0600);
    int tiny = shmget(IPC_PRIVATE, 100, IPC_CREAT | 0600);
    cr_assert(strange >= 0 && tiny >= 0);
    cr_assert_eq(tf_descriptor_read(world_stream("default"), &descriptor), 0);
    int ours = descriptor.data[0].name.shmid;
    int ids[] = {strange, tiny, descriptor.roster.name.shmid, descriptor.data[1].name.shmid};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        descriptor.data[0].name.shmid = ids[i];
        cr_assert_eq(tf_descriptor_write(world_stream("default"), &descriptor), 0);
        int error = tf_attach(NULL, NULL, &reader);
        cr_expect_eq(error, TF_ELAYOUT, "%zu: %d, %s", i, error, tf_errmsg());
    }
    shmctl(strange, IPC_RMID, NULL);
    shmctl(tiny, IPC_RMID, NULL);
    descriptor.data[0].name.shmid = strange;
    cr_assert_eq(tf_descriptor_write(world_stream("default"), &descriptor), 0);
    EXPECT_ERROR(tf_attach(NULL, NULL, &reader), TF_ENOSTREAM, "gone");
    descriptor.data[0].name.shmid = ours;
    cr_assert_eq(tf_descriptor_write(world_stream("default"), &descriptor), 0);
    tf_detach(must_attach(TF_FROM_OLDEST, 0));
    finish(publisher);
}
