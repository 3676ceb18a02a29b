/* SPDX-License-Identifier: Apache-2.0 */
#include "segment.h"

#include "error.h"
#include "pages.h"
#include "placement.h"
#include "space.h"
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ  22
#define MADV_POPULATE_WRITE 23
#endif

enum { ATTEMPTS_MAX = 2 * (TF_HUGE_SIZES_MAX + 1), TEXT_MAX = 512 };

/* One way of getting the memory. */
struct attempt {
    const struct tf_backing_ops *ops;
    uint64_t page_size;
};

/* What there is to tell people of a creation, in pieces. */
struct story {
    char reasons[TEXT_MAX]; /* why better ways did not work; "" if the first did */
    char lock[80];
};

static const struct tf_backing_ops *ops_of(uint32_t backing)
{
    switch (backing) {
    case TF_BACKING_SYSV:
        return &tf_backing_sysv;
    case TF_BACKING_FILE:
        return &tf_backing_file;
    default:
        return NULL;
    }
}

/* ---- the ways, best first ---------------------------------------------------------------- */

static int add_attempts(struct attempt *attempts, int count, const struct tf_backing_ops *ops,
                        const struct tf_segment_options *options)
{
    uint64_t sizes[TF_HUGE_SIZES_MAX];
    int huge = 0;
    if (options->huge_pages != TF_HUGE_OFF)
        huge = tf_huge_page_sizes(options->length, sizes);
    for (int i = 0; i < huge; i++)
        attempts[count++] = (struct attempt){ops, sizes[i]};
    if (options->huge_pages != TF_HUGE_REQUIRE)
        attempts[count++] = (struct attempt){ops, tf_page_size()};
    return count;
}

static int list_attempts(struct attempt *attempts, const struct tf_segment_options *options)
{
    int count = 0;
    if (options->backing != TF_BACKING_FILE)
        count = add_attempts(attempts, count, &tf_backing_sysv, options);
    if (options->backing == TF_BACKING_FILE ||
        (options->backing == TF_BACKING_AUTO && options->directory))
        count = add_attempts(attempts, count, &tf_backing_file, options);
    return count;
}

static int check_options(const struct tf_segment_options *options)
{
    if (options->length == 0 || options->length > INT64_MAX / 2)
        return tf_fail(TF_EUSAGE, "a segment of %" PRIu64 " bytes is not possible",
                       options->length);
    if (options->mode & ~0777u)
        return tf_fail(TF_EUSAGE, "mode %o has more than permission bits; use e.g. 0640",
                       options->mode);
    if (options->backing != TF_BACKING_AUTO && !ops_of(options->backing))
        return tf_fail(TF_EUSAGE, "there is no backing number %d", (int)options->backing);
    return options->node < 0 ? 0 : tf_node_check(options->node);
}

/* ---- one attempt ------------------------------------------------------------------------- */

static int check_space(const struct tf_segment *segment, int node)
{
    if (segment->page_size > tf_page_size())
        return tf_space_for_huge_pages(segment->length, segment->page_size, node);
    return tf_space_for_memory(segment->length, node);
}

/*
 * MLOCK_ONFAULT lets us lock before the pages are there, so that a limit too small shows before
 * memory is taken.  Whether it suffices only the kernel knows, which also counts capabilities.
 */
static bool lock_pages(const struct tf_segment *segment)
{
    if (segment->page_size > tf_page_size())
        return true; /* huge pages are never swapped */
    return mlock2(segment->base, segment->length, MLOCK_ONFAULT) == 0 ||
           (errno == ENOSYS && mlock(segment->base, segment->length) == 0);
}

static int place(const struct tf_segment_options *options, struct tf_segment *segment,
                 struct story *story)
{
    void *base = segment->base;
    uint64_t length = segment->length;
    int failed = 0;

    if (options->node >= 0)
        failed = tf_bind(base, length, options->node);
    if (!failed)
        failed =
            tf_segment_lock(segment, options->lock_memory, story->lock, sizeof story->lock);
    /* Where the system has transparent huge pages for shared memory "by advice", take them. */
    if (options->huge_pages != TF_HUGE_OFF && segment->page_size == tf_page_size())
        madvise(base, length, MADV_HUGEPAGE);
    if (!failed)
        failed = tf_populate(base, length);
    if (!failed && options->node >= 0)
        failed = tf_verify_placement(base, length, segment->page_size, options->node, NULL);
    return failed;
}

/* Undo a creation, keeping the sentence that says why. */
static int give_up(int code, const struct tf_backing_ops *ops, struct tf_segment *segment)
{
    char why[TEXT_MAX];
    snprintf(why, sizeof why, "%s", tf_errmsg());
    struct tf_segment_name name = segment->name;
    tf_segment_detach(segment);
    if (name.backing)
        ops->destroy(&name);
    return tf_fail(code, "%s", why);
}

static int try_one(const struct attempt *attempt, const struct tf_segment_options *options,
                   struct tf_segment *segment, struct story *story)
{
    struct tf_node_scope scope;
    uint64_t mask = attempt->page_size - 1;
    *segment = (struct tf_segment){.length = (options->length + mask) & ~mask,
                                   .page_size = attempt->page_size,
                                   .writable = true};
    int failed = check_space(segment, options->node);
    if (failed)
        return give_up(failed, attempt->ops, segment);
    tf_node_enter(&scope, options->node);
    failed = attempt->ops->create(options, attempt->page_size, segment);
    if (!failed)
        failed = place(options, segment, story);
    tf_node_leave(&scope);
    return failed ? give_up(failed, attempt->ops, segment) : 0;
}

/* ---- telling ----------------------------------------------------------------------------- */

/* Note the error of a failed attempt, up to its semicolon: what follows is advice. */
static void add_reason(struct story *story, const char *backing)
{
    char reason[TEXT_MAX];
    snprintf(reason, sizeof reason, "%s", tf_errmsg());
    reason[strcspn(reason, ";")] = 0;
    if (strstr(story->reasons, reason))
        return;
    size_t used = strlen(story->reasons);
    bool of_pool = strncmp(reason, "no huge pages", 13) == 0; /* which all backings share */
    snprintf(story->reasons + used, sizeof story->reasons - used, "%s%s%s%s", used ? "; " : "",
             of_pool ? "" : backing, of_pool ? "" : ": ", reason);
}

static void write_report(const struct attempt *taken, const struct tf_segment_options *options,
                         const struct tf_segment *segment, const struct story *story,
                         char *report, size_t report_size)
{
    char page[16], huge[64] = "", size[16], node[32] = "no node asked for";
    struct tf_mapping mapping;

    tf_mapping_inspect(segment->base, &mapping);
    if (mapping.huge_bytes > 0)
        snprintf(huge, sizeof huge, ", %s of them in transparent huge pages",
                 tf_format_size(size, sizeof size, mapping.huge_bytes));
    if (options->node >= 0)
        snprintf(node, sizeof node, "node %d", options->node);
    snprintf(report, report_size, "%s%s%s, %s pages%s%s%s%s, %s, %s", taken->ops->name,
             segment->name.path[0] ? " " : "", segment->name.path,
             tf_format_page_size(page, sizeof page, segment->page_size), huge,
             story->reasons[0] ? " (" : "", story->reasons, story->reasons[0] ? ")" : "", node,
             story->lock);
}

/* ---- the interface ----------------------------------------------------------------------- */

int tf_segment_create(const struct tf_segment_options *options, struct tf_segment *segment,
                      char *report, size_t report_size)
{
    struct attempt attempts[ATTEMPTS_MAX];
    struct story story = {0};
    int failed = check_options(options);
    *segment = (struct tf_segment){0};
    if (failed)
        return failed;
    int count = list_attempts(attempts, options);
    if (count == 0)
        return tf_fail(TF_EOS, "no huge pages: this kernel has none; do not require them");
    for (int i = 0; i < count; i++) {
        failed = try_one(&attempts[i], options, segment, &story);
        if (!failed) {
            if (report)
                write_report(&attempts[i], options, segment, &story, report, report_size);
            return 0;
        }
        if (i + 1 < count)
            add_reason(&story, attempts[i].ops->name);
    }
    if (story.reasons[0] && !strstr(tf_errmsg(), story.reasons))
        return tf_fail(failed, "%s (before that: %s)", tf_errmsg(), story.reasons);
    return failed;
}

int tf_segment_lock(struct tf_segment *segment, enum tf_lock_memory lock_memory, char *report,
                    size_t report_size)
{
    struct rlimit limit;
    char text[16];

    segment->locked = lock_memory != TF_LOCK_OFF && lock_pages(segment);
    if (!segment->locked && lock_memory == TF_LOCK_REQUIRE)
        return tf_space_lock_refused(segment->length);
    if (!report)
        return 0;
    if (segment->locked)
        snprintf(report, report_size, "locked");
    else if (lock_memory == TF_LOCK_OFF || getrlimit(RLIMIT_MEMLOCK, &limit) != 0 ||
             limit.rlim_cur == RLIM_INFINITY)
        snprintf(report, report_size, "not locked");
    else
        snprintf(report, report_size, "not locked (limit %s)",
                 tf_format_size(text, sizeof text, limit.rlim_cur));
    return 0;
}

int tf_segment_attach(const struct tf_segment_name *name, bool writable, uint64_t length_min,
                      struct tf_segment *segment)
{
    *segment = (struct tf_segment){0};
    const struct tf_backing_ops *ops = ops_of(name->backing);
    if (!ops)
        return tf_fail(TF_ELAYOUT, "a segment of backing number %" PRIu32 " is unknown here",
                       name->backing);
    segment->name = *name;
    segment->writable = writable;
    int failed = ops->attach(name, writable, segment);
    if (!failed && segment->length < length_min) {
        char length[16], expected[16];
        failed = tf_fail(TF_ELAYOUT,
                         "%s segment has %s (%" PRIu64 " bytes), %s (%" PRIu64
                         ") are expected; it was cut short or is of another version",
                         ops->name, tf_format_size(length, sizeof length, segment->length),
                         segment->length, tf_format_size(expected, sizeof expected, length_min),
                         length_min);
    }
    if (failed) {
        tf_segment_detach(segment);
        return failed;
    }
    /* The pages are there; having them in our page table too spares the first lap its faults.
       A kernel that cannot (before 5.14) leaves it to the lap. */
    madvise(segment->base, segment->length,
            writable ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
    return 0;
}

void tf_segment_detach(struct tf_segment *segment)
{
    if (segment->base)
        ops_of(segment->name.backing)->detach(segment);
    *segment = (struct tf_segment){0};
}

int tf_segment_destroy(const struct tf_segment_name *name)
{
    const struct tf_backing_ops *ops = ops_of(name->backing);
    return ops ? ops->destroy(name) : 0;
}
