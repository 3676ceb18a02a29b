/* SPDX-License-Identifier: Apache-2.0 */
/* perf_words.h - what `tickfan perf WORD` does; measurements are words of their own (suite.h). */
#ifndef TF_PERF_WORDS_H
#define TF_PERF_WORDS_H

#include "command.h"

/*
 * run() gets a command that is named "perf WORD", for its complaints, and argv[0] = WORD; it returns the exit status.
 * `help` comes before the options that mean something to the word.
 */
struct tf_perf_word {
    const char *name;
    const char *help;
    int (*run)(const struct tf_command *command, int argc, char **argv);
};

extern const struct tf_perf_word tf_word_all, tf_word_verify, tf_word_baseline, tf_word_report,
    tf_word_list;

#endif
