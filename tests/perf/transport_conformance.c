/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What transport.h promises, held against everything that is built in and every peer that is built.  A peer that is
 * not built, or cannot run here, is skipped, with the reason.
 *
 * Nothing here depends on who is fast.  Transports that gate get a ring that is lapped many times; lossy ones as many
 * messages as they have room for, so that every one must arrive; what they do when that is too little is a test apart.
 */
#include "delivery.h"
#include "tickfan.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Tickfan's ring has room for 4096 messages of 16 ticks; iceoryx queues 256. */
enum {
    ROOM = 1024,
    MESSAGES = 20000,
    LARGE_MESSAGES = 3000,
    FEW_MESSAGES = 200,
    RACE_MESSAGES = 400000
};

/* A parameter is copied into the test's process, so it holds no pointer. */
struct scene {
    char name[24];
    uint32_t message_size, batch, readers;
};
enum { SCENES_MAX = 128 };

/* Test programs lie in build/tests/, peers in build/peers/. */
static void look_for_peers(void)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 16);
    if (length <= 0)
        return;
    path[length] = '\0';
    *strrchr(path, '/') = '\0';
    strcat(path, "/../peers");
    setenv("TICKFAN_PEERS", path, 0);
}

static bool is_peer(const char *name)
{
    for (size_t i = 0; tf_peer_names[i]; i++)
        if (strcmp(tf_peer_names[i], name) == 0)
            return true;
    return false;
}

/* The transport of that name; does not return when the test is to be skipped. */
static const struct tf_transport *find(const char *name)
{
    char path[PATH_MAX], why[128] = "";
    look_for_peers();
    const struct tf_transport *transport = tf_transport_find(name);
    if (!transport && is_peer(name)) {
        snprintf(path, sizeof path, "%s/%s.so", getenv("TICKFAN_PEERS"), name);
        if (access(path, F_OK) != 0)
            cr_skip_test("%s", tf_errmsg());
    }
    cr_assert(transport, "%s", tf_errmsg());
    if (transport->available && !transport->available(why))
        cr_skip_test("%s: %s", name, why);
    return transport;
}

static uint32_t add(struct scene *scenes, uint32_t count, const char *name, uint32_t readers)
{
    static const uint32_t sizes[] = {64, 192, 1024}, batches[] = {1, 64};
    const struct tf_transport *transport = tf_transport_find(name);
    for (int s = 0; s < 3; s++) {
        for (int b = 0; b < 2; b++) {
            bool one_line = !transport || (transport->traits & TF_TRAIT_ONE_LINE);
            if ((sizes[s] > 64 && one_line) || count == SCENES_MAX)
                continue;
            /* 192 bytes, which divide no page, in batches only. */
            if (sizes[s] == 192 && batches[b] == 1)
                continue;
            /* To several readers once is enough, and so is one skip. */
            if ((readers > 1 || !transport) && (s > 0 || b == 0))
                continue;
            scenes[count] = (struct scene){
                .message_size = sizes[s], .batch = batches[b], .readers = readers};
            snprintf(scenes[count++].name, sizeof scenes->name, "%s", name);
        }
    }
    return count;
}

static struct criterion_test_params all_scenes(struct scene *scenes, uint32_t readers)
{
    uint32_t count = 0;
    look_for_peers();
    for (size_t i = 0; tf_transports[i]; i++)
        if (readers <= tf_transports[i]->readers_max)
            count = add(scenes, count, tf_transports[i]->name, readers);
    for (size_t i = 0; tf_peer_names[i]; i++) {
        const struct tf_transport *peer = tf_transport_find(tf_peer_names[i]);
        if (!peer || readers <= peer->readers_max)
            count = add(scenes, count, tf_peer_names[i], readers);
    }
    return cr_make_param_array(struct scene, scenes, count, NULL);
}

static struct delivery delivery_of(const struct scene *scene)
{
    const struct tf_transport *transport = find(scene->name);
    bool lossy = transport->traits & TF_TRAIT_LOSSY;
    uint64_t fit = is_peer(scene->name)       ? FEW_MESSAGES
                   : scene->message_size > 64 ? LARGE_MESSAGES
                                              : MESSAGES;
    return (struct delivery){
        .transport = transport,
        .message_size = scene->message_size,
        .batch = scene->batch,
        .readers = scene->readers,
        .capacity = lossy ? 0 : ROOM,
        .messages = lossy ? fit : MESSAGES,
    };
}

static void expect_nothing_left(const struct delivery_report *report)
{
    cr_expect_str_empty(report->leftovers, "left behind: %s", report->leftovers);
    if (!report->isolated)
        cr_log_warn("no namespaces here: leftovers were not looked for");
}

static void expect_all(const struct scene *scene)
{
    struct delivery delivery = delivery_of(scene);
    struct delivery_report report;
    tf_deliver(&delivery, &report);
    cr_assert_str_empty(report.problem, "%s: %s", scene->name, report.problem);
    for (uint32_t i = 0; i < delivery.readers; i++) {
        const struct delivery_reader *seen = &report.reader[i];
        cr_expect_eq(seen->received, delivery.messages,
                     "%s, %u bytes, batch %u, reader %u: received %llu, first %llu, last %llu",
                     scene->name, scene->message_size, scene->batch, i,
                     (unsigned long long)seen->received, (unsigned long long)seen->first,
                     (unsigned long long)seen->last);
        cr_expect_eq(seen->disordered, 0, "%s: not in order", scene->name);
        cr_expect_eq(seen->torn, 0, "%s: not whole", scene->name);
        cr_expect_eq(seen->lost, 0, "%s: nothing was lost", scene->name);
    }
    expect_nothing_left(&report);
}

static struct scene single[SCENES_MAX], several[SCENES_MAX];

ParameterizedTestParameters(transport, delivers_everything_in_order)
{
    return all_scenes(single, 1);
}

ParameterizedTest(struct scene *scene, transport, delivers_everything_in_order, .timeout = 60)
{
    expect_all(scene);
}

ParameterizedTestParameters(transport, broadcasts_to_each_of_three)
{
    return all_scenes(several, 3);
}

ParameterizedTest(struct scene *scene, transport, broadcasts_to_each_of_three, .timeout = 60)
{
    if (!(find(scene->name)->traits & TF_TRAIT_BROADCAST))
        cr_skip_test("%s: readers share the messages", scene->name);
    expect_all(scene);
}

/* Readers that begin when the ring has been lapped: what is left is whole and in order, the rest is counted. */
static struct scene counting[] = {{"seqlocks", 64, 1, 1},  {"seqlocks", 1024, 64, 1},
                                  {"two_lines", 64, 1, 1}, {"two_lines", 1024, 64, 1},
                                  {"tickfan", 64, 1, 1},   {"tickfan", 64, 64, 1}};

ParameterizedTestParameters(transport, lapped_reader_counts_what_it_lost)
{
    return cr_make_param_array(struct scene, counting, sizeof counting / sizeof counting[0],
                               NULL);
}

ParameterizedTest(struct scene *scene, transport, lapped_reader_counts_what_it_lost,
                  .timeout = 60)
{
    struct delivery delivery = delivery_of(scene);
    struct delivery_report report;
    delivery.capacity = ROOM;
    delivery.late = true;
    tf_deliver(&delivery, &report);
    cr_assert_str_empty(report.problem, "%s: %s", scene->name, report.problem);
    const struct delivery_reader *seen = &report.reader[0];
    cr_expect_eq(seen->received + seen->lost, delivery.messages, "%s: received %llu, lost %llu",
                 scene->name, (unsigned long long)seen->received,
                 (unsigned long long)seen->lost);
    cr_expect(seen->received > 0 && seen->received < ROOM, "%s: received %llu of a ring of %d",
              scene->name, (unsigned long long)seen->received, (int)ROOM);
    cr_expect_eq(seen->last, delivery.messages, "%s: the last is there", scene->name);
    cr_expect_eq(seen->disordered + seen->torn, 0, "%s: in order and whole", scene->name);
    expect_nothing_left(&report);
}

/* Lapped all the time by a writer that does not wait: a ring of 8, so that it reads where is written. */
static struct scene racing[] = {{"seqlocks", 64, 1, 1},
                                {"seqlocks", 1024, 64, 1},
                                {"two_lines", 64, 1, 1},
                                {"two_lines", 1024, 64, 1}};

ParameterizedTestParameters(transport, racing_reader_gets_whole_messages)
{
    return cr_make_param_array(struct scene, racing, sizeof racing / sizeof racing[0], NULL);
}

ParameterizedTest(struct scene *scene, transport, racing_reader_gets_whole_messages,
                  .timeout = 60)
{
    struct delivery delivery = delivery_of(scene);
    struct delivery_report report;
    delivery.capacity = 8;
    delivery.messages = RACE_MESSAGES;
    tf_deliver(&delivery, &report);
    cr_assert_str_empty(report.problem, "%s: %s", scene->name, report.problem);
    const struct delivery_reader *seen = &report.reader[0];
    cr_expect_eq(seen->received + seen->lost, delivery.messages, "%s: received %llu, lost %llu",
                 scene->name, (unsigned long long)seen->received,
                 (unsigned long long)seen->lost);
    cr_expect_eq(seen->disordered + seen->torn, 0, "%s: %llu not in order, %llu torn",
                 scene->name, (unsigned long long)seen->disordered,
                 (unsigned long long)seen->torn);
}

/* One scene of each. */
static struct scene killed[SCENES_MAX];

ParameterizedTestParameters(transport, leaves_nothing_when_workers_are_killed)
{
    struct criterion_test_params all = all_scenes(killed, 1);
    uint32_t count = 0;
    for (size_t i = 0; i < all.length; i++)
        if (killed[i].message_size == 64 && killed[i].batch == 64)
            killed[count++] = killed[i];
    return cr_make_param_array(struct scene, killed, count, NULL);
}

ParameterizedTest(struct scene *scene, transport, leaves_nothing_when_workers_are_killed,
                  .timeout = 60)
{
    struct delivery delivery = delivery_of(scene);
    struct delivery_report report;
    delivery.kill_reader = true;
    tf_deliver(&delivery, &report);
    cr_assert_str_empty(report.problem, "%s: %s", scene->name, report.problem);
    cr_expect_eq(report.reader[0].disordered + report.reader[0].torn, 0, "%s: in order, whole",
                 scene->name);
    expect_nothing_left(&report);
}

static pid_t abandon(const struct tf_transport *transport)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    struct delivery delivery = {.transport = transport,
                                .message_size = 64,
                                .batch = 64,
                                .readers = 1,
                                .capacity = ROOM,
                                .messages = MESSAGES,
                                .abandon = true};
    struct delivery_report report;
    tf_deliver(&delivery, &report);
    if (report.problem[0])
        fprintf(stderr, "%s: %s\n", transport->name, report.problem);
    _exit(report.problem[0] != 0);
}

/* All at once, since each waits for two seconds before it gives up. */
Test(transport, no_writer_waits_for_ever, .timeout = 60)
{
    struct criterion_test_params all = all_scenes(killed, 1);
    pid_t child[SCENES_MAX];
    uint32_t count = 0;
    for (size_t i = 0; i < all.length; i++) {
        const struct tf_transport *transport = tf_transport_find(killed[i].name);
        char why[128];
        if (killed[i].message_size == 64 && killed[i].batch == 64 && transport &&
            !(transport->traits & TF_TRAIT_LOSSY) &&
            (!transport->available || transport->available(why)))
            child[count++] = abandon(transport);
    }
    for (uint32_t i = 0; i < count; i++) {
        int status = 0;
        waitpid(child[i], &status, 0);
        cr_expect_eq(status, 0, "a writer whose reader is gone does not end");
    }
    cr_assert_gt(count, 5);
}

Test(transport, find_says_what_to_do)
{
    cr_assert_null(tf_transport_find("carrier_pigeon"));
    cr_expect(strstr(tf_errmsg(), "carrier_pigeon") && strstr(tf_errmsg(), "spsc_aligned"),
              "%s", tf_errmsg());
    setenv("TICKFAN_PEERS", "/nonexistent", 1);
    cr_assert_null(tf_transport_find("zeromq"));
    cr_expect(strstr(tf_errmsg(), "ninja peers"), "%s", tf_errmsg());
}

/* A plug-in of another version must not be called: its table may mean something else. */
Test(transport, refuses_a_file_that_is_no_plug_in)
{
    char folder[] = "/tmp/tickfan-peers-XXXXXX", path[64];
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/nng.so", folder);
    FILE *file = fopen(path, "we");
    fputs("no shared object\n", file);
    fclose(file);
    setenv("TICKFAN_PEERS", folder, 1);
    const struct tf_transport *found = tf_transport_find("nng");
    unlink(path);
    rmdir(folder);
    cr_assert_null(found);
    cr_expect(strstr(tf_errmsg(), "nng.so"), "%s", tf_errmsg());
}
