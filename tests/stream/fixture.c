/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>

void require_failed(const char *file, int line, const char *condition, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(stderr, "%s:%d: [%d] not so: %s: %s\n", file, line, (int)getpid(), condition, text);
    fflush(stderr);
    _exit(1);
}

/* ---- the world -------------------------------------------------------------------------- */

enum { CHILDREN_MAX = 8192 };

static struct {
    char directory[64];
    bool own_ipc; /* an IPC namespace of our own: every segment in it is ours */
    pid_t children[CHILDREN_MAX];
    unsigned child_count;
} world;

/* What tests that crashed have left: their .fini does not run. */
static void sweep_up(void)
{
    DIR *handle = opendir("/dev/shm");
    struct dirent *entry;
    int pid;
    while (handle && (entry = readdir(handle)))
        if (sscanf(entry->d_name, "tf-test-%d", &pid) == 1 && kill(pid, 0) != 0 &&
            errno == ESRCH) {
            snprintf(world.directory, sizeof world.directory, "/dev/shm/tf-test-%d", pid);
            world_close();
        }
    if (handle)
        closedir(handle);
}

void world_open(void)
{
    sweep_up();
    unsetenv("TICKFAN_STREAM");
    world.own_ipc = unshare(CLONE_NEWIPC) == 0;
    snprintf(world.directory, sizeof world.directory, "/dev/shm/tf-test-%d", (int)getpid());
    world_close(); /* of a dead process that had this pid */
    REQUIRE(mkdir(world.directory, 0755) == 0, "%s: %s", world.directory, strerror(errno));
    setenv("TICKFAN_DIR", world.directory, 1);
}

const char *world_directory(void)
{
    return world.directory;
}

const char *world_stream(const char *stream)
{
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", world.directory, stream);
    return path;
}

static bool is_ours(const struct shmid_ds *info)
{
    if (world.own_ipc || info->shm_cpid == getpid())
        return true;
    for (unsigned i = 0; i < world.child_count && i < CHILDREN_MAX; i++)
        if (info->shm_cpid == world.children[i])
            return true;
    return false;
}

static int segments_left(void)
{
    struct shm_info use;
    int count = 0;
    int highest = shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&use);
    for (int index = 0; index <= highest; index++) {
        struct shmid_ds info;
        int id = shmctl(index, SHM_STAT, &info);
        if (id < 0 || !is_ours(&info))
            continue;
        fprintf(stderr, "left: shared memory %d, key %#x, %zu bytes, %lu attached\n", id,
                (unsigned)info.shm_perm.__key, info.shm_segsz, (unsigned long)info.shm_nattch);
        count++;
    }
    return count;
}

static int files_left;

static int count_file(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info, (void)kind;
    if (at->level > 0) {
        fprintf(stderr, "left: %s\n", path);
        files_left++;
    }
    return 0;
}

int world_left(void)
{
    files_left = 0;
    nftw(world.directory, count_file, 8, FTW_PHYS);
    return segments_left() + files_left;
}

static int remove_file(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info, (void)kind, (void)at;
    remove(path);
    return 0;
}

void world_close(void)
{
    nftw(world.directory, remove_file, 8, FTW_PHYS | FTW_DEPTH);
}

/* ---- children --------------------------------------------------------------------------- */

static pid_t parent;

void child_dies_with_parent(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
}

pid_t child_start(void (*run)(void *context), void *context)
{
    parent = getpid();
    fflush(NULL);
    pid_t pid = fork();
    REQUIRE(pid >= 0, "fork: %s", strerror(errno));
    if (pid == 0) {
        struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        child_dies_with_parent();
        run(context);
        fflush(NULL);
        _exit(0);
    }
    world.children[world.child_count++ % CHILDREN_MAX] = pid;
    return pid;
}

int child_wait(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        REQUIRE(errno == EINTR, "waitpid: %s", strerror(errno));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void child_kill(pid_t pid)
{
    kill(pid, SIGKILL);
    int status = child_wait(pid);
    REQUIRE(status == 128 + SIGKILL, "child %d had ended with status %d", (int)pid, status);
}

char child_state(pid_t pid)
{
    char path[40], text[512] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return '-';
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    const char *at = length > 0 ? strrchr(text, ')') : NULL;
    return at && at[1] ? at[2] : '-';
}

tf_word *board(void)
{
    static tf_word *words;
    if (!words) {
        void *base = mmap(NULL, BOARD_WORDS * sizeof *words, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        REQUIRE(base != MAP_FAILED, "mmap: %s", strerror(errno));
        words = base;
    }
    return words;
}

/* ---- ticks ------------------------------------------------------------------------------ */

/* splitmix64: a bijection, so that different numbers differ in every word. */
static uint64_t mix(uint64_t number, uint64_t salt)
{
    uint64_t z = number + salt * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

struct tf_tick tick_of(uint64_t number)
{
    uint64_t sizes = mix(number, 4), tail = mix(number, 5);
    return (struct tf_tick){.ts_event = mix(number, 1),
                            .ts_recv = mix(number, 2),
                            .order_id = number,
                            .price = (int64_t)mix(number, 3),
                            .size = (uint32_t)sizes,
                            .sequence = (uint32_t)(sizes >> 32),
                            .instrument_id = (uint32_t)tail,
                            .rtype = TF_RTYPE_MBO,
                            .action = (char)(tail >> 32),
                            .side = (char)(tail >> 40),
                            .flags = (uint8_t)(tail >> 48)};
}

bool tick_is_whole(const struct tf_tick *tick)
{
    struct tf_tick expected = tick_of(tick->order_id);
    expected.seq = tick->seq;
    expected.ts_pub = tick->ts_pub;
    return memcmp(&expected, tick, sizeof expected) == 0;
}

uint64_t publish(tf_publisher *publisher, uint64_t count)
{
    struct tf_tick ticks[64];
    while (count > 0) {
        uint64_t next = tf_publisher_seq(publisher) + 1;
        size_t chunk = count < 64 ? (size_t)count : 64;
        for (size_t i = 0; i < chunk; i++)
            ticks[i] = tick_of(next + i);
        tf_publish(publisher, ticks, chunk);
        count -= chunk;
    }
    return tf_publisher_seq(publisher);
}

/* ---- publishers and readers ------------------------------------------------------------- */

static const int node_zero[] = {0, 0, 0, 0};

struct tf_publisher_options small_stream(enum tf_backing backing)
{
    struct tf_publisher_options options = TF_PUBLISHER_OPTIONS_INIT;
    options.capacity = 1024;
    options.instruments = 64;
    options.readers = 8;
    options.nodes = node_zero;
    options.node_count = 1;
    options.backing = backing;
    options.huge_pages = TF_HUGE_OFF;
    options.lock_memory = TF_LOCK_OFF;
    return options;
}

struct tf_publisher_options two_rings(enum tf_backing backing)
{
    struct tf_publisher_options options = small_stream(backing);
    options.node_count = 2;
    return options;
}

tf_publisher *must_create(const struct tf_publisher_options *options)
{
    tf_publisher *publisher;
    int error = tf_publisher_create(options, &publisher);
    REQUIRE(error == 0, "%s", tf_errmsg());
    return publisher;
}

tf_reader *must_attach(enum tf_from from, int ring)
{
    struct tf_attach_options options = TF_ATTACH_OPTIONS_INIT;
    tf_reader *reader;
    options.from = from;
    options.ring = ring;
    int error = tf_attach(NULL, &options, &reader);
    REQUIRE(error == 0, "%s", tf_errmsg());
    return reader;
}

static void *map_named(const char *stream, int ring, struct tf_segment *segment)
{
    struct tf_descriptor descriptor;
    int error = tf_descriptor_read(world_stream(stream), &descriptor);
    REQUIRE(error == 0, "%s", tf_errmsg());
    error = tf_segment_attach(ring < 0 ? &descriptor.roster.name : &descriptor.data[ring].name,
                              true, 4096, segment);
    REQUIRE(error == 0, "%s", tf_errmsg());
    return segment->base;
}

struct tf_roster_header *map_roster(const char *stream, struct tf_segment *segment)
{
    return map_named(stream, -1, segment);
}

struct tf_data_header *map_data(const char *stream, uint32_t ring, struct tf_segment *segment)
{
    return map_named(stream, (int)ring, segment);
}

/* ---- the witness ------------------------------------------------------------------------ */

void witness_begin(struct witness *witness, tf_reader *reader)
{
    struct tf_stats stats;
    tf_get_stats(reader, &stats);
    *witness =
        (struct witness){.reader = reader, .start = stats.next_seq, .next = stats.next_seq};
}

static void examine(struct witness *witness, const struct tf_tick *tick)
{
    REQUIRE(!witness->ended, "tick %" PRIu64 " after the end of the stream", tick->seq);
    REQUIRE(tick->seq == witness->next, "tick %" PRIu64 " where %" PRIu64 " was due", tick->seq,
            witness->next);
    witness->next++;
    witness->ticks++;
    switch (tick->rtype) {
    case TF_RTYPE_EPOCH:
        REQUIRE(tick->epoch > witness->last_epoch, "epoch %" PRIu64 " after %" PRIu64,
                tick->epoch, witness->last_epoch);
        witness->last_epoch = tick->epoch;
        witness->epochs++;
        break;
    case TF_RTYPE_END_OF_STREAM:
        witness->ended = true;
        break;
    default:
        REQUIRE(tick->order_id == tick->seq, "tick %" PRIu64 " holds the content of %" PRIu64,
                tick->seq, tick->order_id);
        REQUIRE(tick_is_whole(tick), "tick %" PRIu64 " is torn", tick->seq);
    }
}

int witness_read(struct witness *witness)
{
    struct tf_tick ticks[48];
    struct tf_stats stats;
    int got = tf_read(witness->reader, ticks, 48);
    for (int i = 0; i < got; i++)
        examine(witness, &ticks[i]);
    if (got >= 0)
        return got;
    REQUIRE(got == TF_OVERRUN, "tf_read returned %d", got);
    tf_get_stats(witness->reader, &stats);
    REQUIRE(stats.lost > witness->lost, "an overrun that lost nothing");
    witness->next += stats.lost - witness->lost;
    witness->lost = stats.lost;
    REQUIRE(stats.next_seq == witness->next && stats.ticks == witness->ticks &&
                witness->start + stats.ticks + stats.lost == stats.next_seq,
            "the counts disagree: from %" PRIu64 " %" PRIu64 " ticks and %" PRIu64
            " lost, yet at %" PRIu64,
            witness->start, stats.ticks, stats.lost, stats.next_seq);
    return got;
}

void witness_drain(struct witness *witness)
{
    while (witness_read(witness) != 0)
        ;
}
