/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file mapped shared, on tmpfs, hugetlbfs or a disk.  Space is allocated, not only promised:
 * ftruncate() succeeds on a full tmpfs and the first touch is then SIGBUS.
 */
#include "error.h"
#include "pages.h"
#include "segment.h"
#include "space.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/*
 * hugetlbfs tells its page size as its block size; every other file system has ordinary pages.
 */
static uint64_t page_size_of(const struct statfs *info)
{
    bool huge = (uint64_t)info->f_type == HUGETLBFS_MAGIC;
    return huge ? (uint64_t)info->f_bsize : tf_page_size();
}

/* ---- where the file goes ----------------------------------------------------------------- */

/* The next hugetlbfs of /proc/self/mounts, its page size with it; false at the end. */
static bool next_huge_mount(FILE *mounts, char *out, size_t size, uint64_t *page_size)
{
    struct mntent entry;
    struct statfs info;
    char buffer[1024];
    while (getmntent_r(mounts, &entry, buffer, sizeof buffer)) {
        if (strcmp(entry.mnt_type, "hugetlbfs") != 0 || statfs(entry.mnt_dir, &info) != 0 ||
            snprintf(out, size, "%s", entry.mnt_dir) >= (int)size)
            continue;
        *page_size = page_size_of(&info);
        return true;
    }
    return false;
}

static bool find_huge_mount(uint64_t page_size, char *out, size_t size)
{
    uint64_t offered;
    bool found = false;
    FILE *mounts = setmntent("/proc/self/mounts", "re");
    while (mounts && !found && next_huge_mount(mounts, out, size, &offered))
        found = offered == page_size && access(out, W_OK) == 0;
    if (mounts)
        endmntent(mounts);
    return found;
}

/* A name in a mount that all streams share: the identity of `directory` makes it unique. */
static int path_in_huge_mount(const char *mount, const char *directory, const char *file_name,
                              char *path)
{
    struct stat own;
    if (stat(directory, &own) != 0)
        return tf_fail_errno(TF_ECREATE, "%s", directory);
    if (snprintf(path, TF_SEGMENT_PATH_MAX, "%s/tickfan-%jx-%jx-%s", mount,
                 (uintmax_t)own.st_dev, (uintmax_t)own.st_ino,
                 file_name) >= TF_SEGMENT_PATH_MAX)
        return tf_fail(TF_EUSAGE, "%s: the path gets too long", mount);
    return 0;
}

static int choose_huge_path(const char *directory, const char *file_name, uint64_t page_size,
                            char *path)
{
    char mount[TF_SEGMENT_PATH_MAX], page[16];
    if (!find_huge_mount(page_size, mount, sizeof mount))
        return tf_fail(
            TF_EOS,
            "no huge pages for files: no hugetlbfs with %s pages that we may write to; "
            "as root: mount -t hugetlbfs -o pagesize=%" PRIu64 "K none /dev/hugepages",
            tf_format_page_size(page, sizeof page, page_size), page_size / 1024);
    int failed = path_in_huge_mount(mount, directory, file_name, path);
    if (failed)
        return failed;
    /* The caller has the directory for itself, so what is there is of a dead publisher; and in
       this mount nobody but us would ever find it. */
    unlink(path);
    return 0;
}

static int choose_path(const struct tf_segment_options *options, uint64_t page_size, char *path)
{
    char directory[PATH_MAX], page[16];
    struct statfs info;
    if (!options->directory || !options->file_name)
        return tf_fail(TF_EUSAGE, "a file segment needs a directory and a name");
    if (!tf_name_is_valid(options->file_name))
        return tf_fail(TF_EUSAGE,
                       "\"%s\" is no name for a segment's file: letters, digits, '.', "
                       "'_' and '-', not a dot first",
                       options->file_name);
    if (!realpath(options->directory, directory) || statfs(directory, &info) != 0)
        return tf_fail_errno(errno == EACCES ? TF_EPERM : TF_ECREATE, "directory %s",
                             options->directory);
    uint64_t offered = page_size_of(&info);
    if (page_size != offered && page_size > tf_page_size())
        return choose_huge_path(directory, options->file_name, page_size, path);
    if (page_size != offered)
        return tf_fail(TF_EUSAGE,
                       "%s is a hugetlbfs with nothing but %s pages; name another "
                       "directory, or do not turn huge pages off",
                       directory, tf_format_page_size(page, sizeof page, offered));
    if (snprintf(path, TF_SEGMENT_PATH_MAX, "%s/%s", directory, options->file_name) >=
        TF_SEGMENT_PATH_MAX)
        return tf_fail(TF_EUSAGE, "%s: the path gets too long", directory);
    return 0;
}

/* ---- create ------------------------------------------------------------------------------ */

static int open_refused(const char *path)
{
    switch (errno) {
    case EEXIST:
        return tf_fail(TF_ECREATE, "%s exists already; is it a dead publisher's, remove it",
                       path);
    case EACCES:
    case EPERM:
    case EROFS:
        return tf_fail_errno(TF_EPERM, "cannot create %s", path);
    case ENOSPC:
    case EMFILE:
    case ENFILE:
        return tf_fail_errno(TF_EOS, "cannot create %s", path);
    default:
        return tf_fail_errno(TF_ECREATE, "cannot create %s", path);
    }
}

static int reserve(int fd, const char *path, uint64_t length)
{
    char directory[TF_SEGMENT_PATH_MAX];
    snprintf(directory, sizeof directory, "%.*s", (int)(strrchr(path, '/') - path), path);
    int failed = tf_space_in_file_system(fd, directory, length);
    if (failed)
        return failed;
    int error;
    do
        error = posix_fallocate(fd, 0, (off_t)length);
    while (error == EINTR);
    if (error == 0)
        return 0;
    /* Somebody was faster: the numbers now, or else the kernel's own word. */
    failed = tf_space_in_file_system(fd, directory, length);
    if (failed)
        return failed;
    char need[16];
    tf_format_size(need, sizeof need, length);
    errno = error;
    return tf_fail_errno(TF_EOS, "cannot reserve %s for %s", need, path);
}

static int map(int fd, bool writable, struct tf_segment *segment)
{
    int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    void *base = mmap(NULL, segment->length, protection, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED)
        return tf_fail_errno(TF_EOS, "cannot map %s", segment->name.path);
    segment->base = base;
    return 0;
}

/*
 * Created for the owner alone; the group first, because giving a file away may clear its bits.
 */
static int permit(int fd, const char *path, const struct tf_segment_options *options)
{
    if (options->group != (gid_t)-1 && fchown(fd, (uid_t)-1, options->group) != 0)
        return tf_fail_errno(TF_EPERM, "cannot give %s to group %u, which the user must be in",
                             path, options->group);
    if (fchmod(fd, options->mode) != 0)
        return tf_fail_errno(TF_EPERM, "cannot give %s mode %03o", path, options->mode);
    return 0;
}

static int file_create(const struct tf_segment_options *options, uint64_t page_size,
                       struct tf_segment *segment)
{
    char path[TF_SEGMENT_PATH_MAX];
    int failed = choose_path(options, page_size, path);
    if (failed)
        return failed;
    int fd = open(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return open_refused(path);
    segment->name.backing = TF_BACKING_FILE;
    memcpy(segment->name.path, path, sizeof path);
    failed = reserve(fd, path, segment->length);
    if (!failed)
        failed = map(fd, true, segment);
    if (!failed)
        failed = permit(fd, path, options);
    close(fd);
    return failed;
}

/* ---- attach ------------------------------------------------------------------------------ */

/* The name comes out of a file that somebody else wrote. */
static int check_path(const struct tf_segment_name *name)
{
    if (!memchr(name->path, 0, sizeof name->path) || name->path[0] != '/')
        return tf_fail(TF_ELAYOUT, "a segment's file must be named by its full path");
    return 0;
}

static int attach_refused(const char *path)
{
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
        return tf_fail(TF_ENOSTREAM, "%s is gone", path);
    case ELOOP:
        return tf_fail(TF_EPERM, "%s is a symbolic link, which no segment is; remove it", path);
    case EACCES:
    case EPERM:
    case EROFS:
        return tf_fail_errno(TF_EPERM, "%s", path);
    default:
        return tf_fail_errno(TF_EOS, "cannot open %s", path);
    }
}

/* What is there, by the kernel's word: a regular file, its pages and how many of them. */
static int measure(int fd, struct tf_segment *segment)
{
    const char *path = segment->name.path;
    struct stat info;
    struct statfs system;
    if (fstat(fd, &info) != 0 || fstatfs(fd, &system) != 0)
        return tf_fail_errno(TF_EOS, "%s", path);
    if (!S_ISREG(info.st_mode))
        return tf_fail(TF_EPERM, "%s is not a regular file, which every segment is", path);
    segment->page_size = page_size_of(&system);
    segment->length = (uint64_t)info.st_size / segment->page_size * segment->page_size;
    if (segment->length == 0)
        return tf_fail(TF_ELAYOUT, "%s is %jd bytes short, less than a page", path,
                       (intmax_t)info.st_size);
    return 0;
}

static int file_attach(const struct tf_segment_name *name, bool writable,
                       struct tf_segment *segment)
{
    int failed = check_path(name);
    if (failed)
        return failed;
    /* O_NONBLOCK: a fifo in its place must not hold us up. */
    int fd =
        open(name->path, (writable ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return attach_refused(name->path);
    failed = measure(fd, segment);
    if (!failed)
        failed = map(fd, writable, segment);
    close(fd);
    return failed;
}

static void file_detach(struct tf_segment *segment)
{
    munmap(segment->base, segment->length);
}

static int file_destroy(const struct tf_segment_name *name)
{
    int failed = check_path(name);
    if (failed)
        return failed;
    if (unlink(name->path) == 0 || errno == ENOENT || errno == ENOTDIR)
        return 0;
    return tf_fail_errno(errno == EACCES || errno == EPERM || errno == EROFS ? TF_EPERM
                                                                             : TF_EIO,
                         "cannot remove %s", name->path);
}

const struct tf_backing_ops tf_backing_file = {"file", file_create, file_attach, file_detach,
                                               file_destroy};

int tf_segment_clear(const char *directory, const char *file_name)
{
    char mount[TF_SEGMENT_PATH_MAX];
    struct tf_segment_name name = {.backing = TF_BACKING_FILE};
    uint64_t page_size;
    int failed = 0;

    if (!tf_name_is_valid(file_name) || snprintf(name.path, sizeof name.path, "%s/%s",
                                                 directory, file_name) >= (int)sizeof name.path)
        return tf_fail(TF_EUSAGE, "\"%s\" in %s is no name for a segment's file", file_name,
                       directory);
    failed = file_destroy(&name);
    FILE *mounts = setmntent("/proc/self/mounts", "re");
    while (mounts && !failed && next_huge_mount(mounts, mount, sizeof mount, &page_size)) {
        failed = path_in_huge_mount(mount, directory, file_name, name.path);
        if (!failed)
            failed = file_destroy(&name);
    }
    if (mounts)
        endmntent(mounts);
    return failed;
}
