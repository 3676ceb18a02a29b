/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every shortage is an error with numbers before any page is touched: never SIGBUS, never the
 * OOM killer.  Each test makes its shortage for itself alone: a mount namespace, a resource
 * limit, a system call filter.  Where that is not permitted the test is skipped, and counted as
 * skipped.
 */
#include "kernel_numbers.h"
#include "pages.h"
#include "placement.h"
#include "segment.h"
#include "space.h"
#include "tickfan.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <mntent.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MIB = 1 << 20 };

static struct tf_segment_options options_of(uint64_t length)
{
    return (struct tf_segment_options){.backing = TF_BACKING_SYSV,
                                       .huge_pages = TF_HUGE_OFF,
                                       .length = length,
                                       .node = -1,
                                       .mode = 0600,
                                       .group = (gid_t)-1,
                                       .file_name = "ring"};
}

static void expect_refused(const struct tf_segment_options *options, const char *words)
{
    struct tf_segment segment;
    cr_expect_eq(tf_segment_create(options, &segment, NULL, 0), TF_EOS, "%s", tf_errmsg());
    cr_expect_not_null(strstr(tf_errmsg(), words), "\"%s\" is not in \"%s\"", words,
                       tf_errmsg());
    cr_expect_null(segment.base);
}

static void expect_created(const struct tf_segment_options *options, const char *words)
{
    struct tf_segment segment;
    char report[512];
    cr_assert_eq(tf_segment_create(options, &segment, report, sizeof report), 0, "%s",
                 tf_errmsg());
    cr_expect_not_null(strstr(report, words), "\"%s\" is not in \"%s\"", words, report);
    struct tf_segment_name name = segment.name;
    tf_segment_detach(&segment);
    cr_expect_eq(tf_segment_destroy(&name), 0);
}

/* ---- file systems ------------------------------------------------------------------------ */

/* Mounts from here on are this test's own. */
static void own_mounts_or_skip(void)
{
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        cr_skip_test("a mount namespace of its own is not permitted");
}

Test(limits, small_tmpfs_refuses_with_numbers_and_stays_empty)
{
    own_mounts_or_skip();
    cr_assert_eq(mount("none", "/mnt", "tmpfs", 0, "size=1m"), 0, "%s", strerror(errno));
    struct tf_segment_options options = options_of(64 * MIB);
    options.backing = TF_BACKING_FILE;
    options.directory = "/mnt";
    expect_refused(&options, "need 64.0 MiB, /mnt has 1.0 MiB free; ");

    struct statvfs after;
    cr_assert_eq(statvfs("/mnt", &after), 0);
    cr_expect_eq(after.f_bfree, after.f_blocks);
    options.length = MIB;
    expect_created(&options, "file /mnt/ring, 4 KiB pages");
    options.length = MIB + 1;
    expect_refused(&options, "has 1.0 MiB free");
}

/* ---- locking ----------------------------------------------------------------------------- */

/* Root may lock whatever the limit says. */
static void limit_locking(rlim_t bytes)
{
    struct rlimit limit = {bytes, bytes};
    cr_assert_eq(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
    if (geteuid() == 0)
        cr_assert(setgid(65534) == 0 && setuid(65534) == 0);
}

Test(limits, lock_limit_refuses_with_numbers_when_locking_is_required)
{
    struct tf_segment_options options = options_of(MIB);
    options.lock_memory = TF_LOCK_REQUIRE;
    limit_locking(64 * 1024);
    expect_refused(&options,
                   "cannot lock: need 1.0 MiB, the limit (ulimit -l) is 64.0 KiB and 0 B "
                   "of it are used; ");
}

Test(limits, lock_limit_is_reported_when_locking_is_only_tried)
{
    struct tf_segment_options options = options_of(MIB);
    limit_locking(64 * 1024);
    expect_created(&options, ", not locked (limit 64.0 KiB)");
}

static uint64_t locked_now(void)
{
    uint64_t bytes;
    tf_kernel_field(&bytes, "/proc/self/status", "VmLck:\t");
    return bytes;
}

Test(limits, locks_within_the_limit_and_a_resuming_process_anew)
{
    struct tf_segment_options options = options_of(MIB);
    struct tf_segment segment, resumed;
    char report[64];
    options.lock_memory = TF_LOCK_REQUIRE;
    limit_locking(2 * MIB);
    cr_assert_eq(tf_segment_create(&options, &segment, NULL, 0), 0, "%s", tf_errmsg());
    cr_expect_eq(locked_now(), MIB);
    cr_assert_eq(tf_segment_attach(&segment.name, true, MIB, &resumed), 0, "%s", tf_errmsg());
    tf_segment_detach(&segment);
    cr_expect(!resumed.locked && locked_now() == 0);
    cr_expect_eq(tf_segment_lock(&resumed, TF_LOCK_REQUIRE, report, sizeof report), 0);
    cr_expect(resumed.locked && locked_now() == MIB);
    cr_expect_str_eq(report, "locked");
    tf_segment_detach(&resumed);
}

/* ---- nodes and pools --------------------------------------------------------------------- */

Test(limits, node_that_does_not_exist_is_refused_naming_those_that_do)
{
    cr_expect_eq(tf_node_check(0), 0, "%s", tf_errmsg());
    cr_expect_eq(tf_node_check(63), TF_EUSAGE);
    cr_expect_not_null(strstr(tf_errmsg(), "node 63 has no memory"), "%s", tf_errmsg());
    cr_expect_not_null(strstr(tf_errmsg(), "name one of: 0"), "%s", tf_errmsg());
    cr_expect_eq(tf_node_check(-1), TF_EUSAGE);
}

/* In one test, because tests run side by side and the pool is everyone's. */
Test(limits, huge_pages_are_taken_by_both_backings_and_given_back)
{
    enum { HUGE_PAGE = 2 * MIB };
    struct tf_huge_pool before, after;
    tf_huge_pool(HUGE_PAGE, -1, &before);
    if (before.available < 2)
        cr_skip_test("no two huge pages of 2 MiB are free");
    own_mounts_or_skip();
    cr_assert_eq(mount("none", "/mnt", "hugetlbfs", 0, "pagesize=2M"), 0, "%s",
                 strerror(errno));

    struct tf_segment_options options = options_of(HUGE_PAGE + 1);
    struct tf_segment segment, reader;
    options.huge_pages = TF_HUGE_REQUIRE;
    options.directory = "/tmp"; /* the hugetlbfs is found without being named */
    for (int backing = TF_BACKING_SYSV; backing <= TF_BACKING_FILE; backing++) {
        options.backing = (enum tf_backing)backing;
        cr_assert_eq(tf_segment_create(&options, &segment, NULL, 0), 0, "%s", tf_errmsg());
        cr_expect_eq(segment.page_size, HUGE_PAGE);
        cr_expect_eq(segment.length, 2 * HUGE_PAGE);
        cr_expect_eq((uintptr_t)segment.base % HUGE_PAGE, 0);
        cr_expect(segment.locked);
        cr_assert_eq(tf_segment_attach(&segment.name, false, 1, &reader), 0, "%s", tf_errmsg());
        cr_expect_eq(reader.page_size, HUGE_PAGE);
        cr_expect_eq(reader.length, segment.length);
        tf_segment_detach(&reader);
        struct tf_segment_name name = segment.name;
        tf_segment_detach(&segment);
        cr_expect_eq(tf_segment_destroy(&name), 0);
    }
    /* A publisher that died before it told anyone where its file is. */
    cr_assert_eq(tf_segment_create(&options, &segment, NULL, 0), 0, "%s", tf_errmsg());
    struct tf_segment_name name = segment.name;
    tf_segment_detach(&segment);
    cr_expect_eq(access(name.path, F_OK), 0);
    cr_expect_eq(tf_segment_clear("/tmp", "ring"), 0, "%s", tf_errmsg());
    cr_expect_neq(access(name.path, F_OK), 0);

    options.directory = "/mnt";
    expect_created(&options, "file /mnt/ring, 2 MiB pages");
    options.huge_pages = TF_HUGE_OFF;
    cr_expect_eq(tf_segment_create(&options, &segment, NULL, 0), TF_EUSAGE);
    options.huge_pages = TF_HUGE_REQUIRE;
    options.length = (before.available + 1) * HUGE_PAGE;
    expect_refused(&options, "no huge pages: need ");
    tf_huge_pool(HUGE_PAGE, -1, &after);
    cr_expect_eq(after.available, before.available);
}

/* ---- control groups ---------------------------------------------------------------------- */

static void write_file(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "/mnt/%s", name);
    FILE *file = fopen(path, "we");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0, "%s", path);
}

/* A made-up tree in place of the kernel's: /day has a limit, /day/feed below it has none. */
static void make_up_control_groups_or_skip(void)
{
    struct mntent *entry;
    FILE *mounts = setmntent("/proc/self/mounts", "re");
    while ((entry = getmntent(mounts)) != NULL && strcmp(entry->mnt_type, "cgroup2") != 0)
        ;
    if (!entry)
        cr_skip_test("no cgroup2 is mounted");
    own_mounts_or_skip();
    cr_assert_eq(mount("none", "/mnt", "tmpfs", 0, "size=1m"), 0, "%s", strerror(errno));
    cr_assert(mkdir("/mnt/day", 0755) == 0 && mkdir("/mnt/day/feed", 0755) == 0);
    write_file("self", "4:memory:/elsewhere\n0::/day/feed\n");
    write_file("day/memory.max", "67108864\n");     /* 64 MiB */
    write_file("day/memory.current", "60817408\n"); /* 58 MiB ... */
    write_file("day/memory.stat", "anon 1\ninactive_file 4194304\nactive_file 2097152\n"
                                  "slab_reclaimable 1048576\n"); /* ... 7 of them droppable */
    write_file("day/feed/memory.max", "max\n");
    write_file("day/feed/memory.current", "4096\n");
    cr_assert_eq(mount("/mnt", entry->mnt_dir, NULL, MS_BIND, NULL), 0, "%s", strerror(errno));
    char own[64];
    snprintf(own, sizeof own, "/proc/%d/cgroup", (int)getpid());
    if (mount("/mnt/self", own, NULL, MS_BIND, NULL) != 0)
        cr_skip_test("nothing can be mounted over a file of /proc");
    endmntent(mounts);
}

Test(limits, control_group_above_refuses_with_numbers)
{
    make_up_control_groups_or_skip();
    struct tf_segment_options options = options_of(14 * MIB);
    expect_refused(&options, "/day has 13.0 MiB left of its 64.0 MiB; raise its memory.max");
    options.length = 13 * MIB;
    expect_created(&options, "4 KiB pages");
}

/* ---- kernels that lack a call, containers that refuse one -------------------------------- */

/* From now on system call `number` with the third argument `third` (-1: any) fails with
 * `error`. */
static void refuse_call_or_skip(long number, int third, int error)
{
    unsigned here = (unsigned)offsetof(struct seccomp_data, nr);
    unsigned there = (unsigned)offsetof(struct seccomp_data, args[2]);
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, here),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, (third < 0 ? 1 : 3)),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, there),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)third, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    if (third < 0) {
        code[1] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 2, 3);
        code[3] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        cr_skip_test("system calls cannot be filtered here");
}

Test(limits, kernel_without_populate_faults_in_and_keeps_the_content)
{
    refuse_call_or_skip(SYS_madvise, 23, EINVAL);
    cr_assert(madvise(NULL, 0, 23) != 0 && errno == EINVAL);
    char *base = mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(base, MAP_FAILED);
    base[0] = 'a';
    base[4 * MIB - 4096] = 'z';
    cr_expect_eq(tf_populate(base, 4 * MIB), 0, "%s", tf_errmsg());
    cr_expect(base[0] == 'a' && base[4096] == 0 && base[4 * MIB - 4096] == 'z');
    unsigned char resident[4 * MIB / 4096] = {0};
    cr_assert_eq(mincore(base, 4 * MIB, resident), 0);
    unsigned missing = 0;
    for (size_t i = 0; i < sizeof resident; i++)
        missing += !(resident[i] & 1);
    cr_expect_eq(missing, 0);
}

Test(limits, memory_that_cannot_be_faulted_in_is_an_error_and_no_signal)
{
    /* A mapping that is longer than its file: a touch behind the end would be SIGBUS. */
    FILE *file = tmpfile();
    cr_assert_eq(ftruncate(fileno(file), 4096), 0);
    char *base = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
    cr_assert_neq(base, MAP_FAILED);
    cr_expect_eq(tf_populate(base, MIB), TF_EOS);
    refuse_call_or_skip(SYS_madvise, 23, EINVAL);
    cr_expect_eq(tf_populate(base, MIB), TF_EOS);
    fclose(file);
}

Test(limits, container_that_refuses_numa_calls_serves_a_machine_of_one_node)
{
    int nodes[8];
    if (tf_nodes_allowed(nodes, 8) != 1 || nodes[0] != 0)
        cr_skip_test("this machine has several nodes");
    refuse_call_or_skip(SYS_get_mempolicy, -1, EPERM);
    refuse_call_or_skip(SYS_set_mempolicy, -1, EPERM);
    refuse_call_or_skip(SYS_mbind, -1, EPERM);
    refuse_call_or_skip(SYS_move_pages, -1, EPERM);
    cr_expect_eq(tf_nodes_allowed(nodes, 8), 1);
    struct tf_segment_options options = options_of(MIB);
    options.node = 0;
    expect_created(&options, ", node 0, ");
}
