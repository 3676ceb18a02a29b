/* SPDX-License-Identifier: Apache-2.0 */
#include "placement_of.h"

#include "machine_source.h"

#include <stdlib.h>

#define CPU_ROOT "/sys/devices/system/cpu"

const char *const tf_distance_names[] = {"same CPU", "SMT sibling", "same L3", "same node",
                                         "other node"};

int tf_first_cpu(const cpu_set_t *set)
{
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, set))
            return (int)cpu;
    return -1;
}

static bool in_set(int cpu, const cpu_set_t *set)
{
    return cpu >= 0 && cpu < CPU_SETSIZE && CPU_ISSET((size_t)cpu, set);
}

void tf_siblings_of(const char *root, int cpu, cpu_set_t *siblings)
{
    /* core_cpus_list is the name since Linux 5.7. */
    if (!tf_source_list(siblings, root, CPU_ROOT "/cpu%d/topology/core_cpus_list", cpu))
        tf_source_list(siblings, root, CPU_ROOT "/cpu%d/topology/thread_siblings_list", cpu);
    if (cpu >= 0 && cpu < CPU_SETSIZE)
        CPU_SET((size_t)cpu, siblings);
}

int tf_cpu_node_of(const char *root, int cpu)
{
    cpu_set_t nodes, cpus;
    if (!tf_source_list(&nodes, root, "/sys/devices/system/node/online"))
        return 0;
    for (int node = 0; node < CPU_SETSIZE; node++)
        if (in_set(node, &nodes) &&
            tf_source_list(&cpus, root, "/sys/devices/system/node/node%d/cpulist", node) &&
            in_set(cpu, &cpus))
            return node;
    return 0;
}

/* The CPUs that share the last level of its caches; a private one is no place to meet. */
static void last_cache_of(const char *root, int cpu, cpu_set_t *sharers)
{
    long level, highest = 0;
    CPU_ZERO(sharers);
    for (int index = 0; index < 16; index++) {
        if (!tf_source_number(&level, root, CPU_ROOT "/cpu%d/cache/index%d/level", cpu, index))
            return;
        if (level <= highest || level < 2)
            continue;
        highest = level;
        tf_source_list(sharers, root, CPU_ROOT "/cpu%d/cache/index%d/shared_cpu_list", cpu,
                       index);
    }
}

enum tf_distance tf_cpu_distance_of(const char *root, int a, int b)
{
    cpu_set_t set;
    if (a == b)
        return TF_SAME_CPU;
    tf_siblings_of(root, a, &set);
    if (in_set(b, &set))
        return TF_SMT_SIBLING;
    last_cache_of(root, a, &set);
    if (in_set(b, &set))
        return TF_SAME_L3;
    return tf_cpu_node_of(root, a) == tf_cpu_node_of(root, b) ? TF_SAME_NODE : TF_OTHER_NODE;
}

/* ---- order ------------------------------------------------------------------------------------ */

/* What the order goes by, most important first.  `far` is known once the first has been chosen as the writer. */
struct place {
    int cpu;
    int thread; /* which of its core's allowed CPUs: 0 for the first */
    long
        slower; /* by how much than the fastest; what kernels tell of machines with two kinds of cores */
    enum tf_distance far; /* from the writer */
    int node;
    bool zero; /* CPU 0 takes interrupts that nobody has placed elsewhere */
};

static int by_fitness(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    if (a->thread != b->thread)
        return a->thread < b->thread ? -1 : 1;
    if (a->slower != b->slower)
        return a->slower < b->slower ? -1 : 1;
    if (a->far != b->far)
        return a->far < b->far ? -1 : 1;
    if (a->node != b->node)
        return a->node < b->node ? -1 : 1;
    if (a->zero != b->zero)
        return a->zero ? 1 : -1;
    return a->cpu - b->cpu;
}

/* Its thread of the core.  A core whose first thread is CPU 0 begins with the other, where there is one. */
static int thread_of(const char *root, int cpu, const cpu_set_t *allowed)
{
    cpu_set_t siblings;
    tf_siblings_of(root, cpu, &siblings);
    CPU_AND(&siblings, &siblings, allowed);
    if (cpu == 0)
        return CPU_COUNT(&siblings) - 1;
    int before = 0;
    for (int other = 1; other < cpu; other++)
        before += in_set(other, &siblings);
    return before;
}

/* Arm tells each CPU's capacity; x86 lists the slow kinds as devices. */
static long slowness(const char *root, int cpu)
{
    static const char *const slow[] = {"cpu_atom", "cpu_lowpower"};
    long capacity;
    cpu_set_t cpus;
    for (size_t i = 0; i < sizeof slow / sizeof *slow; i++)
        if (tf_source_list(&cpus, root, "/sys/devices/%s/cpus", slow[i]) && in_set(cpu, &cpus))
            return 1 + (long)i;
    if (tf_source_number(&capacity, root, CPU_ROOT "/cpu%d/cpu_capacity", cpu) &&
        capacity < 1024)
        return 1024 - capacity;
    return 0;
}

int tf_cpus_order(const char *root, const cpu_set_t *allowed, int *cpus, int max)
{
    int count = 0;
    struct place *places = calloc(CPU_SETSIZE, sizeof *places);
    if (!places)
        return 0;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (in_set(cpu, allowed))
            places[count++] = (struct place){.cpu = cpu,
                                             .thread = thread_of(root, cpu, allowed),
                                             .slower = slowness(root, cpu),
                                             .node = tf_cpu_node_of(root, cpu),
                                             .zero = cpu == 0};
    qsort(places, (size_t)count, sizeof *places, by_fitness);
    /* The writer's sibling is as near as can be and would take half of its core: no better than other siblings. */
    for (int i = 1; i < count; i++) {
        enum tf_distance far = tf_cpu_distance_of(root, places[0].cpu, places[i].cpu);
        places[i].far = far == TF_SMT_SIBLING ? TF_SAME_L3 : far;
    }
    qsort(places, (size_t)count, sizeof *places, by_fitness);
    for (int i = 0; i < count && i < max; i++)
        cpus[i] = places[i].cpu;
    free(places);
    return count;
}

/* ---- this machine ----------------------------------------------------------------------------- */

int tf_cpu_node(int cpu)
{
    return tf_cpu_node_of(tf_this_machine, cpu);
}

enum tf_distance tf_cpu_distance(int a, int b)
{
    return tf_cpu_distance_of(tf_this_machine, a, b);
}

int tf_cpus_allowed(int *cpus, int max)
{
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return 0;
    return tf_cpus_order(tf_this_machine, &allowed, cpus, max);
}

bool tf_pin_to(int cpu)
{
    cpu_set_t set;
    if (cpu < 0 || cpu >= CPU_SETSIZE)
        return false;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0;
}
