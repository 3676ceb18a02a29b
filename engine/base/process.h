/* SPDX-License-Identifier: Apache-2.0 */
/* Which process is this, and does another one still live?  Robust against pid reuse. */
#ifndef TF_PROCESS_H
#define TF_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

/* A process as another process may name it.  All zero: nobody. */
struct tf_process {
    uint64_t start_time;    /* clock ticks after boot (proc(5), stat field 22) */
    uint64_t pid_namespace; /* inode of /proc/self/ns/pid */
    uint32_t pid;
    uint32_t uid;
};

enum tf_liveness { TF_PROCESS_GONE, TF_PROCESS_ALIVE, TF_PROCESS_UNKNOWN };

void tf_process_self(struct tf_process *self);

/* UNKNOWN when it is of another pid namespace, where its pid means nothing to us. */
enum tf_liveness tf_process_liveness(const struct tf_process *process);

/* A group by name or number; NULL: (gid_t)-1, to leave what there is.  0 or TF_EUSAGE. */
int tf_group_find(const char *name, gid_t *group);

#endif
