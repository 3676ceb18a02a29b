/* SPDX-License-Identifier: Apache-2.0 */
/* perf_args.h - the options that all measurements share. */
#ifndef TF_PERF_ARGS_H
#define TF_PERF_ARGS_H

#include "command.h"
#include "measurement.h"

/* Besides what measurements take: where the result goes. */
struct tf_perf_output {
    bool json;        /* the object on standard output instead of tables */
    const char *html; /* a page */
    const char *output; /* the object in a file */
    const char *profile; /* verify's --profile small|xeon64 */
    const char *folder;  /* --folder: of baselines */
};

extern const char tf_perf_options_help[]; /* the lines of --help */

/* 0; else the exit status after it has complained.  argv[0] is the measurement's name; *rest: first operand. */
int tf_perf_parse(const struct tf_command *command, int argc, char **argv, struct tf_perf_options *options,
                  struct tf_perf_output *output, int *rest);

#endif
