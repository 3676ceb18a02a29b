/* SPDX-License-Identifier: Apache-2.0 */
#include "placement.h"

#include "error.h"
#include "kernel_numbers.h"
#include "pages.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <numa.h>
#include <numaif.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

enum { NODES_MAX = 1024, MOVE_BATCH = 512 };

#define NO_NUMA_CALLS                                                                          \
    "the kernel refuses NUMA calls here; give the container CAP_SYS_NICE, or bind to no node " \
    "(-1)"

/* Asked directly as well: libnuma does not notice a container's filter that answers EPERM. */
static bool numa_calls_work(void)
{
    return numa_available() >= 0 && get_mempolicy(NULL, NULL, 0, NULL, 0) == 0;
}

static bool machine_has_one_node(void)
{
    char text[64] = "";
    FILE *file = fopen("/sys/devices/system/node/online", "re");
    if (!file)
        return true;
    bool found = fgets(text, sizeof text, file) != NULL;
    fclose(file);
    return !found || !strpbrk(text, "-,");
}

static uint64_t node_meminfo(int node, const char *key)
{
    char path[64];
    uint64_t value;
    snprintf(path, sizeof path, "/sys/devices/system/node/node%d/meminfo", node);
    tf_kernel_field(&value, path, key);
    return value;
}

/* ---- which nodes ------------------------------------------------------------------------- */

/* Nodes with memory that the cpuset allows, ascending. */
static int memory_nodes(int *nodes, int max)
{
    int count = 0;
    struct bitmask *allowed = numa_get_mems_allowed();
    for (int node = 0; node <= numa_max_node() && count < max; node++)
        if (numa_bitmask_isbitset(allowed, (unsigned)node) &&
            node_meminfo(node, "MemTotal:") > 0)
            nodes[count++] = node;
    numa_bitmask_free(allowed);
    return count;
}

static bool node_has_cpu_of(int node, const struct bitmask *ours)
{
    struct bitmask *cpus = numa_allocate_cpumask();
    bool has = false;
    if (numa_node_to_cpus(node, cpus) == 0)
        for (unsigned cpu = 0; cpu < cpus->size && !has; cpu++)
            has = numa_bitmask_isbitset(cpus, cpu) && numa_bitmask_isbitset(ours, cpu);
    numa_bitmask_free(cpus);
    return has;
}

int tf_nodes_allowed(int *nodes, int max)
{
    int with_memory[NODES_MAX];
    int candidates = numa_calls_work() ? memory_nodes(with_memory, NODES_MAX) : 0;
    int count = 0;

    struct bitmask *ours = numa_allocate_cpumask();
    numa_sched_getaffinity(0, ours);
    for (int i = 0; i < candidates && count < max; i++)
        if (node_has_cpu_of(with_memory[i], ours))
            nodes[count++] = with_memory[i];
    numa_bitmask_free(ours);
    /* Our CPUs may all sit on a node without memory: then the first that has some serves. */
    if (count == 0 && max > 0)
        nodes[count++] = candidates > 0 ? with_memory[0] : 0;
    return count;
}

int tf_node_check(int node)
{
    int nodes[NODES_MAX] = {0};
    int count = numa_calls_work() ? memory_nodes(nodes, NODES_MAX) : 1;
    char list[128] = "";
    size_t used = 0;

    for (int i = 0; i < count; i++) {
        if (nodes[i] == node)
            return 0;
        if (used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%d", i ? ", " : "",
                                     nodes[i]);
    }
    return tf_fail(TF_EUSAGE,
                   "node %d has no memory that this process may use; name one of: %s", node,
                   list);
}

int tf_node_here(void)
{
    unsigned cpu, node;
    return getcpu(&cpu, &node) == 0 ? (int)node : 0;
}

/* ---- how much is free -------------------------------------------------------------------- */

/*
 * The kernel kills processes rather than go below a zone's high watermark: no memory of ours.
 */
static uint64_t node_reserve(int node)
{
    char line[256];
    uint64_t pages = 0, value;
    int current = -1, parsed;
    FILE *zones = fopen("/proc/zoneinfo", "re");
    if (!zones)
        return 0;
    while (fgets(line, sizeof line, zones)) {
        if (sscanf(line, "Node %d, zone", &parsed) == 1)
            current = parsed;
        else if (current == node && sscanf(line, " high %" SCNu64, &value) == 1)
            pages += value;
    }
    fclose(zones);
    return pages * tf_page_size();
}

/* Half of it, or all but the reserve: the kernel's own estimate (MemAvailable) of the
 * droppable. */
static uint64_t droppable(uint64_t bytes, uint64_t reserve)
{
    return bytes - (bytes / 2 < reserve ? bytes / 2 : reserve);
}

uint64_t tf_node_free(int node)
{
    uint64_t available;
    tf_kernel_field(&available, "/proc/meminfo", "MemAvailable:");
    if (node < 0 || machine_has_one_node())
        return available;

    uint64_t reserve = node_reserve(node);
    uint64_t files =
        node_meminfo(node, "Active(file):") + node_meminfo(node, "Inactive(file):");
    uint64_t slabs = node_meminfo(node, "SReclaimable:");
    uint64_t free =
        node_meminfo(node, "MemFree:") + droppable(files, reserve) + droppable(slabs, reserve);
    return free > reserve ? free - reserve : 0;
}

/* ---- binding ----------------------------------------------------------------------------- */

int tf_bind(void *base, uint64_t length, int node)
{
    if (!numa_calls_work()) {
        if (machine_has_one_node())
            return 0;
        return tf_fail(TF_EOS, "cannot bind memory to node %d: " NO_NUMA_CALLS, node);
    }
    struct bitmask *mask = numa_allocate_nodemask();
    numa_bitmask_setbit(mask, (unsigned)node);
    /* MPOL_MF_STRICT would only look at pages this process has mapped, and there are none yet:
       that every page did arrive is for tf_verify_placement() to show. */
    long result = mbind(base, length, MPOL_BIND, mask->maskp, mask->size + 1, 0);
    int error = errno;
    numa_bitmask_free(mask);
    errno = error;
    if (result == 0)
        return 0;
    return tf_fail_errno(TF_EOS, "cannot bind memory to node %d", node);
}

void tf_node_enter(struct tf_node_scope *scope, int node)
{
    *scope = (struct tf_node_scope){0};
    if (node < 0 || node >= NODES_MAX || !numa_calls_work() ||
        get_mempolicy(&scope->mode, scope->nodes, NODES_MAX + 1, NULL, 0) != 0)
        return;
    unsigned long only[16] = {0};
    unsigned bits = 8 * sizeof only[0];
    only[(unsigned)node / bits] = 1UL << (unsigned)node % bits;
    /* A failure shows in the verification, if it has an effect at all. */
    scope->active = set_mempolicy(MPOL_BIND, only, NODES_MAX + 1) == 0;
}

void tf_node_leave(const struct tf_node_scope *scope)
{
    if (scope->active)
        set_mempolicy(scope->mode, scope->nodes, NODES_MAX + 1);
}

/* ---- faulting in ------------------------------------------------------------------------- */

/*
 * For kernels before 5.14.  A byte of every page goes through a pipe and back: it is the kernel
 * that touches the page, so that a page it cannot provide is EFAULT and not a signal.
 */
static int populate_through_pipe(char *base, uint64_t length)
{
    int ends[2], result = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return tf_fail_errno(TF_EOS, "cannot open a pipe to fault memory in");
    for (uint64_t at = 0; at < length && result == 0; at += tf_page_size())
        if (write(ends[1], base + at, 1) != 1 || read(ends[0], base + at, 1) != 1)
            result = -1;
    int error = errno;
    close(ends[0]);
    close(ends[1]);
    errno = error;
    return result;
}

int tf_populate(void *base, uint64_t length)
{
    int result;
    do
        result = madvise(base, length, MADV_POPULATE_WRITE);
    while (result != 0 && errno == EINTR);
    if (result != 0 && errno == EINVAL)
        result = populate_through_pipe(base, length);
    if (result == 0)
        return 0;
    char need[16], available[16];
    tf_format_size(need, sizeof need, length);
    if (errno != ENOMEM &&
        errno != EFAULT) /* the latter where a touch would have been SIGBUS */
        return tf_fail_errno(TF_EOS, "cannot fault %s in", need);
    tf_format_size(available, sizeof available, tf_node_free(-1));
    return tf_fail(TF_EOS,
                   "memory ran out while %s were faulted in, the machine has %s available "
                   "now; free some or use smaller rings",
                   need, available);
}

/* ---- verifying --------------------------------------------------------------------------- */

/*
 * The node of each page, or a negative errno.  A page that is not mapped (swapped or written
 * out since) is read, which brings it back, and asked for once more.
 */
static int locate(void **pages, unsigned count, int *nodes)
{
    if (move_pages(0, count, pages, NULL, nodes, 0) != 0)
        return -1;
    for (unsigned i = 0; i < count; i++) {
        if (nodes[i] >= 0)
            continue;
        (void)*(const volatile char *)pages[i];
        if (move_pages(0, 1, &pages[i], NULL, &nodes[i], 0) != 0)
            return -1;
    }
    return 0;
}

struct audit {
    uint64_t misplaced, first_page;
    int first_node;
};

static int audit_pages(const char *base, uint64_t page_count, uint64_t page_size, int node,
                       struct audit *audit)
{
    void *pages[MOVE_BATCH];
    int nodes[MOVE_BATCH];
    for (uint64_t at = 0; at < page_count;) {
        unsigned batch =
            page_count - at < MOVE_BATCH ? (unsigned)(page_count - at) : MOVE_BATCH;
        for (unsigned i = 0; i < batch; i++)
            pages[i] = (void *)(uintptr_t)(base + (at + i) * page_size);
        if (locate(pages, batch, nodes) != 0)
            return -1;
        for (unsigned i = 0; i < batch; i++) {
            if (nodes[i] == node)
                continue;
            if (audit->misplaced++ == 0) {
                audit->first_page = at + i;
                audit->first_node = nodes[i];
            }
        }
        at += batch;
    }
    return 0;
}

int tf_verify_placement(const void *base, uint64_t length, uint64_t page_size, int node,
                        uint64_t *misplaced)
{
    struct audit audit = {0};
    uint64_t page_count = length / page_size;

    if (misplaced)
        *misplaced = 0;
    if (audit_pages(base, page_count, page_size, node, &audit) != 0) {
        /* A kernel that cannot tell has nothing to tell on a machine with one node. */
        if ((errno == ENOSYS || errno == EPERM) && machine_has_one_node())
            return 0;
        if (errno == ENOSYS || errno == EPERM)
            return tf_fail(TF_EOS, "cannot verify that memory is on node %d: " NO_NUMA_CALLS,
                           node);
        return tf_fail_errno(TF_EOS, "cannot verify that memory is on node %d", node);
    }
    if (misplaced)
        *misplaced = audit.misplaced;
    if (audit.misplaced == 0)
        return 0;
    char where[32];
    if (audit.first_node >= 0)
        snprintf(where, sizeof where, "on node %d", audit.first_node);
    else
        snprintf(where, sizeof where, "nowhere (%s)", strerrorname_np(-audit.first_node));
    return tf_fail(TF_EOS,
                   "%" PRIu64 " of %" PRIu64
                   " pages are not on node %d, the first is page %" PRIu64
                   ", %s; free memory on that node or name another one",
                   audit.misplaced, page_count, node, audit.first_page, where);
}
