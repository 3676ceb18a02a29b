/* SPDX-License-Identifier: Apache-2.0 */
/*
 * own_world.h - a process with its own /tmp, /dev/shm, SysV segments and message queues, all empty at first: what a test
 * leaves behind can be told from what others do on this machine at the same time.
 */
#ifndef TF_OWN_WORLD_H
#define TF_OWN_WORLD_H

#include <stdbool.h>
#include <stddef.h>

/* For this process and its children.  False: the kernel does not let us (it takes root or user namespaces). */
bool tf_own_world_enter(void);

/* What lies in it, names separated by blanks; "" when nothing does. */
void tf_own_world_leftovers(char *text, size_t size);

#endif
