/* SPDX-License-Identifier: Apache-2.0 */
/* Memory, its pages, and what limits it. */
#include "machine_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static void add_pool(json_t *pools, const char *root, const char *name, unsigned kib)
{
    static const char path[] = "/sys/kernel/mm/hugepages/hugepages-%ukB/%s";
    long total, free;
    if (tf_source_number(&total, root, path, kib, "nr_hugepages") &&
        tf_source_number(&free, root, path, kib, "free_hugepages"))
        json_object_set_new(
            pools, name,
            json_pack("{s:I, s:I}", "total", (json_int_t)total, "free", (json_int_t)free));
}

/* "always [madvise] never": the word in brackets. */
static void add_transparent(json_t *facts, const char *root)
{
    char text[256];
    if (!tf_source_line(text, sizeof text, root, "/sys/kernel/mm/transparent_hugepage/enabled"))
        return;
    char *start = strchr(text, '['), *end = start ? strchr(start, ']') : NULL;
    if (!end)
        return;
    *end = 0;
    tf_set_text(facts, "thp", start + 1);
}

/* Unlimited is no number: then it is absent. */
static void add_limits(json_t *facts, const char *root)
{
    struct rlimit limit;
    json_t *limits = json_object();
    if (root == tf_this_machine && getrlimit(RLIMIT_MEMLOCK, &limit) == 0 &&
        limit.rlim_cur != RLIM_INFINITY)
        tf_set_number(limits, "memlock_bytes", (int64_t)limit.rlim_cur);
    if (json_object_size(limits))
        json_object_set(facts, "limits", limits);
    json_decref(limits);
}

void tf_machine_add_memory(json_t *facts, const char *root)
{
    char text[128];
    json_t *pools = json_object();
    add_pool(pools, root, "2M", 2048);
    add_pool(pools, root, "1G", 1048576);
    if (json_object_size(pools))
        json_object_set(facts, "huge_pages", pools);
    json_decref(pools);
    add_transparent(facts, root);
    if (tf_source_field(text, sizeof text, root, "/proc/meminfo", "MemTotal"))
        tf_set_number(facts, "memory_bytes", strtoll(text, NULL, 10) * 1024);
    if (tf_source_line(text, sizeof text, root, "/proc/loadavg"))
        json_object_set_new(facts, "load_1m", json_real(strtod(text, NULL)));
    add_limits(facts, root);
}
