/* SPDX-License-Identifier: Apache-2.0 */
#include "space.h"

#include "error.h"
#include "kernel_numbers.h"
#include "pages.h"
#include "placement.h"
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* The pair of numbers in every sentence here. */
struct amounts {
    char need[16], have[16];
};

static struct amounts amounts(uint64_t need, uint64_t have)
{
    struct amounts text;
    tf_format_size(text.need, sizeof text.need, need);
    tf_format_size(text.have, sizeof text.have, have);
    return text;
}

/* ---- control groups (version 2) ---------------------------------------------------------- */

static bool mount_point_of_cgroup2(char *out, size_t size)
{
    struct mntent entry;
    char buffer[1024];
    bool found = false;
    FILE *mounts = setmntent("/proc/self/mounts", "re");
    if (!mounts)
        return false;
    while (!found && getmntent_r(mounts, &entry, buffer, sizeof buffer))
        if (strcmp(entry.mnt_type, "cgroup2") == 0)
            found = snprintf(out, size, "%s", entry.mnt_dir) < (int)size;
    endmntent(mounts);
    return found;
}

/* Our group's path below the mount point: the line of hierarchy 0 in cgroups(7)' file. */
static bool path_in_cgroup2(char *out, size_t size)
{
    char line[512];
    bool found = false;
    FILE *file = fopen("/proc/self/cgroup", "re");
    if (!file)
        return false;
    while (!found && fgets(line, sizeof line, file)) {
        if (strncmp(line, "0::", 3) != 0)
            continue;
        line[strcspn(line, "\n")] = 0;
        found = snprintf(out, size, "%s", line + 3) < (int)size;
    }
    fclose(file);
    return found;
}

/* What one group may still take: its limit less its use, not counting what it could drop. */
static bool group_left(const char *directory, uint64_t *left, uint64_t *limit)
{
    static const char *const caches[] = {"inactive_file ", "active_file ", "slab_reclaimable "};
    uint64_t used, cached;
    char path[512 + 16];
    if (!tf_kernel_number(limit, "%s/memory.max", directory) || *limit == UINT64_MAX ||
        !tf_kernel_number(&used, "%s/memory.current", directory))
        return false;
    snprintf(path, sizeof path, "%s/memory.stat", directory);
    for (size_t i = 0; i < sizeof caches / sizeof caches[0]; i++) {
        tf_kernel_field(&cached, path, caches[i]);
        used -= cached < used ? cached : used;
    }
    *left = *limit > used ? *limit - used : 0;
    return true;
}

static int check_control_groups(uint64_t need)
{
    char root[256], below[256], directory[512];
    if (!mount_point_of_cgroup2(root, sizeof root) || !path_in_cgroup2(below, sizeof below))
        return 0;
    snprintf(directory, sizeof directory, "%s%s", root, below);
    /* A container may see its own path from outside; what it has mounted is then its group. */
    if (access(directory, F_OK) != 0)
        snprintf(directory, sizeof directory, "%s", root);
    for (size_t end = strlen(directory); end >= strlen(root); end = strlen(directory)) {
        uint64_t left, limit;
        if (group_left(directory, &left, &limit) && need > left) {
            struct amounts text = amounts(need, left);
            char of[16];
            return tf_fail(
                TF_EOS,
                "need %s, control group %s has %s left of its %s; raise its memory.max "
                "(systemd: MemoryMax=) or use smaller rings",
                text.need, directory, text.have, tf_format_size(of, sizeof of, limit));
        }
        char *slash = strrchr(directory, '/');
        if (end == strlen(root) || !slash)
            break;
        *slash = 0;
    }
    return 0;
}

/* ---- memory ------------------------------------------------------------------------------ */

int tf_space_for_memory(uint64_t need, int node)
{
    uint64_t available = tf_node_free(-1);
    struct amounts text = amounts(need, available);
    if (need > available)
        return tf_fail(TF_EOS,
                       "need %s, the machine has %s available; free memory or use smaller "
                       "rings",
                       text.need, text.have);
    if (node >= 0) {
        uint64_t on_node = tf_node_free(node);
        text = amounts(need, on_node);
        if (need > on_node)
            return tf_fail(TF_EOS,
                           "need %s, node %d has %s free; free memory there, name another "
                           "node or use smaller rings",
                           text.need, node, text.have);
    }
    return check_control_groups(need);
}

int tf_space_for_huge_pages(uint64_t need, uint64_t page_size, int node)
{
    struct tf_huge_pool pool;
    tf_huge_pool(page_size, node, &pool);
    uint64_t pages = need / page_size;
    if (pages <= pool.available)
        return 0;

    char size[16], where[32] = "", place[48] = "/sys/kernel/mm";
    if (node >= 0) {
        snprintf(where, sizeof where, " on node %d", node);
        snprintf(place, sizeof place, "/sys/devices/system/node/node%d", node);
    }
    if (access(place, F_OK) != 0)
        snprintf(place, sizeof place, "/sys/kernel/mm");
    return tf_fail(TF_EOS,
                   "no huge pages: need %" PRIu64 " of %s (%s), %" PRIu64 " of %" PRIu64
                   " free%s; as root: echo %" PRIu64 " > %s/hugepages/hugepages-%" PRIu64
                   "kB/nr_hugepages",
                   pages, tf_format_page_size(size, sizeof size, page_size),
                   amounts(need, 0).need, pool.available, pool.total, where,
                   pool.total + pages - pool.available, place, page_size / 1024);
}

int tf_space_in_file_system(int fd, const char *path, uint64_t need)
{
    struct statvfs info;
    if (fstatvfs(fd, &info) != 0)
        return tf_fail_errno(TF_EOS, "cannot tell how much space %s has", path);
    /* Without a size= option tmpfs and hugetlbfs show zero blocks and have no limit. */
    uint64_t available = (uint64_t)info.f_bavail * info.f_frsize;
    if (info.f_blocks == 0 || need <= available)
        return 0;
    struct amounts text = amounts(need, available);
    return tf_fail(TF_EOS,
                   "need %s, %s has %s free; make room there (tmpfs: mount -o "
                   "remount,size=...), name another directory or use smaller rings",
                   text.need, path, text.have);
}

int tf_space_lock_refused(uint64_t need)
{
    int error = errno;
    struct rlimit limit;
    uint64_t locked;
    tf_kernel_field(&locked, "/proc/self/status", "VmLck:\t");
    if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
        errno = error;
        return tf_fail_errno(TF_EOS, "cannot lock %s in memory", amounts(need, 0).need);
    }
    struct amounts text = amounts(need, limit.rlim_cur);
    char used[16];
    return tf_fail(
        TF_EOS,
        "cannot lock: need %s, the limit (ulimit -l) is %s and %s of it are used; raise "
        "it (systemd: LimitMEMLOCK=infinity) or do without locking",
        text.need, text.have, tf_format_size(used, sizeof used, locked));
}
