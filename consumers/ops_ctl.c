/* SPDX-License-Identifier: Apache-2.0 */
/* tickfan ctl: pause, step and pace a running replay, through its control socket. */
#include "command.h"
#include "error.h"
#include "json_out.h"
#include "rundir.h"
#include "text.h"
#include "tickfan.h"
#include "unix_address.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static const char help[] =
    "usage: tickfan ctl [OPTION]... [STREAM] REQUEST\n"
    "\n"
    "  tickfan ctl pause            hold the replay that publishes 'default', after a whole "
    "event\n"
    "  tickfan ctl step             publish one venue event and stay paused\n"
    "  tickfan ctl step 100         ... or a hundred\n"
    "  tickfan ctl speed 10         ten times the original pace from here on\n"
    "  tickfan ctl day1 resume      go on, the replay that publishes 'day1'\n"
    "  tickfan ctl --json status    where it stands\n"
    "\n"
    "Requests:\n"
    "  pause                    resume                  status\n"
    "  step [N]                 N venue events (default 1), at once\n"
    "  speed max|FACTOR         as 'tickfan replay --speed'\n"
    "  rate N[ticks|events]     as 'tickfan replay --rate'\n"
    "\n"
    "      --socket PATH    where the replay was told to listen with --control\n"
    "      --json           the state after it as one JSON object\n"
    "  -q, --quiet          print nothing but errors\n"
    "\n"
    "Exit status: 0 done; 64 no such request, 69 no such stream, or no replay publishes it,\n"
    "74 no answer, 75 busy: it will be done later, 77 permission denied.\n";

static int run(int argc, char **argv);
const struct tf_command tf_cmd_ctl = {"ctl", "pause, step and pace a running replay", help,
                                      run};

enum { ANSWER_MAX = 1024 };

struct request {
    char socket[PATH_MAX];
    char line[256];
    bool json, quiet;
};

/* ---- asking ---------------------------------------------------------------------------------- */

static int connect_to(const char *path)
{
    struct tf_unix_address address;
    int error = tf_unix_address_open(&address, path);
    int fd = error ? -1 : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (!error && (fd < 0 || tf_unix_connect(fd, &address) != 0)) {
        bool forbidden = errno == EACCES || errno == EPERM;
        error = tf_fail_errno(forbidden ? TF_EPERM : TF_ENOSTREAM, "%s: %s", path,
                              forbidden ? "only who may write the stream may control its replay"
                                        : "no replay listens there");
    }
    tf_unix_address_close(&address);
    if (!error)
        return fd;
    if (fd >= 0)
        close(fd);
    return error;
}

/* Up to the newline, which is cut.  A replay answers within a second, also to say that it is busy. */
static int read_answer(int fd, char *answer, const char *path)
{
    size_t length = 0;
    char *end = 0;
    struct timeval patience = {.tv_sec = 10};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    while (!end && length < ANSWER_MAX - 1) {
        ssize_t got = recv(fd, answer + length, ANSWER_MAX - 1 - length, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return tf_fail(TF_EIO, "%s: the replay went without an answer", path);
        length += (size_t)got;
        answer[length] = 0;
        end = strchr(answer, '\n');
    }
    if (end)
        *end = 0;
    return 0;
}

static int ask(const struct request *request, char *answer)
{
    char line[sizeof request->line + 1];
    int fd = connect_to(request->socket);
    if (fd < 0)
        return fd;
    int length = snprintf(line, sizeof line, "%s\n", request->line);
    int error = 0;
    if (send(fd, line, (size_t)length, MSG_NOSIGNAL) != length)
        error = tf_fail_errno(TF_EIO, "%s", request->socket);
    if (!error)
        error = read_answer(fd, answer, request->socket);
    close(fd);
    return error;
}

/* ---- telling --------------------------------------------------------------------------------- */

static bool is_number(const char *text)
{
    return text[0] && strspn(text, "0123456789") == strlen(text);
}

/* KEY=VALUE words, one after the other; false at the end. */
static bool next_word(char **at, char **key, char **value)
{
    char *word = strsep(at, " "), *equal = word ? strchr(word, '=') : 0;
    if (!equal)
        return false;
    *equal = 0;
    *key = word;
    *value = equal + 1;
    return true;
}

static void print(char *state, bool as_json)
{
    struct tf_json json = {.out = stdout};
    char *key, *value, *at = state, text[32];
    uint64_t number;
    if (as_json)
        tf_json_object(&json, 0);
    while (next_word(&at, &key, &value)) {
        bool counts = is_number(value) && tf_parse_u64(value, UINT64_MAX, &number);
        if (as_json && strcmp(value, "none") == 0)
            tf_json_text(&json, key, 0);
        else if (as_json && counts)
            tf_json_u64(&json, key, number);
        else if (as_json && strcmp(key, "speed") == 0 && strcmp(value, "max") != 0)
            tf_json_double(&json, key, strtod(value, 0));
        else if (as_json)
            tf_json_text(&json, key, value);
        else if (counts && strcmp(key, "time") != 0)
            printf("%-12s %20s\n", key, tf_format_count(text, sizeof text, number));
        else
            printf("%-12s %20s\n", key, value);
    }
    if (as_json) {
        tf_json_end_object(&json);
        putchar('\n');
    }
}

static int tell(const struct request *request, char *answer)
{
    if (strncmp(answer, "ok ", 3) == 0) {
        if (!request->quiet)
            print(answer + 3, request->json);
        return 0;
    }
    bool busy = strstr(answer, "busy") != 0;
    if (strncmp(answer, "error ", 6) == 0)
        return tf_fail(busy ? TF_EBUSY : TF_EUSAGE, "%s", answer + 6);
    return tf_fail(TF_EIO, "%s: that is no replay's answer", request->socket);
}

/* ---- the command ----------------------------------------------------------------------------- */

static bool is_verb(const char *word)
{
    static const char *const verbs[] = {"pause", "resume", "step", "speed", "rate", "status"};
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(word, verbs[i]) == 0)
            return true;
    return false;
}

/* The words after the stream's name, if that comes first. */
static int compose(struct request *request, int count, char **words)
{
    const char *stream = 0;
    if (count > 0 && !is_verb(words[0])) {
        stream = words[0];
        words++;
        count--;
    }
    if (count < 1 || !is_verb(words[0]))
        return tf_command_usage(&tf_cmd_ctl,
                                "%s%swhich request? pause, resume, step, speed, "
                                "rate or status",
                                stream ? stream : "", stream ? ": " : "");
    int length = snprintf(request->line, sizeof request->line, "%s%s%s", words[0],
                          count > 1 ? " " : "", count > 1 ? words[1] : "");
    if (count > 2 || (size_t)length >= sizeof request->line || strchr(request->line, '\n'))
        return tf_command_usage(&tf_cmd_ctl, "%s: one request, with one value at most",
                                words[0]);
    if (request->socket[0])
        return stream ? tf_command_usage(&tf_cmd_ctl, "a stream or --socket, not both") : 0;
    char path[PATH_MAX - 16];
    int error = tf_rundir_find(tf_stream_name(stream), path, sizeof path);
    if (error)
        return tf_command_fail(&tf_cmd_ctl, error);
    snprintf(request->socket, sizeof request->socket, "%s/control", path);
    return 0;
}

static int run(int argc, char **argv)
{
    enum { SOCKET = 1, JSON };
    static const struct option options[] = {{"socket", required_argument, 0, SOCKET},
                                            {"json", no_argument, 0, JSON},
                                            {"quiet", no_argument, 0, 'q'},
                                            {0, 0, 0, 0}};
    static struct request request;
    char answer[ANSWER_MAX];
    int option;
    while ((option = tf_command_getopt(&tf_cmd_ctl, argc, argv, "q", options)) != -1) {
        if (option == SOCKET)
            snprintf(request.socket, sizeof request.socket, "%s", optarg);
        else if (option == JSON)
            request.json = true;
        else if (option == 'q')
            request.quiet = true;
        else
            return -TF_EUSAGE;
    }
    int status = compose(&request, argc - optind, argv + optind);
    if (status)
        return status;
    int error = ask(&request, answer);
    if (!error)
        error = tell(&request, answer);
    return error ? tf_command_fail(&tf_cmd_ctl, error) : 0;
}
