/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rundir.h - a stream's name is a directory: RUNDIR/NAME/{lock,descriptor} and its file
 * segments; of a replay also the socket `control`.
 *
 * RUNDIR is $TICKFAN_DIR, else the first usable of /run/tickfan, $XDG_RUNTIME_DIR/tickfan and
 * /dev/shm/tickfan-<uid>.  `lock` is held (an open-file-description lock, which the kernel
 * drops with the process) by a live publisher and by nothing else; it is 0600, so that no
 * reader can take it.
 */
#ifndef TF_RUNDIR_H
#define TF_RUNDIR_H

#include <stdbool.h>
#include <stddef.h>

enum { TF_RUNDIR_MAX = 192, TF_RUNDIR_CANDIDATES = 3 };

/*
 * The directories to look in, best first; returns how many, or TF_EUSAGE when one is too long.
 */
int tf_rundir_candidates(char dirs[TF_RUNDIR_CANDIDATES][TF_RUNDIR_MAX]);

/* A directory of ours or of root's, not a link that somebody left in a world-writable place. */
bool tf_directory_is_trusted(const char *path);

/* The stream's directory for a publisher, made if needed.  TF_ECREATE, TF_EPERM, TF_EUSAGE. */
int tf_rundir_create(const char *name, char *path, size_t size);

/* The stream's directory for a reader.  TF_ENOSTREAM says where it looked and what streams
 * there are. */
int tf_rundir_find(const char *name, char *path, size_t size);

/* NAME, else $TICKFAN_STREAM, else "default". */
const char *tf_stream_name(const char *name);

/* Take the lock of a stream's directory: a descriptor to close, or TF_EBUSY, TF_ECREATE,
 * TF_EPERM. */
int tf_lock_take(const char *path);

/* Does a live publisher hold it?  -1: cannot tell (no permission to look). */
int tf_lock_held(const char *path);

/* Remove control socket, lock file and directory; the caller holds the lock and has removed the rest. */
void tf_rundir_remove(const char *path);

#endif
