/* SPDX-License-Identifier: Apache-2.0 */
/* contest_setting.h - what a contest needs in memory before and while its workers run: arrays and channels. */
#ifndef TF_CONTEST_SETTING_H
#define TF_CONTEST_SETTING_H

#include "worker.h"

struct tf_setting {
    struct tf_duty duty;
    uint64_t *scratch; /* a value of every reader and message */
    uint64_t longest;  /* messages of the longest paced block */
};

/* 0 or TF_EOS.  To be dropped in any case. */
int tf_setting_make(struct tf_setting *setting, const struct tf_contest *contest);
void tf_setting_drop(struct tf_setting *setting);

/*
 * Create the channel of every entry that has ran = true, with this process on the writer's CPU meanwhile, so that what it
 * touches first lies on the writer's node.  One that cannot be made gets ran = false.  0, or TF_EBUSY when that CPU cannot
 * be had.
 */
int tf_setting_open(struct tf_setting *setting, struct tf_contest_result *result);
/* Once no worker is left. */
void tf_setting_close(struct tf_setting *setting, struct tf_contest_result *result);

#endif
