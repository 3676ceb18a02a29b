/* SPDX-License-Identifier: Apache-2.0 */
#include "shared.h"

#include "placement.h"
#include "transport.h"

#include <sys/mman.h>

/* More than any contest's channels have; what does not fit is still shared, only not mapped ahead. */
enum { PIECES_MAX = 1024 };
static const size_t huge_page = 2 << 20;

static struct {
    void *memory;
    size_t size;
} pieces[PIECES_MAX];

static void remember(void *memory, size_t size)
{
    for (int i = 0; i < PIECES_MAX; i++) {
        if (!pieces[i].memory) {
            pieces[i].memory = memory;
            pieces[i].size = size;
            return;
        }
    }
}

static void forget(const void *memory)
{
    for (int i = 0; i < PIECES_MAX; i++)
        if (pieces[i].memory == memory)
            pieces[i].memory = 0;
}

/* Whole huge pages from one on, whether we get them or not, so that both ends compute the same. */
static size_t mapped_size(size_t size)
{
    return size < huge_page ? size : (size + huge_page - 1) & ~(huge_page - 1);
}

static void *map(size_t size, int flags)
{
    void *memory =
        mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | flags, -1, 0);
    return memory == MAP_FAILED ? 0 : memory;
}

void *tf_shared_alloc(size_t size)
{
    size = mapped_size(size);
    void *memory = 0;
    /* Tickfan's rings take huge pages where there are some: what it is compared with must have them too. */
    if (size >= huge_page)
        memory = map(size, MAP_HUGETLB);
    if (!memory)
        memory = map(size, 0);
    if (!memory)
        return 0;
    if (tf_populate(memory, size) != 0) {
        munmap(memory, size);
        return 0;
    }
    remember(memory, size);
    return memory;
}

void tf_shared_free(void *memory, size_t size)
{
    if (!memory)
        return;
    forget(memory);
    munmap(memory, mapped_size(size));
}

void tf_shared_fault_in(void)
{
    for (int i = 0; i < PIECES_MAX; i++)
        if (pieces[i].memory)
            tf_populate(pieces[i].memory, pieces[i].size);
}

void *tf_shared_reserve(size_t size)
{
    return map(mapped_size(size), 0);
}
