/* SPDX-License-Identifier: Apache-2.0 */
#include "rundir.h"

#include "error.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *tf_stream_name(const char *name)
{
    if (!name || !name[0])
        name = getenv("TICKFAN_STREAM");
    return name && name[0] ? name : "default";
}

static int add_candidate(char dirs[TF_RUNDIR_CANDIDATES][TF_RUNDIR_MAX], int *count,
                         const char *parent, const char *name)
{
    int length = snprintf(dirs[*count], TF_RUNDIR_MAX, "%s%s", parent, name);
    if (length >= TF_RUNDIR_MAX)
        return tf_fail(TF_EUSAGE,
                       "%s%s: a runtime directory's path is too long, at most %d bytes", parent,
                       name, TF_RUNDIR_MAX - 1);
    ++*count;
    return 0;
}

int tf_rundir_candidates(char dirs[TF_RUNDIR_CANDIDATES][TF_RUNDIR_MAX])
{
    int count = 0, error = 0;
    const char *chosen = getenv("TICKFAN_DIR"), *session = getenv("XDG_RUNTIME_DIR");
    if (chosen && chosen[0]) {
        error = add_candidate(dirs, &count, chosen, "");
        return error ? error : count;
    }
    char own[32];
    snprintf(own, sizeof own, "-%u", (unsigned)geteuid());
    add_candidate(dirs, &count, "/run/tickfan", "");
    if (session && session[0])
        error = add_candidate(dirs, &count, session, "/tickfan");
    add_candidate(dirs, &count, "/dev/shm/tickfan", own);
    return error ? error : count;
}

bool tf_directory_is_trusted(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0 && S_ISDIR(info.st_mode) &&
           (info.st_uid == 0 || info.st_uid == geteuid());
}

static int stream_path(const char *dir, const char *name, char *path, size_t size)
{
    int length = snprintf(path, size, "%s/%s", dir, name);
    if (length < 0 || (size_t)length >= size)
        return tf_fail(TF_EUSAGE, "%s/%s: the path is too long", dir, name);
    return 0;
}

/* As tf_rundir_candidates(), for a stream that has to have a proper name. */
static int candidates_for(const char *name, char dirs[TF_RUNDIR_CANDIDATES][TF_RUNDIR_MAX])
{
    if (!tf_name_is_valid(name))
        return tf_fail(TF_EUSAGE,
                       "'%s' is no stream name: 1 to 63 of A-Z a-z 0-9 . _ -, no dot first",
                       name);
    return tf_rundir_candidates(dirs);
}

int tf_rundir_create(const char *name, char *path, size_t size)
{
    char dirs[TF_RUNDIR_CANDIDATES][TF_RUNDIR_MAX];
    int count = candidates_for(name, dirs);
    if (count < 0)
        return count;
    for (int i = 0; i < count; i++) {
        bool named = count == 1;
        if (mkdir(dirs[i], 0755) != 0 && errno != EEXIST) {
            tf_fail_errno(TF_ECREATE, "%s: cannot make the runtime directory", dirs[i]);
            continue;
        }
        if (!named && (!tf_directory_is_trusted(dirs[i]) || access(dirs[i], W_OK) != 0)) {
            tf_fail(TF_EPERM, "%s: not writable, or not this user's", dirs[i]);
            continue;
        }
        int error = stream_path(dirs[i], name, path, size);
        if (error)
            return error;
        if (mkdir(path, 0755) == 0 || (errno == EEXIST && tf_directory_is_trusted(path)))
            return 0;
        if (errno == EEXIST)
            return tf_fail(TF_ECREATE, "%s is there and is no directory of this user's", path);
        tf_fail_errno(errno == EACCES ? TF_EPERM : TF_ECREATE,
                      "%s: cannot make the stream's directory", path);
    }
    return tf_fail(access(dirs[0], F_OK) == 0 ? TF_EPERM : TF_ECREATE,
                   "%s; set TICKFAN_DIR to a directory on tmpfs that you can write to",
                   tf_errmsg());
}

/* " (streams here: a, b)" for the message about one that is not here. */
static void list_streams(const char *dir, char *out, size_t size)
{
    size_t used = strlen(out);
    DIR *handle = opendir(dir);
    struct dirent *entry;
    while (handle && (entry = readdir(handle)) && used + 80 < size)
        if (tf_name_is_valid(entry->d_name))
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "",
                                     entry->d_name);
    if (handle)
        closedir(handle);
}

int tf_rundir_find(const char *name, char *path, size_t size)
{
    char dirs[TF_RUNDIR_CANDIDATES][TF_RUNDIR_MAX],
        there[256] = "", looked[TF_RUNDIR_CANDIDATES * (TF_RUNDIR_MAX + 2)] = "";
    int count = candidates_for(name, dirs);
    if (count < 0)
        return count;
    for (int i = 0; i < count; i++) {
        char descriptor[PATH_MAX];
        int error = stream_path(dirs[i], name, path, size);
        if (error)
            return error;
        snprintf(descriptor, sizeof descriptor, "%s/descriptor", path);
        bool chosen = count == 1; /* by $TICKFAN_DIR: the user answers for it */
        if (access(descriptor, F_OK) == 0 && !chosen && !tf_directory_is_trusted(dirs[i]))
            return tf_fail(TF_EPERM,
                           "%s belongs to another user; set TICKFAN_DIR if you trust it",
                           dirs[i]);
        if (access(descriptor, F_OK) == 0)
            return 0;
        if (errno == EACCES)
            return tf_fail(TF_EPERM, "%s: permission denied; ask for the group of the stream",
                           path);
        list_streams(dirs[i], there, sizeof there);
        size_t used = strlen(looked);
        snprintf(looked + used, sizeof looked - used, "%s%s", i ? ", " : "", dirs[i]);
    }
    return tf_fail(
        TF_ENOSTREAM, "no stream '%s' in %s; %s%s", name, looked,
        there[0] ? "there is: " : "start one with 'tickfan replay' or set TICKFAN_DIR", there);
}

static int open_lock(const char *path, int flags)
{
    char file[PATH_MAX];
    snprintf(file, sizeof file, "%s/lock", path);
    return open(file, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

int tf_lock_take(const char *path)
{
    for (int tries = 0; tries < 100; tries++) {
        int fd = open_lock(path, O_RDWR | O_CREAT);
        if (fd < 0 && errno == ENOENT && (mkdir(path, 0755) == 0 || errno == EEXIST))
            continue; /* the one who left took the directory along */
        if (fd < 0)
            return tf_fail_errno(errno == EACCES ? TF_EPERM : TF_ECREATE, "%s/lock", path);
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        if (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
            close(fd);
            return tf_fail(TF_EBUSY,
                           "%s: another publisher holds this stream; stop it, or publish "
                           "under another name with --stream",
                           path);
        }
        /* Is it still the file of that name, and not one that a leaving publisher has removed? */
        struct stat ours, named;
        char file[PATH_MAX];
        snprintf(file, sizeof file, "%s/lock", path);
        if (fstat(fd, &ours) == 0 && lstat(file, &named) == 0 && ours.st_ino == named.st_ino &&
            ours.st_dev == named.st_dev)
            return fd;
        close(fd);
    }
    return tf_fail(TF_EBUSY, "%s: the lock keeps changing hands", path);
}

int tf_lock_held(const char *path)
{
    int fd = open_lock(path, O_RDONLY);
    if (fd < 0)
        return errno == ENOENT ? 0 : -1;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int result = fcntl(fd, F_OFD_GETLK, &lock) == 0 ? lock.l_type != F_UNLCK : -1;
    close(fd);
    return result;
}

void tf_rundir_remove(const char *path)
{
    char file[PATH_MAX];
    snprintf(file, sizeof file, "%s/control", path);
    unlink(file); /* a killed publisher's socket; nobody listens there any more */
    snprintf(file, sizeof file, "%s/lock", path);
    unlink(file);
    rmdir(path);
}
