/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket: its language, many clients at once, and clients that mean no good. */
#include "control_socket.h"
#include "error.h"
#include "random.h"
#include "tickfan.h"
#include "unix_address.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the language ---------------------------------------------------------------------------- */

Test(steering, every_request)
{
    struct tf_steer_request request;
    const char *why;
    cr_assert(tf_steer_parse("pause", &request, &why) && request.verb == TF_STEER_PAUSE);
    cr_assert(tf_steer_parse(" resume \r", &request, &why) && request.verb == TF_STEER_RESUME);
    cr_assert(tf_steer_parse("status", &request, &why) && request.verb == TF_STEER_STATUS);
    cr_assert(tf_steer_parse("step", &request, &why) && request.steps == 1);
    cr_assert(tf_steer_parse("step 250", &request, &why) && request.steps == 250);
    cr_assert(tf_steer_parse("speed max", &request, &why) && request.speed == 0);
    cr_assert(tf_steer_parse("speed 0.5", &request, &why) && request.speed == 0.5);
    cr_assert(tf_steer_parse("rate 5events", &request, &why) && request.rate_of_events);
}

Test(steering, what_is_no_request_is_answered_with_what_is_one)
{
    static const struct {
        const char *line, *why;
    } wrong[] = {{"", "pause"},           {"  ", "pause"},
                 {"halt", "pause"},       {"pause now", "pause"},
                 {"step 0", "step N"},    {"step -1", "step N"},
                 {"step 1 2", "step"},    {"step 99999999999999999999", "step N"},
                 {"speed", "speed"},      {"speed fast", "speed:"},
                 {"speed nan", "speed:"}, {"rate 0", "rate:"},
                 {"PAUSE", "pause"}};
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct tf_steer_request request;
        const char *why = 0;
        cr_assert_not(tf_steer_parse(wrong[i].line, &request, &why), "'%s'", wrong[i].line);
        cr_assert(strstr(why, wrong[i].why), "'%s': %s", wrong[i].line, why);
    }
}

Test(steering, any_bytes_are_one_or_the_other)
{
    struct tf_random random;
    tf_random_seed(&random, 1);
    for (unsigned i = 0; i < 200000; i++) {
        static const char *const seeds[] = {"pause", "step 12", "speed max", "rate 5events",
                                            ""};
        char line[300] = "";
        struct tf_steer_request request;
        const char *why = 0;
        strcpy(line, seeds[tf_random_below(&random, 5)]);
        for (uint32_t changes = tf_random_below(&random, 6); changes; changes--)
            line[tf_random_below(&random, i % 2 ? 12 : 290)] = (char)tf_random_next(&random);
        bool parsed = tf_steer_parse(line, &request, &why);
        cr_assert(why && request.verb <= TF_STEER_RATE);
        if (parsed && request.verb == TF_STEER_STEP)
            cr_assert_gt(request.steps, 0);
        if (parsed && request.verb == TF_STEER_RATE)
            cr_assert(request.rate > 0 && request.rate <= 1e9);
    }
}

/* ---- a replay that does nothing but answer ---------------------------------------------------- */

static char directory[] = "/tmp/tickfan-control-XXXXXX", path[PATH_MAX];
static struct tf_steering steering;
static struct tf_control_socket *server;
static pthread_t replay;
static _Atomic bool leave, deaf;
static _Atomic uint64_t served;

static void *replay_main(void *context)
{
    (void)context;
    bool paused = false;
    uint64_t ticks = 0;
    while (!leave) {
        struct tf_steer_request request;
        tf_steering_wait(&steering, 10 * 1000 * 1000);
        if (deaf || !tf_steering_take(&steering, &request))
            continue;
        if (request.verb == TF_STEER_PAUSE || request.verb == TF_STEER_RESUME)
            paused = request.verb == TF_STEER_PAUSE;
        if (request.verb == TF_STEER_STEP)
            ticks += request.steps;
        served++;
        tf_steering_answer(&steering, &(struct tf_steer_status){
                                          .state = paused ? TF_STEER_PAUSED : TF_STEER_RUNNING,
                                          .time = TF_UNDEF_TIMESTAMP,
                                          .ticks = ticks});
    }
    return 0;
}

static void start(void)
{
    cr_assert(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/control", directory);
    cr_assert_eq(tf_steering_open(&steering), 0);
    cr_assert_eq(tf_control_socket_open(path, 0640, (gid_t)-1, &steering, &server), 0, "%s",
                 tf_errmsg());
    cr_assert_eq(pthread_create(&replay, 0, replay_main, 0), 0);
}

static void stop(void)
{
    tf_control_socket_close(server);
    leave = true;
    pthread_join(replay, 0);
    tf_steering_close(&steering);
    cr_assert_eq(access(path, F_OK), -1, "the socket is gone");
    cr_assert_eq(rmdir(directory), 0);
}

TestSuite(control_socket, .init = start, .fini = stop, .timeout = 60);

static int connect_client(void)
{
    struct tf_unix_address address;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(tf_unix_address_open(&address, path), 0);
    cr_assert_eq(tf_unix_connect(fd, &address), 0, "%s", strerror(errno));
    tf_unix_address_close(&address);
    return fd;
}

static void say(int fd, const char *text)
{
    cr_assert_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* One line; "" when the server hung up. */
static const char *hear(int fd)
{
    static char line[1024];
    size_t length = 0;
    while (length + 1 < sizeof line && recv(fd, line + length, 1, 0) == 1 &&
           line[length] != '\n')
        length++;
    line[length] = 0;
    return line;
}

static void expect(int fd, const char *request, const char *answer)
{
    say(fd, request);
    const char *line = hear(fd);
    cr_assert(strncmp(line, answer, strlen(answer)) == 0, "%s: %s", request, line);
}

Test(control_socket, requests_are_answered_with_the_state_after_them)
{
    int fd = connect_client();
    expect(fd, "status\n", "ok state=running speed=max messages=0 ticks=0 pass=0 time=none ");
    expect(fd, "pause\n", "ok state=paused");
    expect(fd, "step 3\n", "ok state=paused speed=max messages=0 ticks=3 ");
    expect(fd, "resume\n", "ok state=running");
    expect(fd, "nonsense\n", "error pause, resume, ");
    close(fd);
}

Test(control_socket, lines_in_pieces_and_several_at_once)
{
    int fd = connect_client();
    say(fd, "sta");
    usleep(20000);
    expect(fd, "tus\nstep 2\nstep 5\n", "ok state=running");
    cr_assert(strstr(hear(fd), " ticks=2 "));
    cr_assert(strstr(hear(fd), " ticks=7 "));
    close(fd);
}

Test(control_socket, more_clients_than_places_the_silent_ones_lose_theirs)
{
    int fds[4 * TF_CONTROL_CLIENTS];
    enum { COUNT = sizeof fds / sizeof fds[0] };
    for (unsigned i = 0; i < COUNT; i++) {
        fds[i] = connect_client();
        expect(fds[i], "status\n", "ok ");
    }
    expect(fds[COUNT - 1], "status\n", "ok ");
    cr_assert_str_eq(hear(fds[0]), "", "the first was hung up on");
    for (unsigned i = 0; i < COUNT; i++)
        close(fds[i]);
}

Test(control_socket, a_line_without_an_end_is_hung_up_on)
{
    int fd = connect_client();
    char junk[TF_CONTROL_LINE + 1];
    memset(junk, 'x', sizeof junk - 1);
    junk[sizeof junk - 1] = 0;
    expect(fd, junk, "error a line is too long");
    cr_assert_str_eq(hear(fd), "");
    close(fd);
    fd = connect_client();
    expect(fd, "status\n", "ok ");
    close(fd);
}

Test(control_socket, a_client_that_never_reads_holds_up_nobody)
{
    int rude = connect_client(), polite = connect_client();
    cr_assert_eq(fcntl(rude, F_SETFL, O_NONBLOCK), 0);
    for (unsigned i = 0; i < 3000; i++)
        if (send(rude, "what\nis\nthis\n", 13, MSG_NOSIGNAL) < 0 && errno != EAGAIN)
            break; /* hung up on */
    expect(polite, "status\n", "ok ");
    close(rude);
    close(polite);
}

Test(control_socket, junk_from_many_and_clients_that_leave_in_the_middle)
{
    struct tf_random random;
    tf_random_seed(&random, 7);
    for (unsigned i = 0; i < 400; i++) {
        int fd = connect_client();
        uint8_t junk[600];
        size_t length = tf_random_below(&random, sizeof junk);
        for (size_t at = 0; at < length; at++)
            junk[at] = tf_random_below(&random, 6) ? (uint8_t)tf_random_next(&random) : '\n';
        ssize_t sent = send(fd, junk, length, MSG_NOSIGNAL);
        cr_assert(sent >= 0 || errno == EPIPE || errno == ECONNRESET);
        close(fd);
    }
    int fd = connect_client();
    expect(fd, "status\n", "ok ");
    close(fd);
}

Test(control_socket, a_replay_that_does_not_answer_is_busy_and_answers_later)
{
    int fd = connect_client();
    deaf = true;
    expect(fd, "pause\n", "error the replay is busy");
    expect(fd, "status\n", "error the replay is busy");
    deaf = false;
    for (unsigned i = 0; i < 500 && !served; i++)
        usleep(10000);
    expect(fd, "status\n", "ok state=paused");
    close(fd);
}

/* How many lines are there to be read until the server hangs up. */
static unsigned count_lines(int fd)
{
    unsigned lines = 0;
    char bytes[4096];
    ssize_t got;
    while ((got = recv(fd, bytes, sizeof bytes, 0)) > 0)
        for (ssize_t i = 0; i < got; i++)
            lines += bytes[i] == '\n';
    return lines;
}

/* 16 clients with 32 requests each, of which every one would wait for a replay that does not answer. */
Test(control_socket, closing_waits_for_no_request)
{
    enum { CLIENTS = 16, LINES = 32 };
    int fds[CLIENTS];
    char lines[7 * LINES + 1] = "";
    for (unsigned i = 0; i < LINES; i++)
        strcat(lines, "status\n");
    deaf = true;
    for (unsigned i = 0; i < CLIENTS; i++) {
        fds[i] = connect_client();
        say(fds[i], lines);
    }
    cr_assert(strncmp(hear(fds[0]), "error the replay is busy", 24) == 0);
    tf_control_socket_close(server);
    server = 0;
    unsigned answers = 1;
    for (unsigned i = 0; i < CLIENTS; i++) {
        answers += count_lines(fds[i]);
        close(fds[i]);
    }
    cr_assert_lt(answers, CLIENTS * LINES / 8, "%u requests were waited for", answers);
}

Test(control_socket, clients_take_turns)
{
    int greedy = connect_client(), modest = connect_client();
    deaf = true;
    say(greedy, "status\nstep\nstep\nstep\nstep\nstep\nstep\nstep\n");
    cr_assert(strncmp(hear(greedy), "error the replay is busy", 24) == 0);
    say(modest, "nonsense\n");
    cr_assert(strncmp(hear(modest), "error pause, ", 13) == 0);
    tf_control_socket_close(server);
    server = 0;
    cr_assert_lt(count_lines(greedy), 6, "the modest one did not wait for all of them");
    close(greedy);
    close(modest);
}

Test(control_socket, has_the_mode_that_was_asked_for)
{
    struct stat info;
    cr_assert_eq(stat(path, &info), 0);
    cr_assert(S_ISSOCK(info.st_mode));
    cr_assert_eq(info.st_mode & 0777, 0640);
}

Test(control_socket, replaces_what_a_killed_replay_left_and_nothing_else)
{
    struct tf_control_socket *second;
    cr_assert_eq(tf_control_socket_open(path, 0600, (gid_t)-1, &steering, &second), TF_EBUSY);
    char other[PATH_MAX + 8];
    snprintf(other, sizeof other, "%s.left", path);
    struct tf_unix_address address;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert_eq(tf_unix_address_open(&address, other), 0);
    cr_assert_eq(tf_unix_bind(fd, &address), 0);
    tf_unix_address_close(&address);
    close(fd);
    cr_assert_eq(tf_control_socket_open(other, 0600, (gid_t)-1, &steering, &second), 0, "%s",
                 tf_errmsg());
    tf_control_socket_close(second);
    fd = open(other, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    close(fd);
    cr_assert_eq(tf_control_socket_open(other, 0600, (gid_t)-1, &steering, &second),
                 TF_ECREATE);
    cr_assert_eq(unlink(other), 0);
}

Test(control_socket, a_path_longer_than_an_address)
{
    char deep[PATH_MAX], name[101];
    memset(name, 'd', 100);
    name[100] = 0;
    snprintf(deep, sizeof deep, "%s/%s", directory, name);
    cr_assert_eq(mkdir(deep, 0700), 0);
    char inside[PATH_MAX + 16];
    snprintf(inside, sizeof inside, "%s/control", deep);
    struct tf_control_socket *second;
    cr_assert_eq(tf_control_socket_open(inside, 0600, (gid_t)-1, &steering, &second), 0, "%s",
                 tf_errmsg());
    char kept[PATH_MAX];
    memcpy(kept, path, sizeof kept);
    memcpy(path, inside, sizeof path);
    int fd = connect_client();
    expect(fd, "status\n", "ok ");
    close(fd);
    memcpy(path, kept, sizeof path);
    tf_control_socket_close(second);
    cr_assert_eq(rmdir(deep), 0);
}
