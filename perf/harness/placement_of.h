/* SPDX-License-Identifier: Apache-2.0 */
/* placement_of.h - the order and the distances of CPUs, of this machine or of one that a test has made up. */
#ifndef TF_PLACEMENT_OF_H
#define TF_PLACEMENT_OF_H

#include "fitness.h"

/* The lowest of a set; -1: empty. */
int tf_first_cpu(const cpu_set_t *set);
/* The CPUs of its core, itself included, as far as sysfs says. */
void tf_siblings_of(const char *root, int cpu, cpu_set_t *siblings);
int tf_cpu_node_of(const char *root, int cpu);
enum tf_distance tf_cpu_distance_of(const char *root, int a, int b);

/* tf_cpus_allowed() for the CPUs of `allowed`. */
int tf_cpus_order(const char *root, const cpu_set_t *allowed, int *cpus, int max);

/* Put this thread on one CPU; false: not there, or not allowed. */
bool tf_pin_to(int cpu);

#endif
