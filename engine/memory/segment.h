/* SPDX-License-Identifier: Apache-2.0 */
/*
 * segment.h - one piece of shared memory behind two backings, `sysv` and `file`.
 *
 * The life of a segment: create (reserve and map), bind to a node, populate (every page faulted
 * in), verify (every page where it was asked for), then it is used; other processes attach.
 * detach unmaps; destroy also takes the name away.  A SysV segment is nobody's by key and
 * marked for removal as soon as it is attached, so the kernel frees it with its last process;
 * Linux lets later processes attach a marked segment by its id.  A file segment lives until
 * destroy.
 */
#ifndef TF_SEGMENT_H
#define TF_SEGMENT_H

#include "tickfan_publish.h"

#include <stdbool.h>
#include <sys/types.h>

enum { TF_SEGMENT_PATH_MAX = 256 };

/* How another process finds a segment: plain data, stored in the stream's descriptor. */
struct tf_segment_name {
    uint32_t backing;               /* TF_BACKING_SYSV or TF_BACKING_FILE */
    int32_t shmid;                  /* sysv */
    char path[TF_SEGMENT_PATH_MAX]; /* file: absolute */
};

struct tf_segment {
    void *base;         /* page aligned (huge page aligned if those were got); NULL: none */
    uint64_t length;    /* mapped, a multiple of page_size */
    uint64_t page_size; /* 4 KiB, 2 MiB, ... */
    bool writable;
    bool locked; /* in memory, by mlock */
    struct tf_segment_name name;
};

struct tf_segment_options {
    enum tf_backing backing; /* AUTO: sysv huge, sysv, file */
    enum tf_huge_pages huge_pages;
    enum tf_lock_memory lock_memory;
    uint64_t length;       /* wanted; rounded up to whole pages */
    int node;              /* bind here before the first touch; -1: no binding */
    unsigned mode;         /* permission bits of the segment */
    gid_t group;           /* (gid_t)-1: leave */
    const char *directory; /* file backing: an existing directory */
    const char *file_name; /* file backing: name in it, must not exist */
};

/*
 * Reserve, map read-write, bind, lock, populate, verify.  On success the memory reads zero and
 * `report` (may be NULL) holds a clause such as "sysv, 2 MiB pages, node 1, locked" or "sysv, 4
 * KiB pages (no huge pages: 0 of 9 free on node 1), node 1, not locked (limit 64 KiB)". On
 * failure nothing is left behind and the error has the numbers: "need 64.0 MiB, /dev/shm has
 * 1.0 MiB free", "node 1 has 12.0 MiB free, need 64.0 MiB", never SIGBUS or the OOM killer:
 * free space, limits (shmmax, shmall, shmmni, RLIMIT_MEMLOCK with LOCK_REQUIRE, cgroup
 * memory.max) and the node's free memory are looked at before any page is touched.  A sentence
 * is "CAUSE; what to do". TF_EOS, TF_ECREATE, TF_EPERM, TF_EUSAGE.
 */
int tf_segment_create(const struct tf_segment_options *options, struct tf_segment *segment,
                      char *report, size_t report_size);

/*
 * Map an existing segment, for reading only unless `writable`.  The length is what the kernel
 * says, never what the caller expected; at least `length_min` bytes, else TF_ELAYOUT.  File
 * segments are opened O_NOFOLLOW and must be regular files.  The page table is filled at once,
 * so that the first lap takes no faults.  A `name` that makes no sense is TF_ELAYOUT.
 * TF_ENOSTREAM when it is gone, TF_EPERM, TF_ELAYOUT, TF_EOS.
 */
int tf_segment_attach(const struct tf_segment_name *name, bool writable, uint64_t length_min,
                      struct tf_segment *segment);

/*
 * Lock in memory, as create does; `report` (may be NULL) gets the clause.  For a publisher that
 * resumes in a dead one's segments: locks die with their process.  TF_EOS with LOCK_REQUIRE.
 */
int tf_segment_lock(struct tf_segment *segment, enum tf_lock_memory lock_memory, char *report,
                    size_t report_size);

/* Unmap; the segment lives on for others.  A zeroed or detached segment is ignored. */
void tf_segment_detach(struct tf_segment *segment);

/* Take the name away, so that memory goes with the last process.  Already gone is success. */
int tf_segment_destroy(const struct tf_segment_name *name);

/*
 * Remove the file segment that was, or was being, created as `file_name` in `directory`,
 * without its tf_segment_name: a publisher killed while it faulted memory in has told nobody
 * where that is (with huge pages, on a hugetlbfs elsewhere).  For whoever holds the directory's
 * lock.  Nothing there is success.
 */
int tf_segment_clear(const char *directory, const char *file_name);

/*
 * For `tickfan gc` and a publisher's start: remove the SysV segments of this user whose creator
 * was killed in the few instructions between getting the segment and marking it.  Returns how
 * many there were; `dry_run` only counts.
 */
int tf_segment_reclaim(bool dry_run);

/*
 * The two backings behind the above; each in its file, nobody else calls them.  create() gets
 * segment->length, a multiple of page_size, and sets base and name; what it has set when it
 * fails is undone by the caller.
 */
struct tf_backing_ops {
    const char *name;
    int (*create)(const struct tf_segment_options *options, uint64_t page_size,
                  struct tf_segment *segment);
    int (*attach)(const struct tf_segment_name *name, bool writable,
                  struct tf_segment *segment);
    void (*detach)(struct tf_segment *segment);
    int (*destroy)(const struct tf_segment_name *name);
};
extern const struct tf_backing_ops tf_backing_sysv, tf_backing_file;

#endif
