/* SPDX-License-Identifier: Apache-2.0 */
#include "iceoryx_roudi.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Room for 64 readers with 256 small messages queued each, and for large ones as far as that is reasonable. */
static const char configuration[] = "[general]\n"
                                    "version = 1\n"
                                    "[[segment]]\n"
                                    "[[segment.mempool]]\nsize = 64\ncount = 20000\n"
                                    "[[segment.mempool]]\nsize = 1024\ncount = 5000\n"
                                    "[[segment.mempool]]\nsize = 4096\ncount = 1000\n";

static const int64_t start_ms = 10000, stop_ms = 5000;

static struct {
    unsigned holders;
    pid_t pid;
    int output; /* kept open: a daemon that cannot write would die of it */
} roudi;

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A file that has no name; the daemon reads it by its descriptor. */
static int make_configuration(void)
{
    int file = memfd_create("roudi.toml", 0);
    size_t size = sizeof configuration - 1;
    if (file >= 0 && write(file, configuration, size) == (ssize_t)size)
        return file;
    if (file >= 0)
        close(file);
    return -1;
}

static _Noreturn void become_roudi(int file, int output)
{
    char path[32];
    cpu_set_t all;
    memset(&all, 0xff, sizeof all);
    /* Channels are made on the writer's CPU, where a daemon that looks around every 100 ms must not stay. */
    sched_setaffinity(0, sizeof all, &all);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0}); /* it may abort: see stop() */
    signal(SIGINT, SIG_IGN); /* the terminal's is for the coordinator, which ends us */
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    execlp("iox-roudi", "iox-roudi", "-c", path, "-m", "off", "-l", "error", "-k", "1",
           (char *)NULL);
    dprintf(output, "cannot run iox-roudi: %s", strerror(errno));
    _exit(127);
}

static bool start(void)
{
    int output[2];
    int file = make_configuration();
    if (file < 0)
        return false;
    if (pipe2(output, O_CLOEXEC | O_NONBLOCK) != 0) {
        close(file);
        return false;
    }
    roudi.pid = fork();
    if (roudi.pid == 0)
        become_roudi(file, output[1]);
    close(file);
    close(output[1]);
    roudi.output = output[0];
    if (roudi.pid < 0)
        close(output[0]);
    return roudi.pid > 0;
}

/* Its last words on one line, for people. */
static void quote(char *why, const char *said)
{
    int used = snprintf(why, TF_ROUDI_WHY_BYTES, "iox-roudi does not start: ");
    for (; *said && used < TF_ROUDI_WHY_BYTES - 1; said++)
        if (*said >= ' ')
            why[used++] = *said;
        else if (*said == '\n')
            why[used++] = ' ';
    why[used] = '\0';
}

static bool wait_until_ready(char *why)
{
    char said[2048] = "";
    size_t used = 0;
    int64_t until = now_ms() + start_ms;
    for (int64_t left = start_ms; left > 0; left = until - now_ms()) {
        struct pollfd output = {.fd = roudi.output, .events = POLLIN};
        if (poll(&output, 1, (int)left) <= 0)
            continue;
        ssize_t got = read(roudi.output, said + used, sizeof said - 1 - used);
        if (got <= 0)
            break;
        used += (size_t)got;
        said[used] = '\0';
        if (strstr(said, "ready for clients"))
            return true;
    }
    quote(why, said);
    return false;
}

static void remove_worker(const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "/tmp/%s", name);
    unlink(path);
    snprintf(path, sizeof path, "/tmp/%s.lock", name);
    unlink(path);
}

/* What workers leave that were killed, and a daemon that did not end well. */
static void remove_remains(void)
{
    const struct group *group = getgrgid(getegid());
    char name[32];
    remove_worker(TF_ROUDI_WRITER);
    for (unsigned i = 0; i < TF_ROUDI_READERS_MAX; i++) {
        snprintf(name, sizeof name, TF_ROUDI_READER, i);
        remove_worker(name);
    }
    shm_unlink("/iceoryx_mgmt");
    if (group)
        shm_unlink(group->gr_name);
    unlink("/tmp/roudi");
    unlink("/tmp/roudi.lock");
    unlink("/tmp/iox-unique-roudi.lock");
}

/*
 * A daemon whose clients were killed finds them gone when it ends, and aborts.  One that never was ready may have
 * given way to somebody else's, whose things are not to be touched.
 */
static void stop(bool ready)
{
    int64_t until = now_ms() + stop_ms;
    int status = 0;
    kill(roudi.pid, SIGTERM);
    while (waitpid(roudi.pid, &status, WNOHANG) == 0) {
        if (now_ms() > until)
            kill(roudi.pid, SIGKILL);
        usleep(2000);
    }
    if (ready)
        remove_remains();
    close(roudi.output);
}

bool tf_roudi_hold(char why[TF_ROUDI_WHY_BYTES])
{
    if (roudi.holders == 0) {
        if (!start()) {
            snprintf(why, TF_ROUDI_WHY_BYTES, "cannot start iox-roudi: %s", strerror(errno));
            return false;
        }
        if (!wait_until_ready(why)) {
            stop(false);
            return false;
        }
    }
    roudi.holders++;
    return true;
}

void tf_roudi_release(void)
{
    if (--roudi.holders == 0)
        stop(true);
}
