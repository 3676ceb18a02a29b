/* SPDX-License-Identifier: Apache-2.0 */
#include "pages.h"

#include "kernel_numbers.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HUGE_ROOT "/sys/kernel/mm/hugepages"

uint64_t tf_page_size(void)
{
    return (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Keeps `sizes` descending; what does not fit any more is the smallest. */
static int insert_size(uint64_t *sizes, int count, uint64_t size)
{
    int at = count < TF_HUGE_SIZES_MAX ? count++ : count - 1;
    while (at > 0 && sizes[at - 1] < size) {
        sizes[at] = sizes[at - 1];
        at--;
    }
    sizes[at] = size;
    return count;
}

int tf_huge_page_sizes(uint64_t length, uint64_t *sizes)
{
    uint64_t usual;
    tf_kernel_field(&usual, "/proc/meminfo", "Hugepagesize:");
    DIR *root = opendir(HUGE_ROOT);
    if (!root)
        return 0;
    int count = 0;
    for (struct dirent *entry; (entry = readdir(root)) != NULL;) {
        uint64_t kib;
        if (sscanf(entry->d_name, "hugepages-%" SCNu64 "kB", &kib) != 1)
            continue;
        if (kib * 1024 == usual || kib * 1024 <= length / 8)
            count = insert_size(sizes, count, kib * 1024);
    }
    closedir(root);
    return count;
}

static uint64_t pool_number(uint64_t page_size, const char *name)
{
    uint64_t value;
    tf_kernel_number(&value, HUGE_ROOT "/hugepages-%" PRIu64 "kB/%s", page_size / 1024, name);
    return value;
}

static uint64_t less(uint64_t value, uint64_t by)
{
    return value > by ? value - by : 0;
}

void tf_huge_pool(uint64_t page_size, int node, struct tf_huge_pool *pool)
{
    uint64_t free = less(pool_number(page_size, "free_hugepages"),
                         pool_number(page_size, "resv_hugepages"));
    uint64_t spare = less(pool_number(page_size, "nr_overcommit_hugepages"),
                          pool_number(page_size, "surplus_hugepages"));
    uint64_t on_node;

    pool->total = pool_number(page_size, "nr_hugepages");
    /* Promises are counted for the machine only: a node may have less to give than it shows. */
    if (node >= 0 &&
        tf_kernel_number(&on_node,
                         "/sys/devices/system/node/node%d/hugepages/hugepages-%" PRIu64
                         "kB/free_hugepages",
                         node, page_size / 1024)) {
        free = on_node < free ? on_node : free;
        tf_kernel_number(&pool->total,
                         "/sys/devices/system/node/node%d/hugepages/hugepages-%" PRIu64
                         "kB/nr_hugepages",
                         node, page_size / 1024);
    }
    pool->available = free + spare;
}

char *tf_format_page_size(char *out, size_t size, uint64_t page_size)
{
    static const char *const units[] = {"KiB", "MiB", "GiB"};
    unsigned unit = 0;
    uint64_t value = page_size >> 10;
    while (value >= 1024 && unit < 2) {
        value >>= 10;
        unit++;
    }
    snprintf(out, size, "%" PRIu64 " %s", value, units[unit]);
    return out;
}

/* One line of smaps(5) below the mapping's own. */
static void take_smaps_line(const char *line, struct tf_mapping *mapping)
{
    char key[32];
    uint64_t kib;
    if (sscanf(line, "%31[^:]: %" SCNu64, key, &kib) != 2)
        return;
    if (strcmp(key, "KernelPageSize") == 0)
        mapping->page_size = kib * 1024;
    else if (strcmp(key, "ShmemPmdMapped") == 0 || strcmp(key, "FilePmdMapped") == 0)
        mapping->huge_bytes += kib * 1024;
}

void tf_mapping_inspect(const void *base, struct tf_mapping *mapping)
{
    char line[512];
    bool inside = false;

    *mapping = (struct tf_mapping){.page_size = tf_page_size()};
    FILE *smaps = fopen("/proc/self/smaps", "re");
    if (!smaps)
        return;
    while (fgets(line, sizeof line, smaps)) {
        uint64_t start, end;
        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " ", &start, &end) == 2) {
            if (inside)
                break;
            inside = start == (uintptr_t)base;
        } else if (inside) {
            take_smaps_line(line, mapping);
        }
    }
    fclose(smaps);
}
