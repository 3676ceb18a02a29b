/* SPDX-License-Identifier: Apache-2.0 */
#include "process.h"

#include "error.h"
#include "text.h"

#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Field 22 of /proc/PID/stat and the state letter; 0 when there is no such process. */
static uint64_t start_time(uint32_t pid, char *state)
{
    char path[40], text[1024];
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    if (length <= 0)
        return 0;
    text[length] = 0;
    /* The command name may hold blanks and parentheses: fields count from the last one. */
    char *at = strrchr(text, ')');
    uint64_t value = 0;
    if (!at || sscanf(at + 1,
                      " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d "
                      "%*d %" SCNu64,
                      state, &value) != 2)
        return 0;
    return value;
}

static uint64_t pid_namespace(void)
{
    struct stat info;
    return stat("/proc/self/ns/pid", &info) == 0 ? (uint64_t)info.st_ino : 0;
}

void tf_process_self(struct tf_process *self)
{
    char state;
    *self = (struct tf_process){.pid = (uint32_t)getpid(), .uid = (uint32_t)geteuid()};
    self->start_time = start_time(self->pid, &state);
    self->pid_namespace = pid_namespace();
}

enum tf_liveness tf_process_liveness(const struct tf_process *process)
{
    if (process->pid == 0)
        return TF_PROCESS_GONE;
    if (process->pid_namespace != pid_namespace())
        return TF_PROCESS_UNKNOWN;
    char state = '?';
    uint64_t started = start_time(process->pid, &state);
    if (started == 0 || started != process->start_time || state == 'Z' || state == 'X')
        return TF_PROCESS_GONE;
    return TF_PROCESS_ALIVE;
}

int tf_group_find(const char *name, gid_t *group)
{
    uint64_t number;
    *group = (gid_t)-1;
    if (!name)
        return 0;
    struct group *entry = getgrnam(name);
    if (entry)
        *group = entry->gr_gid;
    else if (tf_parse_u64(name, UINT32_MAX - 1, &number))
        *group = (gid_t)number;
    else
        return tf_fail(TF_EUSAGE, "no group '%s'; 'getent group' lists them", name);
    return 0;
}
