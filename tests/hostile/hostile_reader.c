/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostile_reader [TICKS [SEED [sysv|file]]]: a reader that does all the harm its rights allow.
 *
 * The hostile process is another user in the stream's group (where this runs as root): it may
 * map the data read-only and the roster read-write.  It proves the first, then overwrites all
 * of the roster, header included, with random words, pids that live, cursors that nearly fit,
 * for as long as the publisher takes for TICKS ticks.  The publisher has its helper thread, a
 * reader that blocks and one that does not, and asks for lockstep room all the time; meanwhile
 * the driver surveys.  Then the publisher is killed and another resumes, and last the hostile
 * process tries to make the roster shorter under everybody.
 *
 * Exit status 0: every tick was delivered or counted, nobody was harmed.
 */
#include "clock.h"
#include "error.h"
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READERS = 2, NOBODY = 65534 };
/* Words of the board. */
enum {
    PROGRESS,
    STOP_AT,
    MAY_END,
    LAST_SEQ,
    MAY_CLOSE,
    ATTACHED,
    SCRIBBLED,
    SHRUNK,
    ROOM_ASKED
};

static enum tf_backing backing = TF_BACKING_SYSV;
static uint64_t seed = 1;

static uint64_t random_word(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

/* ---- the publisher ---------------------------------------------------------------------- */

static void publisher_main(void *context)
{
    (void)context;
    struct tf_publisher_options options = two_rings(backing);
    char group[16];
    options.capacity = 8192;
    options.readers = 64;
    if (geteuid() == 0) {
        snprintf(group, sizeof group, "%d", NOBODY);
        options.group = group;
    }
    tf_publisher *publisher = must_create(&options);
    uint64_t asked = 0, stop_at = tf_load(&board()[STOP_AT]);
    while (tf_publisher_seq(publisher) < stop_at) {
        uint32_t readers = UINT32_MAX;
        uint64_t room = tf_publisher_room(publisher, &readers);
        REQUIRE(room <= options.capacity && readers <= options.readers,
                "room for %" PRIu64 " ticks of %" PRIu32 " readers", room, readers);
        asked++;
        publish(publisher, 100);
        tf_store(&board()[PROGRESS], tf_publisher_seq(publisher));
    }
    tf_store(&board()[ROOM_ASKED], tf_load(&board()[ROOM_ASKED]) + asked);
    /* From here on a trickle, until the driver has seen enough. */
    while (!tf_load(&board()[MAY_END])) {
        publish(publisher, 1);
        tf_store(&board()[PROGRESS], tf_publisher_seq(publisher));
        usleep(1000);
    }
    tf_publisher_end(publisher);
    tf_store_release(&board()[LAST_SEQ], tf_publisher_seq(publisher));
    WAIT_UNTIL(tf_load_acquire(&board()[MAY_CLOSE]));
    tf_publisher_close(publisher);
}

/* ---- well-behaved readers --------------------------------------------------------------- */

static void reader_main(void *context)
{
    int index = (int)(intptr_t)context;
    struct tf_attach_options options = TF_ATTACH_OPTIONS_INIT;
    struct witness witness;
    tf_reader *reader;
    options.ring = index;
    options.wait = index ? TF_WAIT_BLOCK : TF_WAIT_BACKOFF;
    int error = tf_attach(NULL, &options, &reader);
    REQUIRE(error == 0, "%s", tf_errmsg());
    witness_begin(&witness, reader);
    tf_add32_full((tf_word32 *)(void *)&board()[ATTACHED], 1);
    int state;
    while ((state = tf_wait(reader, -1)) != TF_ENDED) {
        REQUIRE(state == 1 || state == TF_DEAD, "tf_wait returned %d", state);
        witness_drain(&witness);
    }
    uint64_t last = tf_load_acquire(&board()[LAST_SEQ]);
    REQUIRE(witness.ended && (last == 0 || witness.next == last + 1),
            "ended before %" PRIu64 ", the last is %" PRIu64, witness.next, last);
    REQUIRE(witness.start + witness.ticks + witness.lost == witness.next, "ticks are missing");
    tf_detach(reader);
}

/* ---- the hostile one -------------------------------------------------------------------- */

static sigjmp_buf after_fault;

static void faulted(int signal_number)
{
    siglongjmp(after_fault, signal_number);
}

/* A write to the data must fault, whichever way it is mapped. */
static void prove_data_is_read_only(const struct tf_descriptor *descriptor)
{
    struct tf_segment segment;
    if (geteuid() != 0) {
        int error = tf_segment_attach(&descriptor->data[0].name, true, 4096, &segment);
        REQUIRE(error == TF_EPERM, "ticks can be mapped for writing: %d", error);
    }
    int error = tf_segment_attach(&descriptor->data[0].name, false, 4096, &segment);
    REQUIRE(error == 0, "%s", tf_errmsg());
    struct tf_data_header *header = segment.base;
    struct sigaction action = {.sa_handler = faulted}, segv, bus;
    sigaction(SIGSEGV, &action, &segv);
    sigaction(SIGBUS, &action, &bus);
    if (sigsetjmp(after_fault, 1) == 0) {
        tf_store(&header->head, 0);
        REQUIRE(false, "a reader can write to the data");
    }
    sigaction(SIGSEGV, &segv, NULL);
    sigaction(SIGBUS, &bus, NULL);
    tf_segment_detach(&segment);
}

/* Values that look possible do more harm than noise. */
static uint64_t plausible(uint64_t *state, uint64_t progress)
{
    uint64_t r = random_word(state);
    switch (r % 8) {
    case 0:
        return (uint64_t)getppid(); /* the driver lives and reads nothing */
    case 1:
        return (uint64_t)getpid() | TF_ROSTER_CLAIMING;
    case 2:
        return progress - (r >> 8) % 10000;
    case 3:
        return progress + (r >> 8) % 10000;
    case 4:
        return 0;
    case 5:
        return UINT64_MAX;
    case 6:
        return 1;
    default:
        return random_word(state);
    }
}

static void try_to_shrink(const struct tf_segment_name *name)
{
    if (name->backing != TF_BACKING_FILE)
        return; /* nobody can resize SysV memory */
    int fd = open(name->path, O_RDWR | O_CLOEXEC);
    int result = fd < 0 ? -1 : ftruncate(fd, 0);
    fprintf(stderr, "hostile_reader: the roster's file %s be cut short\n",
            result == 0 ? "could" : "could not");
    if (fd >= 0)
        close(fd);
}

static void hostile_main(void *context)
{
    struct tf_descriptor descriptor;
    struct tf_segment segment;
    (void)context;
    if (geteuid() == 0)
        REQUIRE(setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0, "%s",
                strerror(errno));
    child_dies_with_parent(); /* which another user has to wish for anew */
    int error = tf_descriptor_read(world_stream("default"), &descriptor);
    REQUIRE(error == 0, "%s", tf_errmsg());
    prove_data_is_read_only(&descriptor);
    error = tf_segment_attach(&descriptor.roster.name, true, 4096, &segment);
    REQUIRE(error == 0, "%s", tf_errmsg());

    struct tf_roster_header header;
    memcpy(&header, segment.base, sizeof header);
    tf_word *words = segment.base;
    uint64_t count = segment.length / sizeof *words, state = seed * 2 + 1, rounds = 0;
    while (!tf_load(&board()[SHRUNK])) {
        uint64_t progress = tf_load(&board()[PROGRESS]);
        bool noise = rounds % 2, spare_header = rounds / 64 % 2;
        if (spare_header) /* so that others believe the slots behind it */
            memcpy(segment.base, &header, sizeof header);
        for (uint64_t i = spare_header ? sizeof header / sizeof *words : 0; i < count; i++)
            tf_store(&words[i], noise ? random_word(&state) : plausible(&state, progress));
        tf_store(&board()[SCRIBBLED], ++rounds);
    }
    try_to_shrink(&descriptor.roster.name);
    tf_store_release(&board()[SHRUNK], 2);
    for (;;)
        pause();
}

/* ---- the driver ------------------------------------------------------------------------- */

/* What operators see while somebody scribbles: anything, but printable and in range. */
static uint64_t look(void)
{
    struct tf_survey survey;
    int error = tf_survey_look("default", world_stream("default"), &survey);
    REQUIRE(error == 0, "%s", tf_errmsg());
    REQUIRE(survey.reader_count <= 64, "%" PRIu32 " readers", survey.reader_count);
    for (uint32_t i = 0; i < survey.reader_count; i++) {
        const char *name = survey.readers[i].name;
        REQUIRE(memchr(name, 0, sizeof survey.readers[i].name), "a name without an end");
        for (; *name; name++)
            REQUIRE(*name >= ' ' && *name < 127, "a name with the byte %#x", (unsigned)*name);
    }
    uint64_t seen = survey.reader_count;
    tf_survey_free(&survey);
    return seen;
}

static bool stream_is_there(void)
{
    tf_reader *reader;
    int error = tf_attach(NULL, NULL, &reader);
    tf_detach(reader);
    return error == 0;
}

static void expect_left_well(pid_t pid, const char *who)
{
    int status = child_wait(pid);
    REQUIRE(status == 0, "%s left with status %d", who, status);
}

int main(int argc, char **argv)
{
    uint64_t ticks = argc > 1 ? strtoull(argv[1], NULL, 10) : 5000000;
    if (argc > 2)
        seed = strtoull(argv[2], NULL, 10);
    if (argc > 3 && strcmp(argv[3], "file") == 0)
        backing = TF_BACKING_FILE;
    setenv("TICKFAN_LOG", "error", 0);
    tf_store(&board()[STOP_AT], ticks);
    world_open();
    uint64_t began = tf_monotonic_ns(), looks = 0, seen = 0;

    pid_t publisher = child_start(publisher_main, NULL), readers[READERS];
    WAIT_UNTIL(stream_is_there());
    for (int i = 0; i < READERS; i++)
        readers[i] = child_start(reader_main, (void *)(intptr_t)i);
    WAIT_UNTIL(tf_load(&board()[ATTACHED]) == READERS);
    pid_t hostile = child_start(hostile_main, NULL);
    WAIT_UNTIL(tf_load(&board()[SCRIBBLED]) > 2);
    while (tf_load(&board()[PROGRESS]) < ticks || looks < 100) {
        REQUIRE(child_state(publisher) != 'Z', "the publisher is dead, %s",
                child_wait(publisher) ? "harmed" : "though nobody harmed it");
        seen += look();
        looks++;
        usleep(1000);
    }

    /* A successor finds a roster that is noise, and goes on in the stream all the same. */
    child_kill(publisher);
    uint64_t before = tf_load(&board()[PROGRESS]), rounds = tf_load(&board()[SCRIBBLED]);
    tf_store(&board()[STOP_AT], 0);
    publisher = child_start(publisher_main, NULL);
    WAIT_UNTIL(tf_load(&board()[PROGRESS]) != before);
    REQUIRE(tf_load(&board()[PROGRESS]) > before,
            "the stream began anew at %" PRIu64 " after %" PRIu64
            ": its readers must attach again",
            tf_load(&board()[PROGRESS]), before);

    /* A shorter roster must not take anybody's memory away. */
    tf_store(&board()[SHRUNK], 1);
    WAIT_UNTIL(tf_load(&board()[SHRUNK]) == 2);
    usleep(1200 * 1000); /* twice the helper's longest round */
    tf_store(&board()[MAY_END], 1);
    WAIT_UNTIL(tf_load_acquire(&board()[LAST_SEQ]) != 0 || child_state(publisher) == 'Z');
    REQUIRE(child_state(publisher) != 'Z', "the publisher died with status %d",
            child_wait(publisher));
    uint64_t last = tf_load(&board()[LAST_SEQ]);
    for (int i = 0; i < READERS; i++)
        expect_left_well(readers[i], i ? "the reader that blocks" : "the reader that does not");
    tf_store_release(&board()[MAY_CLOSE], 1);
    expect_left_well(publisher, "the publisher");
    child_kill(hostile);
    int left = world_left();
    printf("{\"test\":\"hostile_reader\",\"backing\":\"%s\",\"ticks\":%" PRIu64
           ",\"scribbled\":%" PRIu64 ",\"room_asked\":%" PRIu64 ",\"surveys\":%" PRIu64
           ",\"readers_surveyed\":%" PRIu64 ",\"left\":%d,\"seconds\":%.1f}\n",
           backing == TF_BACKING_FILE ? "file" : "sysv", last, rounds,
           tf_load(&board()[ROOM_ASKED]), looks, seen, left,
           (double)(tf_monotonic_ns() - began) / 1e9);
    world_close();
    return left ? 1 : 0;
}
