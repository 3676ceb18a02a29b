/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only one backing has to answer for: files in directories that others write to, the
 * choice of TF_BACKING_AUTO, and SysV segments that a killed creator did not come to mark.
 */
#include "segment.h"
#include "tickfan.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[64], ring[80];

static void make_directory(void)
{
    snprintf(directory, sizeof directory, "/dev/shm/tf-backings-%d", (int)getpid());
    snprintf(ring, sizeof ring, "%s/ring", directory);
    cr_assert_eq(mkdir(directory, 0755), 0, "mkdir %s: %s", directory, strerror(errno));
}

static void remove_directory(void)
{
    unlink(ring);
    cr_expect_eq(rmdir(directory), 0, "something is left in %s", directory);
}

static struct tf_segment_options options_for(enum tf_backing backing)
{
    return (struct tf_segment_options){.backing = backing,
                                       .huge_pages = TF_HUGE_OFF,
                                       .length = 100 * 1000,
                                       .node = -1,
                                       .mode = 0640,
                                       .group = (gid_t)-1,
                                       .directory = directory,
                                       .file_name = "ring"};
}

static void discard(struct tf_segment *segment)
{
    struct tf_segment_name name = segment->name;
    tf_segment_detach(segment);
    cr_expect_eq(tf_segment_destroy(&name), 0, "%s", tf_errmsg());
}

static struct tf_segment_name file_at(const char *path)
{
    struct tf_segment_name name = {.backing = TF_BACKING_FILE};
    snprintf(name.path, sizeof name.path, "%s", path);
    return name;
}

/* A skipped test does not get to its .fini. */
#define SKIP(reason)                                                                           \
    do {                                                                                       \
        remove_directory();                                                                    \
        cr_skip_test(reason);                                                                  \
    } while (0)

TestSuite(segment_file, .init = make_directory, .fini = remove_directory);
TestSuite(segment_auto, .init = make_directory, .fini = remove_directory);

/* ---- files ------------------------------------------------------------------------------- */

Test(segment_file, existing_file_is_never_taken_over)
{
    struct tf_segment_options options = options_for(TF_BACKING_FILE);
    struct tf_segment segment, second;
    cr_assert_eq(tf_segment_create(&options, &segment, NULL, 0), 0, "%s", tf_errmsg());
    cr_expect_eq(tf_segment_create(&options, &second, NULL, 0), TF_ECREATE);
    cr_expect_eq(access(ring, F_OK), 0, "and it is left in place");
    discard(&segment);
}

Test(segment_file, symbolic_link_in_its_place_is_refused)
{
    struct tf_segment_options options = options_for(TF_BACKING_FILE);
    struct tf_segment segment;
    struct tf_segment_name name = file_at(ring);
    cr_assert_eq(symlink("/etc/passwd", ring), 0);
    cr_expect_eq(tf_segment_create(&options, &segment, NULL, 0), TF_ECREATE);
    cr_expect_eq(tf_segment_attach(&name, false, 1, &segment), TF_EPERM);
    cr_expect_not_null(strstr(tf_errmsg(), "symbolic link"), "%s", tf_errmsg());
}

Test(segment_file, anything_but_a_regular_file_is_refused)
{
    static const char *const others[] = {ring, directory, "/dev/zero"};
    struct tf_segment segment;
    cr_assert_eq(mkfifo(ring, 0600), 0);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct tf_segment_name name = file_at(others[i]);
        cr_expect_eq(tf_segment_attach(&name, false, 1, &segment), TF_EPERM, "%s", others[i]);
    }
}

Test(segment_file, empty_file_is_refused)
{
    struct tf_segment segment;
    struct tf_segment_name name = file_at(ring);
    close(open(ring, O_CREAT | O_RDWR | O_CLOEXEC, 0600));
    cr_expect_eq(tf_segment_attach(&name, false, 0, &segment), TF_ELAYOUT);
}

Test(segment_file, names_outside_the_directory_are_refused)
{
    static const char *const names[] = {"",    ".",         "..",      "../ring",
                                        "a/b", "/etc/ring", ".hidden", "with blank"};
    struct tf_segment segment;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct tf_segment_options options = options_for(TF_BACKING_FILE);
        options.file_name = names[i];
        cr_expect_eq(tf_segment_create(&options, &segment, NULL, 0), TF_EUSAGE, "\"%s\"",
                     names[i]);
    }
}

Test(segment_file, directory_that_is_not_there_is_named)
{
    struct tf_segment_options options = options_for(TF_BACKING_FILE);
    struct tf_segment segment;
    options.directory = "/no/such/directory";
    cr_expect_eq(tf_segment_create(&options, &segment, NULL, 0), TF_ECREATE);
    cr_expect_not_null(strstr(tf_errmsg(), "/no/such/directory"), "%s", tf_errmsg());
}

Test(segment_file, works_on_a_disk_too)
{
    char on_disk[] = "/var/tmp/tf-backings-XXXXXX";
    struct tf_segment_options options = options_for(TF_BACKING_FILE);
    struct tf_segment segment, reader;
    cr_assert_not_null(mkdtemp(on_disk));
    options.directory = on_disk;
    options.node = 0;
    cr_assert_eq(tf_segment_create(&options, &segment, NULL, 0), 0, "%s", tf_errmsg());
    strcpy(segment.base, "on disk");
    cr_assert_eq(tf_segment_attach(&segment.name, false, 1, &reader), 0, "%s", tf_errmsg());
    cr_expect_str_eq(reader.base, "on disk");
    tf_segment_detach(&reader);
    discard(&segment);
    cr_expect_eq(rmdir(on_disk), 0, "empty again");
}

Test(segment_file, clear_removes_by_the_name_it_was_created_as)
{
    struct tf_segment_options options = options_for(TF_BACKING_FILE);
    struct tf_segment segment;
    cr_expect_eq(tf_segment_clear(directory, "ring"), 0, "nothing there is no error");
    cr_assert_eq(tf_segment_create(&options, &segment, NULL, 0), 0, "%s", tf_errmsg());
    cr_expect_eq(tf_segment_clear(directory, "ring"), 0, "%s", tf_errmsg());
    cr_expect_neq(access(ring, F_OK), 0);
    cr_expect_eq(tf_segment_clear(directory, "../ring"), TF_EUSAGE);
    discard(&segment);
}

/* ---- auto, and segments of nobody -------------------------------------------------------- */

Test(segment_auto, falls_back_to_ordinary_pages_and_says_why)
{
    struct tf_segment_options options = options_for(TF_BACKING_AUTO);
    struct tf_segment segment;
    char report[512], free_pages[32] = "0";
    FILE *pool = fopen("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "re");
    if (!pool || !fgets(free_pages, sizeof free_pages, pool) || atoi(free_pages) != 0)
        SKIP("huge pages are free here, or unknown");
    options.huge_pages = TF_HUGE_AUTO;
    cr_assert_eq(tf_segment_create(&options, &segment, report, sizeof report), 0, "%s",
                 tf_errmsg());
    cr_expect_not_null(strstr(report, "sysv, 4 KiB pages"), "%s", report);
    cr_expect_not_null(strstr(report, "(no huge pages: need 1 of 2 MiB (2.0 MiB), 0 of "), "%s",
                       report);
    discard(&segment);
    fclose(pool);
}

Test(segment_auto, falls_back_to_a_file_and_says_why)
{
    /* A private IPC namespace whose largest segment is smaller than a page. */
    if (unshare(CLONE_NEWIPC) != 0)
        SKIP("a namespace of its own is not permitted");
    FILE *limit = fopen("/proc/sys/kernel/shmmax", "we");
    if (!limit || fputs("1000", limit) < 0 || fclose(limit) != 0)
        SKIP("kernel.shmmax is not writable");
    struct tf_segment_options options = options_for(TF_BACKING_AUTO);
    struct tf_segment segment;
    char report[512];
    cr_assert_eq(tf_segment_create(&options, &segment, report, sizeof report), 0, "%s",
                 tf_errmsg());
    cr_expect_eq(segment.name.backing, (uint32_t)TF_BACKING_FILE);
    cr_expect_not_null(strstr(report,
                              "(sysv: need a segment of 100.0 KiB, kernel.shmmax allows "
                              "1000 B)"),
                       "%s", report);
    discard(&segment);

    options.directory = NULL; /* nowhere to fall back to */
    cr_expect_eq(tf_segment_create(&options, &segment, NULL, 0), TF_EOS);
    cr_expect_not_null(strstr(tf_errmsg(), "sysctl kernel.shmmax=102400"), "%s", tf_errmsg());
}

static void get_and_die(key_t key)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(shmget(key, 4096, IPC_CREAT | IPC_EXCL | 0600) < 0);
    int status;
    waitpid(pid, &status, 0);
    cr_assert_eq(status, 0);
}

Test(segment_sysv, what_a_kill_before_the_mark_leaves_is_reclaimed)
{
    if (unshare(CLONE_NEWIPC) != 0)
        cr_skip_test("a namespace of its own is not permitted");
    get_and_die(0x74660000);
    get_and_die(0x74670000); /* somebody else's, as dead as ours */
    cr_expect_eq(tf_segment_reclaim(true), 1);
    cr_expect_eq(tf_segment_reclaim(false), 1);
    cr_expect_eq(tf_segment_reclaim(false), 0);
    cr_expect_lt(shmget(0x74660000, 0, 0), 0);
    cr_expect_geq(shmget(0x74670000, 0, 0), 0, "others' segments are left alone");
}
