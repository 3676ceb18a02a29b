/* SPDX-License-Identifier: Apache-2.0 */
#include "memory_buffer.h"

#include "clock.h"
#include "error.h"
#include "pages.h"
#include "placement.h"
#include "space.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { LINE = 64, HUGE_SHIFT_AT = 26 };
#define MIB2 (UINT64_C(2) << 20)
#define GIB  (UINT64_C(1) << 30)

const char *const tf_page_kind_names[] = {"ordinary pages", "transparent huge pages",
                                          "2 MiB pages", "1 GiB pages"};

/* A loop whose result nobody wants is no loop. */
static volatile uint64_t sink;

/* ---- pages ------------------------------------------------------------------------------------ */

static uint64_t reserved_size(enum tf_page_kind kind)
{
    return kind == TF_PAGES_2M ? MIB2 : kind == TF_PAGES_1G ? GIB : 0;
}

static int map_reserved(struct tf_buffer *buffer, uint64_t page_size, int node)
{
    int shift = __builtin_ctzll(page_size);
    buffer->mapped = (buffer->length + page_size - 1) & ~(page_size - 1);
    int code = tf_space_for_huge_pages(buffer->mapped, page_size, node);
    if (code)
        return code;
    void *base =
        mmap(NULL, buffer->mapped, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | (shift << HUGE_SHIFT_AT), -1, 0);
    if (base == MAP_FAILED)
        return tf_fail_errno(TF_EOS, "cannot map %s",
                             tf_page_kind_names[page_size == GIB ? 3 : 2]);
    buffer->base = base;
    buffer->page_size = page_size;
    return 0;
}

/* Aligned to 2 MiB either way, so that alignment is no difference between the two kinds. */
static int map_ordinary(struct tf_buffer *buffer, int advice, int node)
{
    int code = tf_space_for_memory(buffer->length, node);
    if (code)
        return code;
    buffer->mapped = buffer->length;
    unsigned char *all = mmap(NULL, buffer->mapped + MIB2, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED)
        return tf_fail_errno(TF_EOS, "cannot map %" PRIu64 " bytes", buffer->mapped);
    size_t head = (size_t)(-(uintptr_t)all & (MIB2 - 1));
    if (head)
        munmap(all, head);
    munmap(all + head + buffer->mapped, MIB2 - head);
    buffer->base = all + head;
    buffer->page_size = tf_page_size();
    madvise(buffer->base, buffer->mapped, advice);
    return 0;
}

/* How much of it lies on transparent huge pages, by smaps(5). */
static uint64_t transparent_bytes(const struct tf_buffer *buffer)
{
    char line[512];
    uint64_t start, end, kib, bytes = 0;
    uintptr_t base = (uintptr_t)buffer->base;
    bool inside = false;
    FILE *smaps = fopen("/proc/self/smaps", "re");
    if (!smaps)
        return 0;
    while (fgets(line, sizeof line, smaps)) {
        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " ", &start, &end) == 2)
            inside = start < base + buffer->mapped && end > base;
        else if (inside && sscanf(line, "AnonHugePages: %" SCNu64, &kib) == 1)
            bytes += kib * 1024;
    }
    fclose(smaps);
    return bytes;
}

/* The kernel takes advice as advice: what it gave is looked up. */
static int check_transparent(struct tf_buffer *buffer)
{
    uint64_t got = transparent_bytes(buffer);
    if (got < buffer->length)
        return tf_fail(TF_EOS,
                       "the kernel put %" PRIu64 " of %" PRIu64
                       " MiB on transparent huge pages; as root: echo madvise > "
                       "/sys/kernel/mm/transparent_hugepage/enabled",
                       got >> 20, buffer->length >> 20);
    buffer->page_size = MIB2;
    return 0;
}

static int place(struct tf_buffer *buffer, int node)
{
    /* A kernel without NUMA binds nothing and says nothing: then there is one place only. */
    bool bound = node >= 0 && tf_bind(buffer->base, buffer->mapped, node) == 0;
    int code = tf_populate(buffer->base, buffer->mapped);
    if (!code && bound)
        code = tf_verify_placement(buffer->base, buffer->mapped, buffer->page_size, node, NULL);
    if (!code && bound)
        buffer->node = node;
    return code;
}

/* ---- lines ------------------------------------------------------------------------------------ */

/*
 * One circle through all lines (Sattolo's shuffle): a random order without it falls into short circles that stay in the
 * cache.  The first word of each line is where the next one is.
 */
static int link_lines(struct tf_buffer *buffer, uint64_t seed)
{
    uint32_t count = (uint32_t)(buffer->length / LINE);
    uint32_t *order = malloc(count * sizeof *order);
    if (!order)
        return tf_fail(TF_EOS, "out of memory");
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    seed |= 1;
    for (uint32_t i = count - 1; i > 0; i--) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        uint32_t other = (uint32_t)((seed >> 16) % i), kept = order[i];
        order[i] = order[other];
        order[other] = kept;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint64_t next = (uint64_t)order[i] * LINE;
        memcpy(buffer->base + (size_t)i * LINE, &next, sizeof next);
    }
    free(order);
    return 0;
}

int tf_buffer_open(struct tf_buffer *buffer, enum tf_page_kind kind, uint64_t length, int node,
                   uint64_t seed)
{
    *buffer = (struct tf_buffer){.length = length, .node = -1};
    uint64_t reserved = reserved_size(kind);
    int code =
        reserved ? map_reserved(buffer, reserved, node)
                 : map_ordinary(buffer,
                                kind == TF_PAGES_TRANSPARENT ? MADV_HUGEPAGE : MADV_NOHUGEPAGE,
                                node);
    if (!code)
        code = place(buffer, node);
    if (!code && kind == TF_PAGES_TRANSPARENT)
        code = check_transparent(buffer);
    if (!code)
        code = link_lines(buffer, seed);
    if (code)
        tf_buffer_close(buffer);
    return code;
}

void tf_buffer_close(struct tf_buffer *buffer)
{
    if (buffer->base)
        munmap(buffer->base, buffer->mapped);
    buffer->base = NULL;
}

double tf_buffer_chase(struct tf_buffer *buffer, uint64_t lines)
{
    const unsigned char *base = buffer->base;
    uint64_t at = buffer->at, began = tf_monotonic_ns();
    for (uint64_t i = 0; i < lines; i++)
        memcpy(&at, base + at, sizeof at);
    buffer->at = at;
    return (double)(tf_monotonic_ns() - began) / (double)lines;
}

double tf_buffer_stream(const struct tf_buffer *buffer, unsigned laps)
{
    const uint64_t *words = (const void *)buffer->base;
    size_t count = buffer->length / sizeof *words;
    uint64_t sum = 0, began = tf_monotonic_ns();
    for (unsigned lap = 0; lap < laps; lap++) {
        for (size_t i = 0; i < count; i++)
            sum += words[i];
        sink = sum;
    }
    return (double)(tf_monotonic_ns() - began) /
           ((double)laps * (double)(buffer->length / LINE));
}
