/* SPDX-License-Identifier: Apache-2.0 */
/*
 * machine_source.h - /proc and /sys as text: below "/" for this machine, below a folder for one that a test
 * has made up.  What is not there is an answer, not an error.
 */
#ifndef TF_MACHINE_SOURCE_H
#define TF_MACHINE_SOURCE_H

#include <jansson.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The root of this machine.  CPU instructions and system calls are asked only for it. */
extern const char tf_this_machine[];

/* The first line without blanks around it; false, and out[0] = 0, when there is none.  `path` is a format. */
bool tf_source_line(char *out, size_t size, const char *root, const char *path, ...)
    __attribute__((format(printf, 4, 5)));
/* The same as a number; 0x is taken for hexadecimal. */
bool tf_source_number(long *value, const char *root, const char *path, ...)
    __attribute__((format(printf, 3, 4)));
/* The same as a list of CPUs or nodes, "0-3,8"; what is beyond 1023 is left out. */
bool tf_source_list(cpu_set_t *set, const char *root, const char *path, ...)
    __attribute__((format(printf, 3, 4)));
bool tf_source_exists(const char *root, const char *path, ...)
    __attribute__((format(printf, 2, 3)));

/* What stands behind the first "key" and ":" in a file such as /proc/cpuinfo; `out` without blanks around it. */
bool tf_source_field(char *out, size_t size, const char *root, const char *path,
                     const char *key);

/* "0-3,8,10-11" to a set, and back.  `out` gets at most `size` bytes; returns out. */
bool tf_list_parse(const char *text, cpu_set_t *set);
char *tf_list_format(const cpu_set_t *set, char *out, size_t size);

/* Is `word` one of the blank-separated words of `text`? */
bool tf_has_word(const char *text, const char *word);

/* Keys that say nothing stay away. */
void tf_set_text(json_t *object, const char *key, const char *text);
void tf_set_number(json_t *object, const char *key, int64_t value);

/* The parts of a machine's facts, for machine.c. */
void tf_machine_add_cpu(json_t *facts, const char *root);      /* machine_cpu.c */
void tf_machine_add_topology(json_t *facts, const char *root); /* machine_topology.c */
void tf_machine_add_memory(json_t *facts, const char *root);   /* machine_memory.c */
json_t *tf_machine_facts_of(const char *root);
void tf_machine_id_of(const char *root, char id[13]);

/* Who virtualises, "KVM"; empty: nobody that shows. */
void tf_hypervisor_of(const char *root, char *out, size_t size);
/* Of the first CPU online that says: "performance"; false: none says, as in most virtual machines. */
bool tf_governor_of(const char *root, char *out, size_t size);
/* CPUs that the kernel runs; distinct cores among them. */
int tf_cpus_online(const char *root, cpu_set_t *online);
int tf_cores_of(const char *root, const cpu_set_t *cpus);

#endif
