/* SPDX-License-Identifier: Apache-2.0 */
/* tickfan gc: reclaim what dead publishers left. */
#include "command.h"
#include "survey.h"
#include "tickfan.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: tickfan gc [OPTION]... [STREAM]\n"
    "\n"
    "  tickfan gc --dry-run       what would be reclaimed\n"
    "  tickfan gc                 reclaim every stream whose publisher is gone\n"
    "\n"
    "Readers that are still attached to such a stream learn that it was replaced; its memory "
    "is freed\n"
    "with the last of them.  Streams with a live publisher are never touched.\n"
    "\n"
    "  -n, --dry-run     only tell\n"
    "  -q, --quiet       say nothing\n"
    "\n"
    "Exit status: 0; 77 when something dead could not be reclaimed for lack of permission.\n";

static int run(int argc, char **argv);
const struct tf_command tf_cmd_gc = {"gc", "reclaim what dead publishers left", help, run};

struct sweep {
    const char *only;
    bool dry_run, quiet;
    int reclaimed, live, failed;
};

static void sweep_one(void *context, const char *name, const char *path)
{
    struct sweep *sweep = context;
    if (sweep->only && strcmp(sweep->only, name) != 0)
        return;
    switch (tf_reclaim(path, sweep->dry_run)) {
    case TF_RECLAIM_LIVE:
        sweep->live++;
        break;
    case TF_RECLAIM_DEAD:
        sweep->reclaimed++;
        if (!sweep->quiet)
            printf("%s %s\n", sweep->dry_run ? "would reclaim" : "reclaimed", path);
        break;
    case TF_RECLAIM_FAILED:
        sweep->failed++;
        fprintf(stderr, "tickfan gc: %s\n", tf_errmsg());
        break;
    }
}

static int run(int argc, char **argv)
{
    static const struct option options[] = {
        {"dry-run", no_argument, 0, 'n'}, {"quiet", no_argument, 0, 'q'}, {0, 0, 0, 0}};
    struct sweep sweep = {0};
    int option;
    while ((option = tf_command_getopt(&tf_cmd_gc, argc, argv, "nq", options)) != -1) {
        if (option == 'n')
            sweep.dry_run = true;
        else if (option == 'q')
            sweep.quiet = true;
        else
            return -TF_EUSAGE;
    }
    if (argc - optind > 1)
        return tf_command_usage(&tf_cmd_gc, "one stream, or none for all");
    sweep.only = argv[optind];
    int found_or_error = tf_survey_each(sweep_one, &sweep);
    if (found_or_error < 0)
        return tf_command_fail(&tf_cmd_gc, found_or_error);
    int nameless = tf_segment_reclaim(sweep.dry_run);
    if (nameless && !sweep.quiet)
        printf("%s %d SysV segment%s without a name\n",
               sweep.dry_run ? "would reclaim" : "reclaimed", nameless,
               nameless == 1 ? "" : "s");
    if (!sweep.quiet)
        printf("%d reclaimed, %d live, %d failed\n", sweep.reclaimed, sweep.live, sweep.failed);
    if (sweep.only && sweep.reclaimed + sweep.live + sweep.failed == 0) {
        fprintf(stderr, "tickfan gc: no stream '%s'\n", sweep.only);
        return -TF_ENOSTREAM;
    }
    return sweep.failed ? -TF_EPERM : 0;
}
