/* SPDX-License-Identifier: Apache-2.0 */
#include "symbol_filter.h"

#include "error.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* Ids by two levels of tables: venues number densely, DBN anywhere in 32 bits. */
    PAGE_BITS = 12,
    PAGE_IDS = 1 << PAGE_BITS,
    PAGES = 1 << (32 - PAGE_BITS),
    PAGES_MAX = 1 << 16, /* 256 MiB: a recording may be hostile */
    NAME_MAX_BYTES = 72
};
enum { UNKNOWN, WANTED, UNWANTED }; /* of an id */

struct name {
    char *text;
    bool include, exclude, seen;
};

struct tf_symbol_filter {
    struct name *names; /* sorted by text once `sorted` */
    uint32_t count, room;
    bool includes, sorted;
    uint8_t **pages;
    uint32_t page_count;
    struct tf_tick held;
    bool holds;
    uint64_t dropped;
};

struct tf_symbol_filter *tf_symbol_filter_open(void)
{
    struct tf_symbol_filter *filter = calloc(1, sizeof *filter);
    if (filter)
        filter->pages = calloc(PAGES, sizeof *filter->pages);
    if (filter && filter->pages)
        return filter;
    free(filter);
    tf_fail(TF_EOS, "no memory for the filter of symbols");
    return 0;
}

void tf_symbol_filter_close(struct tf_symbol_filter *filter)
{
    if (!filter)
        return;
    for (uint32_t i = 0; i < filter->count; i++)
        free(filter->names[i].text);
    for (uint32_t i = 0; filter->page_count && i < PAGES; i++)
        free(filter->pages[i]);
    free(filter->pages);
    free(filter->names);
    free(filter);
}

/* ---- the lists ------------------------------------------------------------------------------- */

static int add_name(struct tf_symbol_filter *filter, const char *text, size_t length,
                    bool include)
{
    if (length >= NAME_MAX_BYTES)
        return tf_fail(TF_EUSAGE, "'%.*s...': a symbol has at most %d bytes", 20, text,
                       NAME_MAX_BYTES - 1);
    if (filter->count == TF_FILTER_NAMES_MAX)
        return tf_fail(TF_EUSAGE, "more than %d symbols", TF_FILTER_NAMES_MAX);
    if (filter->count == filter->room) {
        uint32_t room = filter->room ? 2 * filter->room : 64;
        struct name *names = realloc(filter->names, room * sizeof *names);
        if (!names)
            return tf_fail(TF_EOS, "no memory for %u symbols", room);
        filter->names = names;
        filter->room = room;
    }
    char *copy = strndup(text, length);
    if (!copy)
        return tf_fail(TF_EOS, "no memory for %u symbols", filter->count);
    filter->names[filter->count++] =
        (struct name){.text = copy, .include = include, .exclude = !include};
    filter->includes |= include;
    filter->sorted = false;
    return 0;
}

static int add_names(struct tf_symbol_filter *filter, const char *list, bool include)
{
    static const char between[] = ", \t\r\n";
    for (;;) {
        list += strspn(list, between);
        size_t length = strcspn(list, between);
        if (!length || *list == '#')
            return 0;
        int error = add_name(filter, list, length, include);
        if (error)
            return error;
        list += length;
    }
}

static int add_file(struct tf_symbol_filter *filter, const char *path, bool include)
{
    FILE *file = fopen(path, "re");
    char *line = 0;
    size_t room = 0;
    int error = 0;
    if (!file)
        return tf_fail_errno(TF_ENOINPUT, "%s", path);
    while (!error && getline(&line, &room, file) >= 0)
        error = add_names(filter, line, include);
    if (!error && ferror(file))
        error = tf_fail_errno(TF_ENOINPUT, "%s", path);
    free(line);
    fclose(file);
    return error;
}

int tf_symbol_filter_add(struct tf_symbol_filter *filter, const char *list, bool include)
{
    uint32_t before = filter->count;
    int error =
        list[0] == '@' ? add_file(filter, list + 1, include) : add_names(filter, list, include);
    if (!error && filter->count == before)
        return tf_fail(TF_EUSAGE, "'%s' names no symbol; write AAPL,MSFT or @FILE", list);
    return error;
}

bool tf_symbol_filter_is_set(const struct tf_symbol_filter *filter)
{
    return filter->count > 0;
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

/* Sort, and make one of what was named twice. */
static void sort(struct tf_symbol_filter *filter)
{
    uint32_t kept = 0;
    qsort(filter->names, filter->count, sizeof *filter->names, compare);
    for (uint32_t i = 0; i < filter->count; i++) {
        struct name *name = &filter->names[i];
        if (kept && compare(&filter->names[kept - 1], name) == 0) {
            filter->names[kept - 1].include |= name->include;
            filter->names[kept - 1].exclude |= name->exclude;
            free(name->text);
        } else {
            filter->names[kept++] = *name;
        }
    }
    filter->count = kept;
    filter->sorted = true;
}

/* ---- instruments ----------------------------------------------------------------------------- */

static bool is_wanted(struct tf_symbol_filter *filter, const char *symbol)
{
    if (!filter->sorted)
        sort(filter);
    struct name key = {.text = (char *)(uintptr_t)symbol};
    struct name *name =
        bsearch(&key, filter->names, filter->count, sizeof *filter->names, compare);
    if (!name)
        return !filter->includes;
    name->seen = true;
    return !name->exclude;
}

int tf_symbol_filter_define(struct tf_symbol_filter *filter,
                            const struct tf_instrument *instrument)
{
    uint8_t state = is_wanted(filter, instrument->symbol) ? WANTED : UNWANTED;
    uint8_t **page = &filter->pages[instrument->instrument_id >> PAGE_BITS];
    if (!*page) {
        if (filter->page_count < PAGES_MAX)
            *page = calloc(PAGE_IDS, 1);
        if (!*page)
            return tf_fail(TF_EOS,
                           "no memory to choose by symbol: %u blocks of instrument ids in use",
                           filter->page_count);
        filter->page_count++;
    }
    uint8_t *known = &(*page)[instrument->instrument_id % PAGE_IDS];
    if (*known != UNKNOWN && *known != state)
        return tf_fail(TF_EDATA,
                       "instrument %u is %s here and was another before, and only one of them "
                       "is wanted; replay these recordings one by one",
                       instrument->instrument_id, instrument->symbol);
    *known = state;
    return state == WANTED;
}

static bool passes(const struct tf_symbol_filter *filter, const struct tf_tick *tick)
{
    if (tick->instrument_id == 0 || tick->rtype == TF_RTYPE_GAP ||
        tick->rtype == TF_RTYPE_SYSTEM)
        return true;
    const uint8_t *page = filter->pages[tick->instrument_id >> PAGE_BITS];
    uint8_t known = page ? page[tick->instrument_id % PAGE_IDS] : (uint8_t)UNKNOWN;
    return known == WANTED || (known == UNKNOWN && !filter->includes);
}

/* ---- ticks ----------------------------------------------------------------------------------- */

uint32_t tf_symbol_filter_run(struct tf_symbol_filter *filter, struct tf_tick **ticks,
                              uint32_t count)
{
    const struct tf_tick *in = *ticks;
    struct tf_tick *first = *ticks, *out = first;
    if (filter->holds) {
        *--first = filter->held;
        filter->holds = false;
    }
    /* `first` is one before `in`: what goes out never overtakes what comes in.  The tick before `out`
     * may still become its event's last while it has no such flag. */
    for (uint32_t i = 0; i < count; i++) {
        if (passes(filter, &in[i])) {
            *out++ = in[i];
        } else {
            filter->dropped++;
            if (out > first && in[i].flags & TF_FLAG_LAST)
                out[-1].flags |=
                    TF_FLAG_LAST; /* has it already when it ended an event before */
        }
    }
    if (out > first && !(out[-1].flags & TF_FLAG_LAST)) {
        filter->held = *--out;
        filter->holds = true;
    }
    *ticks = first;
    return (uint32_t)(out - first);
}

bool tf_symbol_filter_flush(struct tf_symbol_filter *filter, struct tf_tick *tick)
{
    bool held = filter->holds;
    if (held)
        *tick = filter->held;
    filter->holds = false;
    return held;
}

uint64_t tf_symbol_filter_dropped(const struct tf_symbol_filter *filter)
{
    return filter->dropped;
}

const char *tf_symbol_filter_unseen(const struct tf_symbol_filter *filter, uint32_t *at)
{
    while (*at < filter->count) {
        const struct name *name = &filter->names[(*at)++];
        if (!name->seen)
            return name->text;
    }
    return 0;
}
