/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The publish and read paths make no system call and allocate nothing.
 *
 * System calls: a child does everything a busy process does between two quiet moments under a
 * seccomp filter that kills it for any call but exit_group.  Allocations: the linker sends this
 * program's and the archives' calls of the allocator through the counters below (--wrap).
 */
#include "suite.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 100 * 1000 };

/* ---- counting allocations --------------------------------------------------------------- */

static unsigned long allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void __wrap_free(void *block);

void *__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    allocations++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    allocations++;
    return __real_realloc(block, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    allocations++;
    return __real_aligned_alloc(alignment, size);
}

void __wrap_free(void *block)
{
    allocations++;
    __real_free(block);
}

/* ---- what must be quiet ----------------------------------------------------------------- */

static tf_publisher *publisher;
static tf_reader *reader;

static void open_stream(void *context)
{
    struct tf_publisher_options options = two_rings(*(enum tf_backing *)context);
    struct tf_instrument instrument = {.instrument_id = 7, .symbol = "QUIET"};
    options.no_helper = 1; /* the helper may do as it likes, in its own thread */
    publisher = must_create(&options);
    reader = must_attach(TF_FROM_NEWEST, 1);
    tf_publisher_define(publisher, &instrument);
}

static void work(void)
{
    struct tf_tick ticks[64];
    const struct tf_tick *tick;
    struct tf_instrument instrument;
    struct tf_stats stats;
    uint64_t got = 0, overruns = 0;
    for (int i = 0; i < 64; i++)
        ticks[i] = tick_of((uint64_t)i);
    for (int round = 0; round < ROUNDS; round++) {
        tf_publish(publisher, ticks, (size_t)round % 64);
        if (round % 1000 > 900) /* so that it is overrun now and then */
            continue;
        bool ready = tf_wait(reader, 0) == 1;
        if (ready && round / 1000 % 2 && tf_peek(reader, &tick) == 1)
            got += tf_commit(reader) == 1;
        int count = tf_read(reader, ticks, 64);
        overruns += count < 0;
        got += count > 0 ? (uint64_t)count : 0;
        if (round % 1000 == 500)
            tf_seek(reader, TF_FROM_OLDEST, 0);
        if (tf_instrument_by_id(reader, 7, &instrument) != 1 ||
            tf_instrument_by_symbol(reader, "QUIET", &instrument) != 1)
            _exit(2);
        tf_get_stats(reader, &stats);
    }
    if (got == 0 || overruns == 0)
        _exit(3);
}

ON_BOTH_BACKINGS(quiet_paths, publishing_and_reading_allocate_nothing)
{
    open_stream(backing);
    unsigned long before = allocations;
    cr_expect_gt(before, 0, "the counters are not linked in");
    work();
    cr_expect_eq(allocations, before);
    tf_detach(reader);
    finish(publisher);
}

static void allow_nothing_but_exit(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_exit_group, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(77);
}

/*
 * Where the C library itself needs a system call to tell the time, the clock test says nothing.
 */
static void tell_the_time(void *context)
{
    struct timespec now;
    (void)context;
    clock_gettime(CLOCK_REALTIME, &now);
    clock_gettime(CLOCK_MONOTONIC, &now);
    allow_nothing_but_exit();
    clock_gettime(CLOCK_REALTIME, &now);
    clock_gettime(CLOCK_MONOTONIC, &now);
    _exit(0);
}

static void make_one_call(void *context)
{
    (void)context;
    allow_nothing_but_exit();
    getppid();
    _exit(0);
}

static void work_under_the_filter(void *context)
{
    open_stream(context);
    tf_now();
    allow_nothing_but_exit();
    work();
    _exit(0);
}

ON_BOTH_BACKINGS(quiet_paths, publishing_and_reading_make_no_system_call)
{
    enum { KILLED_BY_SIGSYS = 128 + 31 };
    int status = child_wait(child_start(tell_the_time, NULL));
    if (status == 77)
        SKIP("a system call filter is not permitted");
    if (status == KILLED_BY_SIGSYS)
        SKIP("this machine's clock is read by system call");
    cr_assert_eq(child_wait(child_start(make_one_call, NULL)), KILLED_BY_SIGSYS,
                 "the filter lets calls through");
    status = child_wait(child_start(work_under_the_filter, backing));
    cr_expect_neq(status, KILLED_BY_SIGSYS, "a system call was made");
    cr_expect_eq(status, 0);
    tf_reclaim(world_stream("default"), false);
}
