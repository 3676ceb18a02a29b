/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System V shared memory.  The kernel frees a marked segment with its last process, whatever
 * that dies of: nothing can be left over but for the few instructions between shmget() and the
 * mark. For those the segment has a key that tf_segment_reclaim() recognises; marking turns it
 * into IPC_PRIVATE, and nobody ever looks a segment up by key.
 */
#include "error.h"
#include "pages.h"
#include "segment.h"
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/random.h>
#include <sys/shm.h>
#include <unistd.h>

#ifndef SHM_HUGE_SHIFT
#define SHM_HUGE_SHIFT 26
#endif

/* "tf" in the upper half of the key. */
#define KEY_OURS UINT32_C(0x74660000)
#define KEY_MASK UINT32_C(0xffff0000)

struct sysv_use {
    struct shminfo limits;
    struct shm_info used;
    int highest; /* index of the kernel's table in use, -1: none */
};

static void look_at_use(struct sysv_use *use)
{
    *use = (struct sysv_use){0};
    /* These two commands fill other structures than the prototype says; see shmctl(2). */
    shmctl(0, IPC_INFO, (struct shmid_ds *)(void *)&use->limits);
    use->highest = shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&use->used);
}

static int check_limits(uint64_t length)
{
    struct sysv_use use;
    char need[16], have[16];
    uint64_t pages = length / tf_page_size();

    look_at_use(&use);
    uint64_t used = use.used.shm_tot, allowed = use.limits.shmall;
    tf_format_size(need, sizeof need, length);
    if (length > use.limits.shmmax)
        return tf_fail(
            TF_EOS,
            "need a segment of %s, kernel.shmmax allows %s; sysctl kernel.shmmax=%" PRIu64,
            need, tf_format_size(have, sizeof have, use.limits.shmmax), length);
    if (used + pages > allowed) {
        uint64_t left = used < allowed ? (allowed - used) * tf_page_size() : 0;
        return tf_fail(TF_EOS,
                       "need %s, kernel.shmall leaves %s; sysctl kernel.shmall=%" PRIu64, need,
                       tf_format_size(have, sizeof have, left), used + pages);
    }
    if ((unsigned long)use.used.used_ids >= use.limits.shmmni)
        return tf_fail(
            TF_EOS,
            "need one segment more, %d of kernel.shmmni's %lu exist; look at ipcs -m, or "
            "sysctl kernel.shmmni=%lu",
            use.used.used_ids, use.limits.shmmni, use.limits.shmmni * 2);
    return 0;
}

static int get_refused(uint64_t length, uint64_t page_size)
{
    char need[16], page[16];
    int error = errno;
    tf_format_size(need, sizeof need, length);
    tf_format_page_size(page, sizeof page, page_size);
    errno = error;
    if (page_size > tf_page_size() && error == EPERM)
        return tf_fail(TF_EPERM,
                       "no huge pages: shmget of %s with %s pages is not permitted; it takes "
                       "CAP_IPC_LOCK or the group of sysctl vm.hugetlb_shm_group",
                       need, page);
    return tf_fail_errno(error == EACCES || error == EPERM ? TF_EPERM : TF_EOS,
                         "shmget of %s with %s pages", need, page);
}

/* A new segment, for its owner alone as yet. */
static int get(uint64_t length, uint64_t page_size)
{
    int flags = IPC_CREAT | IPC_EXCL | 0600;
    if (page_size > tf_page_size())
        flags |= SHM_HUGETLB | __builtin_ctzll(page_size) << SHM_HUGE_SHIFT;
    for (;;) {
        uint16_t salt;
        if (getrandom(&salt, sizeof salt, 0) != (ssize_t)sizeof salt)
            salt = (uint16_t)getpid();
        int id = shmget((key_t)(KEY_OURS | salt), length, flags);
        if (id >= 0 || errno != EEXIST)
            return id;
    }
}

/* Who may attach.  The kernel lets an owner give a segment to any group. */
static int permit(int id, unsigned mode, gid_t group)
{
    struct shmid_ds info;
    if (shmctl(id, IPC_STAT, &info) != 0)
        return tf_fail_errno(TF_EOS, "cannot read the permissions of shared memory %d", id);
    info.shm_perm.mode = (unsigned short)mode;
    if (group != (gid_t)-1)
        info.shm_perm.gid = group;
    if (shmctl(id, IPC_SET, &info) != 0)
        return tf_fail_errno(TF_EPERM, "cannot give shared memory %d mode %03o and group %u",
                             id, mode, info.shm_perm.gid);
    return 0;
}

static int sysv_create(const struct tf_segment_options *options, uint64_t page_size,
                       struct tf_segment *segment)
{
    uint64_t length = segment->length;
    int failed = check_limits(length);
    if (failed)
        return failed;
    int id = get(length, page_size);
    if (id < 0)
        return get_refused(length, page_size);
    void *base = shmat(id, NULL, 0);
    int error = errno;
    shmctl(id, IPC_RMID, NULL);
    if (base == (void *)-1) {
        errno = error;
        return tf_fail_errno(TF_EOS, "cannot map shared memory %d", id);
    }
    segment->base = base;
    segment->name = (struct tf_segment_name){.backing = TF_BACKING_SYSV, .shmid = id};
    return permit(id, options->mode, options->group);
}

static int attach_refused(int id)
{
    switch (errno) {
    case EINVAL:
    case EIDRM:
        return tf_fail(TF_ENOSTREAM, "shared memory %d is gone", id);
    case EACCES:
    case EPERM:
        return tf_fail_errno(TF_EPERM, "shared memory %d", id);
    default:
        return tf_fail_errno(TF_EOS, "cannot map shared memory %d", id);
    }
}

/*
 * smaps knows, but walks the page tables of the whole process: only for what looks like huge.
 */
static uint64_t attached_page_size(const void *base, uint64_t length)
{
    uint64_t sizes[TF_HUGE_SIZES_MAX];
    struct tf_mapping mapping = {.page_size = tf_page_size()};
    int count = tf_huge_page_sizes(length, sizes);
    for (int i = 0; i < count; i++) {
        if (length % sizes[i] == 0 && (uintptr_t)base % sizes[i] == 0) {
            tf_mapping_inspect(base, &mapping);
            break;
        }
    }
    return mapping.page_size;
}

static int sysv_attach(const struct tf_segment_name *name, bool writable,
                       struct tf_segment *segment)
{
    struct shmid_ds info;
    if (name->shmid < 0)
        return tf_fail(TF_ELAYOUT, "%" PRId32 " is no shared memory id", name->shmid);
    void *base = shmat(name->shmid, NULL, writable ? 0 : SHM_RDONLY);
    if (base == (void *)-1)
        return attach_refused(name->shmid);
    segment->base = base;
    /* Asked after attaching: now the id cannot come to mean another segment. */
    if (shmctl(name->shmid, IPC_STAT, &info) != 0)
        return attach_refused(name->shmid);
    segment->page_size = attached_page_size(base, info.shm_segsz);
    segment->length = info.shm_segsz / segment->page_size * segment->page_size;
    return 0;
}

static void sysv_detach(struct tf_segment *segment)
{
    shmdt(segment->base);
}

/* Marked at creation already; by a remembered id one might hit what is a stranger's by now. */
static int sysv_destroy(const struct tf_segment_name *name)
{
    (void)name;
    return 0;
}

const struct tf_backing_ops tf_backing_sysv = {"sysv", sysv_create, sysv_attach, sysv_detach,
                                               sysv_destroy};

/* The creator is 0 when it is of a pid namespace that we cannot see into: not ours to judge. */
static bool is_abandoned(const struct shmid_ds *info)
{
    return ((uint32_t)info->shm_perm.__key & KEY_MASK) == KEY_OURS && info->shm_nattch == 0 &&
           info->shm_perm.cuid == geteuid() && info->shm_cpid > 0 &&
           kill(info->shm_cpid, 0) != 0 && errno == ESRCH;
}

int tf_segment_reclaim(bool dry_run)
{
    struct sysv_use use;
    int count = 0;
    look_at_use(&use);
    for (int index = 0; index <= use.highest; index++) {
        struct shmid_ds info;
        int id = shmctl(index, SHM_STAT, &info);
        if (id < 0 || !is_abandoned(&info))
            continue;
        if (dry_run || shmctl(id, IPC_RMID, NULL) == 0)
            count++;
    }
    return count;
}
