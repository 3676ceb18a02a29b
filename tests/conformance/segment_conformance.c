/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What segment.h promises, held against both backings by one suite.  Where the two differ by
 * contract (what a dead creator leaves) the test says so with outlives_creator().
 *
 * Each test is a process and they run side by side: directories and files carry the pid.  A
 * second process is a child that attaches anew by name; what it finds wrong is its exit status.
 */
#include "segment.h"
#include "tickfan.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A parameter is copied into the test's process, so it holds no pointer. */
#define ON_BOTH_BACKINGS(test)                                                                 \
    ParameterizedTestParameters(segment, test)                                                 \
    {                                                                                          \
        static enum tf_backing both[] = {TF_BACKING_SYSV, TF_BACKING_FILE};                    \
        return cr_make_param_array(enum tf_backing, both, 2, NULL);                            \
    }                                                                                          \
    ParameterizedTest(enum tf_backing *backing, segment, test, .init = make_directory,         \
                      .fini = remove_directory)

enum { LENGTH = 100 * 1000 }; /* no multiple of any page */

static char directory[64];

static void make_directory(void)
{
    snprintf(directory, sizeof directory, "/dev/shm/tf-segment-%d", (int)getpid());
    cr_assert_eq(mkdir(directory, 0755), 0, "mkdir %s: %s", directory, strerror(errno));
}

static int files_left(void)
{
    int count = 0;
    DIR *open_directory = opendir(directory);
    for (struct dirent *entry; (entry = readdir(open_directory)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(open_directory);
    return count;
}

static void remove_directory(void)
{
    char path[128];
    snprintf(path, sizeof path, "%s/ring", directory);
    unlink(path);
    rmdir(directory);
}

/* A skipped test does not get to its .fini. */
#define SKIP(reason)                                                                           \
    do {                                                                                       \
        remove_directory();                                                                    \
        cr_skip_test(reason);                                                                  \
    } while (0)

static struct tf_segment_options options_for(enum tf_backing backing)
{
    return (struct tf_segment_options){.backing = backing,
                                       .huge_pages = TF_HUGE_OFF,
                                       .lock_memory = TF_LOCK_TRY,
                                       .length = LENGTH,
                                       .node = -1,
                                       .mode = 0640,
                                       .group = (gid_t)-1,
                                       .directory = directory,
                                       .file_name = "ring"};
}

static struct tf_segment create(enum tf_backing backing)
{
    struct tf_segment_options options = options_for(backing);
    struct tf_segment segment;
    cr_assert_eq(tf_segment_create(&options, &segment, NULL, 0), 0, "%s", tf_errmsg());
    return segment;
}

static void discard(struct tf_segment *segment)
{
    struct tf_segment_name name = segment->name;
    tf_segment_detach(segment);
    cr_expect_eq(tf_segment_destroy(&name), 0, "%s", tf_errmsg());
}

static bool outlives_creator(enum tf_backing backing)
{
    return backing == TF_BACKING_FILE;
}

/* ---- a second process -------------------------------------------------------------------- */

typedef int child_body(const struct tf_segment_name *name);

/* Run `body` in a child; returns its wait status. */
static int in_child(child_body *body, const struct tf_segment_name *name)
{
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        signal(SIGSEGV, SIG_DFL); /* sanitizers report it otherwise */
        _exit(body(name));
    }
    int status;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    return status;
}

static int answer_in_segment(const struct tf_segment_name *name)
{
    struct tf_segment segment;
    if (tf_segment_attach(name, true, LENGTH, &segment) != 0)
        return 1;
    char *text = segment.base;
    if (strcmp(text, "question") != 0)
        return 2;
    strcpy(text, "answer");
    text[segment.length - 1] = '!';
    return 0;
}

static int write_where_only_reading_is_allowed(const struct tf_segment_name *name)
{
    struct tf_segment segment;
    if (tf_segment_attach(name, false, LENGTH, &segment) != 0 || segment.writable)
        return 1;
    if (*(volatile char *)segment.base != 'q')
        return 2;
    *(volatile char *)segment.base = 'x';
    return 3;
}

/* ---- memory ------------------------------------------------------------------------------ */

ON_BOTH_BACKINGS(is_zeroed_and_of_whole_pages)
{
    struct tf_segment segment = create(*backing);
    cr_expect_eq(segment.name.backing, (uint32_t)*backing);
    cr_expect_eq(segment.page_size, (uint64_t)sysconf(_SC_PAGESIZE));
    cr_expect_eq(segment.length, (LENGTH + segment.page_size - 1) & ~(segment.page_size - 1));
    cr_expect_eq((uintptr_t)segment.base % segment.page_size, 0);
    cr_expect(segment.writable);
    const unsigned char *bytes = segment.base;
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < segment.length; i++)
        wrong += bytes[i] != 0;
    cr_expect_eq(wrong, 0);
    discard(&segment);
}

ON_BOTH_BACKINGS(another_process_reads_and_writes)
{
    struct tf_segment segment = create(*backing);
    char *text = segment.base;
    strcpy(text, "question");
    cr_expect_eq(in_child(answer_in_segment, &segment.name), 0);
    cr_expect_str_eq(text, "answer");
    cr_expect_eq(text[segment.length - 1], '!');
    discard(&segment);
}

ON_BOTH_BACKINGS(writing_through_a_read_only_mapping_faults)
{
    struct tf_segment segment = create(*backing);
    strcpy(segment.base, "question");
    int status = in_child(write_where_only_reading_is_allowed, &segment.name);
    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV, "status %#x",
              (unsigned)status);
    cr_expect_str_eq(segment.base, "question");
    discard(&segment);
}

ON_BOTH_BACKINGS(attach_tells_the_kernels_length)
{
    struct tf_segment segment = create(*backing), reader;
    cr_assert_eq(tf_segment_attach(&segment.name, false, 1, &reader), 0, "%s", tf_errmsg());
    cr_expect_eq(reader.length, segment.length);
    cr_expect_eq(reader.page_size, segment.page_size);
    cr_expect_neq(reader.base, segment.base);
    tf_segment_detach(&reader);
    cr_expect_null(reader.base);
    discard(&segment);
}

ON_BOTH_BACKINGS(attach_refuses_shorter_than_expected)
{
    struct tf_segment segment = create(*backing), reader;
    int exact = tf_segment_attach(&segment.name, false, segment.length, &reader);
    cr_expect_eq(exact, 0, "%s", tf_errmsg());
    tf_segment_detach(&reader);
    int result = tf_segment_attach(&segment.name, false, segment.length + 1, &reader);
    cr_expect_eq(result, TF_ELAYOUT);
    cr_expect_not_null(strstr(tf_errmsg(), "100.0 KiB"), "%s", tf_errmsg());
    cr_expect_null(reader.base);
    discard(&segment);
}

/* ---- life -------------------------------------------------------------------------------- */

ON_BOTH_BACKINGS(nothing_is_left_after_detach_and_destroy)
{
    struct tf_segment segment = create(*backing), again;
    struct tf_segment_name name = segment.name;
    discard(&segment);
    cr_expect_eq(tf_segment_attach(&name, false, 1, &again), TF_ENOSTREAM);
    cr_expect_null(again.base);
    cr_expect_eq(files_left(), 0);
    struct shmid_ds info;
    if (*backing == TF_BACKING_SYSV)
        cr_expect(shmctl(name.shmid, IPC_STAT, &info) != 0 && errno == EINVAL);
    cr_expect_eq(tf_segment_destroy(&name), 0, "destroying twice is no error");
    tf_segment_detach(&segment); /* nor is detaching what is detached */
}

ON_BOTH_BACKINGS(destroy_while_others_hold_it_leaves_them_their_memory)
{
    struct tf_segment segment = create(*backing), reader;
    cr_assert_eq(tf_segment_attach(&segment.name, false, 1, &reader), 0, "%s", tf_errmsg());
    strcpy(segment.base, "still here");
    discard(&segment);
    cr_expect_str_eq(reader.base, "still here");
    cr_expect_eq(files_left(), 0);
    tf_segment_detach(&reader);
}

ON_BOTH_BACKINGS(late_reader_attaches_while_the_creator_holds_it)
{
    struct tf_segment segment = create(*backing), reader;
    struct shmid_ds info;
    if (*backing == TF_BACKING_SYSV) {
        cr_assert_eq(shmctl(segment.name.shmid, IPC_STAT, &info), 0);
        cr_expect(info.shm_perm.mode & SHM_DEST, "marked for removal all the time");
    }
    strcpy(segment.base, "late");
    cr_assert_eq(tf_segment_attach(&segment.name, false, 1, &reader), 0, "%s", tf_errmsg());
    cr_expect_str_eq(reader.base, "late");
    tf_segment_detach(&reader);
    discard(&segment);
}

/* A child creates, tells the name and waits for its death. */
static struct tf_segment_name create_and_kill(enum tf_backing backing)
{
    struct tf_segment_name name;
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct tf_segment_options options = options_for(backing);
        struct tf_segment segment;
        if (tf_segment_create(&options, &segment, NULL, 0) != 0)
            _exit(1);
        if (write(ends[1], &segment.name, sizeof name) != (ssize_t)sizeof name)
            _exit(1);
        for (;;)
            pause();
    }
    close(ends[1]);
    cr_assert_eq(read(ends[0], &name, sizeof name), (ssize_t)sizeof name);
    close(ends[0]);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    return name;
}

ON_BOTH_BACKINGS(killed_creator_leaves_what_the_contract_says)
{
    struct tf_segment_name name = create_and_kill(*backing);
    struct tf_segment segment;
    int result = tf_segment_attach(&name, true, LENGTH, &segment);
    cr_expect_eq(result, outlives_creator(*backing) ? 0 : TF_ENOSTREAM, "%s", tf_errmsg());
    tf_segment_detach(&segment);
    cr_expect_eq(tf_segment_destroy(&name), 0);
    cr_expect_eq(tf_segment_attach(&name, true, LENGTH, &segment), TF_ENOSTREAM);
    cr_expect_eq(files_left(), 0);
}

/* ---- permissions ------------------------------------------------------------------------- */

static unsigned mode_of(const struct tf_segment_name *name, gid_t *group)
{
    if (name->backing == TF_BACKING_SYSV) {
        struct shmid_ds info;
        cr_assert_eq(shmctl(name->shmid, IPC_STAT, &info), 0);
        *group = info.shm_perm.gid;
        return info.shm_perm.mode & 0777u;
    }
    struct stat info;
    cr_assert_eq(stat(name->path, &info), 0);
    *group = info.st_gid;
    return info.st_mode & 07777u;
}

ON_BOTH_BACKINGS(has_the_mode_asked_for_whatever_the_umask)
{
    static const unsigned modes[] = {0600, 0640, 0644, 0660, 0666};
    umask(077);
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        struct tf_segment_options options = options_for(*backing);
        struct tf_segment segment;
        gid_t group;
        options.mode = modes[i];
        cr_assert_eq(tf_segment_create(&options, &segment, NULL, 0), 0, "%s", tf_errmsg());
        cr_expect_eq(mode_of(&segment.name, &group), modes[i]);
        cr_expect_eq(group, getegid());
        discard(&segment);
    }
}

ON_BOTH_BACKINGS(has_the_group_asked_for)
{
    if (geteuid() != 0)
        SKIP("giving a file to any group takes root");
    struct tf_segment_options options = options_for(*backing);
    struct tf_segment segment;
    gid_t group;
    options.group = 12345;
    cr_assert_eq(tf_segment_create(&options, &segment, NULL, 0), 0, "%s", tf_errmsg());
    cr_expect_eq(mode_of(&segment.name, &group), 0640);
    cr_expect_eq(group, 12345);
    discard(&segment);
}

static int attach_as_nobody(const struct tf_segment_name *name)
{
    struct tf_segment segment;
    if (setgid(65534) != 0 || setuid(65534) != 0)
        return 99;
    return -tf_segment_attach(name, false, 1, &segment);
}

ON_BOTH_BACKINGS(strangers_are_refused)
{
    if (geteuid() != 0)
        SKIP("becoming another user takes root");
    struct tf_segment segment = create(*backing);
    int status = in_child(attach_as_nobody, &segment.name);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == -TF_EPERM, "status %#x",
              (unsigned)status);
    discard(&segment);
}

/* ---- what is refused --------------------------------------------------------------------- */

ON_BOTH_BACKINGS(names_that_mean_nothing_are_refused)
{
    struct tf_segment_name name = {.backing = (uint32_t)*backing, .shmid = -1, .path = "ring"};
    struct tf_segment segment;
    cr_expect_eq(tf_segment_attach(&name, false, 1, &segment), TF_ELAYOUT);

    name.backing = 77;
    cr_expect_eq(tf_segment_attach(&name, false, 1, &segment), TF_ELAYOUT);
    cr_expect_eq(tf_segment_destroy(&name), 0);

    name = (struct tf_segment_name){.backing = (uint32_t)*backing, .shmid = INT32_MAX};
    memset(name.path, '/', sizeof name.path); /* no end */
    int result = tf_segment_attach(&name, false, 1, &segment);
    cr_expect_eq(result, *backing == TF_BACKING_FILE ? TF_ELAYOUT : TF_ENOSTREAM);
    cr_expect_null(segment.base);
}

ON_BOTH_BACKINGS(senseless_options_are_refused)
{
    struct tf_segment_options options = options_for(*backing);
    struct tf_segment segment;
    options.length = 0;
    cr_expect_eq(tf_segment_create(&options, &segment, NULL, 0), TF_EUSAGE);
    options.length = UINT64_MAX;
    cr_expect_eq(tf_segment_create(&options, &segment, NULL, 0), TF_EUSAGE);
    options = options_for(*backing);
    options.mode = 04755;
    cr_expect_eq(tf_segment_create(&options, &segment, NULL, 0), TF_EUSAGE);
    options = options_for(*backing);
    options.node = 999;
    cr_expect_eq(tf_segment_create(&options, &segment, NULL, 0), TF_EUSAGE);
    cr_expect_not_null(strstr(tf_errmsg(), "node 999"), "%s", tf_errmsg());
    cr_expect_eq(files_left(), 0);
}

ON_BOTH_BACKINGS(more_than_the_machine_has_is_refused_with_numbers)
{
    struct tf_segment_options options = options_for(*backing);
    struct tf_segment segment;
    options.length = UINT64_C(1) << 46;
    cr_expect_eq(tf_segment_create(&options, &segment, NULL, 0), TF_EOS);
    cr_expect_not_null(strstr(tf_errmsg(), "need 64.0 TiB"), "%s", tf_errmsg());
    cr_expect_null(segment.base);
    cr_expect_eq(files_left(), 0);
}

ON_BOTH_BACKINGS(huge_pages_that_are_not_there_are_refused_with_numbers)
{
    struct tf_segment_options options = options_for(*backing);
    struct tf_segment segment;
    /* No machine has this much in its pool; a kernel without huge pages says only that. */
    options.length = UINT64_C(1) << 46;
    options.huge_pages = TF_HUGE_REQUIRE;
    cr_expect_eq(tf_segment_create(&options, &segment, NULL, 0), TF_EOS);
    cr_expect_not_null(strstr(tf_errmsg(), "no huge pages: "), "%s", tf_errmsg());
    if (access("/sys/kernel/mm/hugepages", F_OK) == 0)
        cr_expect_not_null(strstr(tf_errmsg(), "(64.0 TiB)"), "%s", tf_errmsg());
    cr_expect_eq(files_left(), 0);
}

ON_BOTH_BACKINGS(report_says_what_was_got)
{
    struct tf_segment_options options = options_for(*backing);
    struct tf_segment segment;
    char report[512];
    options.node = 0;
    options.lock_memory = TF_LOCK_OFF;
    cr_assert_eq(tf_segment_create(&options, &segment, report, sizeof report), 0, "%s",
                 tf_errmsg());
    cr_expect_eq(strncmp(report, *backing == TF_BACKING_SYSV ? "sysv, " : "file /", 6), 0, "%s",
                 report);
    cr_expect_not_null(strstr(report, " 4 KiB pages"), "%s", report);
    cr_expect_not_null(strstr(report, ", node 0, not locked"), "%s", report);
    cr_expect_not(segment.locked);
    discard(&segment);
}
