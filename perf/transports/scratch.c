/* SPDX-License-Identifier: Apache-2.0 */
#include "scratch.h"

#include "error.h"

#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char pattern[] = "/dev/shm/tickfan-perf-??????";
static const time_t young_s = 10; /* made, and perhaps not locked yet */

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    remove(path);
    return 0;
}

static void remove_tree(const char *path)
{
    nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Ours, of some age, and nobody has it locked. */
static void remove_if_stale(const char *path)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return;
    if (fstat(fd, &info) == 0 && info.st_uid == geteuid() &&
        time(0) - info.st_mtime > young_s && flock(fd, LOCK_EX | LOCK_NB) == 0)
        remove_tree(path);
    close(fd);
}

static void remove_stale(void)
{
    glob_t found;
    if (glob(pattern, GLOB_NOSORT, 0, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++)
        remove_if_stale(found.gl_pathv[i]);
    globfree(&found);
}

int tf_scratch_make(struct tf_scratch *scratch)
{
    remove_stale();
    snprintf(scratch->path, sizeof scratch->path, "/dev/shm/tickfan-perf-XXXXXX");
    if (!mkdtemp(scratch->path))
        return tf_fail_errno(TF_ECREATE, "cannot make a directory %s", scratch->path);
    scratch->lock = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (scratch->lock < 0 || flock(scratch->lock, LOCK_EX | LOCK_NB) != 0) {
        int failure = tf_fail_errno(TF_ECREATE, "cannot lock %s", scratch->path);
        tf_scratch_remove(scratch);
        return failure;
    }
    return 0;
}

void tf_scratch_remove(struct tf_scratch *scratch)
{
    remove_tree(scratch->path);
    if (scratch->lock >= 0)
        close(scratch->lock);
}
