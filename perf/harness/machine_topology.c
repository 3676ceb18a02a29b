/* SPDX-License-Identifier: Apache-2.0 */
/* How many of what: sockets, cores, CPUs, nodes, caches. */
#include "machine_source.h"
#include "placement_of.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CPU_ROOT  "/sys/devices/system/cpu"
#define NODE_ROOT "/sys/devices/system/node"

/* Without sysfs: the "processor" lines of /proc/cpuinfo say which there are. */
static void online_by_cpuinfo(const char *root, cpu_set_t *online)
{
    char path[1024], line[8192];
    unsigned cpu;
    snprintf(path, sizeof path, "%s/proc/cpuinfo", root);
    FILE *file = fopen(path, "re");
    if (!file)
        return;
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "processor : %u", &cpu) == 1 && cpu < CPU_SETSIZE)
            CPU_SET(cpu, online);
    fclose(file);
}

int tf_cpus_online(const char *root, cpu_set_t *online)
{
    if (!tf_source_list(online, root, CPU_ROOT "/online"))
        online_by_cpuinfo(root, online);
    return CPU_COUNT(online);
}

int tf_cores_of(const char *root, const cpu_set_t *cpus)
{
    cpu_set_t siblings, seen;
    int cores = 0;
    CPU_ZERO(&seen);
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, cpus) || CPU_ISSET(cpu, &seen))
            continue;
        tf_siblings_of(root, (int)cpu, &siblings);
        CPU_OR(&seen, &seen, &siblings);
        cores++;
    }
    return cores;
}

static int sockets_of(const char *root, const cpu_set_t *cpus)
{
    cpu_set_t packages;
    long package;
    CPU_ZERO(&packages);
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, cpus) &&
            tf_source_number(&package, root, CPU_ROOT "/cpu%zu/topology/physical_package_id",
                             cpu) &&
            package >= 0 && package < CPU_SETSIZE)
            CPU_SET((size_t)package, &packages);
    return CPU_COUNT(&packages);
}

/* A machine with fast and slow cores lists each kind as a device of its own. */
static void add_core_types(json_t *facts, const char *root)
{
    static const char *const types[] = {"cpu_core", "cpu_atom", "cpu_lowpower"};
    json_t *list = json_array();
    char cpus[512];
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (tf_source_line(cpus, sizeof cpus, root, "/sys/devices/%s/cpus", types[i]))
            json_array_append_new(list,
                                  json_pack("{s:s, s:s}", "type", types[i], "cpus", cpus));
    if (json_array_size(list) > 1)
        json_object_set(facts, "core_types", list);
    json_decref(list);
}

static uint64_t node_memory(const char *root, size_t node)
{
    char path[1024], line[256];
    uint64_t kib = 0;
    snprintf(path, sizeof path, "%s" NODE_ROOT "/node%zu/meminfo", root, node);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    while (kib == 0 && fgets(line, sizeof line, file)) {
        char *at = strstr(line, "MemTotal:");
        if (at)
            kib = strtoull(at + strlen("MemTotal:"), NULL, 10);
    }
    fclose(file);
    return kib * 1024;
}

static void add_nodes(json_t *facts, const char *root)
{
    cpu_set_t nodes;
    char cpus[1024];
    if (!tf_source_list(&nodes, root, NODE_ROOT "/online"))
        return;
    json_t *list = json_array();
    for (size_t node = 0; node < CPU_SETSIZE; node++) {
        if (!CPU_ISSET(node, &nodes))
            continue;
        json_t *one = json_pack("{s:I}", "node", (json_int_t)node);
        tf_source_line(cpus, sizeof cpus, root, NODE_ROOT "/node%zu/cpulist", node);
        tf_set_text(one, "cpus", cpus); /* a node may have memory alone */
        uint64_t bytes = node_memory(root, node);
        if (bytes)
            tf_set_number(one, "memory_bytes", (int64_t)bytes);
        json_array_append_new(list, one);
    }
    json_object_set_new(facts, "nodes", list);
}

/* "32768K" as sysfs writes it. */
static int64_t cache_bytes(const char *text)
{
    char *unit;
    long long number = strtoll(text, &unit, 10);
    return *unit == 'K' ? number << 10 : *unit == 'M' ? number << 20 : number;
}

static void add_caches(json_t *facts, const char *root, int cpu)
{
    json_t *list = json_array();
    for (int index = 0; index < 16; index++) {
        char type[32], size[32];
        long level;
        cpu_set_t shared;
        if (!tf_source_number(&level, root, CPU_ROOT "/cpu%d/cache/index%d/level", cpu, index))
            break;
        json_t *cache = json_pack("{s:I}", "level", (json_int_t)level);
        if (tf_source_line(type, sizeof type, root, CPU_ROOT "/cpu%d/cache/index%d/type", cpu,
                           index))
            tf_set_text(cache, "type", type);
        if (tf_source_line(size, sizeof size, root, CPU_ROOT "/cpu%d/cache/index%d/size", cpu,
                           index))
            tf_set_number(cache, "size_bytes", cache_bytes(size));
        if (tf_source_list(&shared, root, CPU_ROOT "/cpu%d/cache/index%d/shared_cpu_list", cpu,
                           index))
            tf_set_number(cache, "shared_by", CPU_COUNT(&shared));
        json_array_append_new(list, cache);
    }
    if (json_array_size(list))
        json_object_set(facts, "caches", list);
    json_decref(list);
}

void tf_machine_add_topology(json_t *facts, const char *root)
{
    cpu_set_t online;
    char text[1024];
    int cpus = tf_cpus_online(root, &online);
    if (cpus > 0) {
        int sockets = sockets_of(root, &online), cores = tf_cores_of(root, &online);
        if (sockets)
            tf_set_number(facts, "sockets", sockets);
        if (tf_source_exists(root, CPU_ROOT "/cpu%d/topology", tf_first_cpu(&online))) {
            tf_set_number(facts, "cores", cores);
            json_object_set_new(facts, "smt", json_boolean(cpus > cores));
        }
        tf_set_number(facts, "cpus", cpus);
        add_caches(facts, root, tf_first_cpu(&online));
    }
    if (tf_source_line(text, sizeof text, root, CPU_ROOT "/offline"))
        tf_set_text(facts, "offline", text);
    if (tf_source_line(text, sizeof text, root, CPU_ROOT "/isolated"))
        tf_set_text(facts, "isolated", text);
    if (tf_source_line(text, sizeof text, root, CPU_ROOT "/nohz_full") &&
        strcmp(text, "(null)") != 0)
        tf_set_text(facts, "nohz_full", text);
    add_core_types(facts, root);
    add_nodes(facts, root);
}
