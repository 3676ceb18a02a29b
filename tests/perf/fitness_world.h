/* SPDX-License-Identifier: Apache-2.0 */
/* fitness_world.h - machines that are not there: /proc and /sys below a temporary folder. */
#ifndef FITNESS_WORLD_H
#define FITNESS_WORLD_H

extern char world_root[64];

/* For TestSuite(.init, .fini). */
void world_begin(void);
void world_end(void);

/* `content` into world_root/path, folders made as needed; path is a format. */
void world_put(const char *content, const char *path, ...)
    __attribute__((format(printf, 2, 3)));
void world_remove(const char *path);

/* Two sockets with 32 cores of two threads each: CPU c and c + 64 are one core, 0 to 31 and 64 to 95 on node 0. */
void world_xeon(void);
/* Four fast cores with two threads each (0 to 7), four slow ones (8 to 11). */
void world_hybrid(void);
/* Eight Arm cores, of which 0 to 3 are slow; no caches told. */
void world_arm(void);

#endif
