/* SPDX-License-Identifier: Apache-2.0 */
/* unfit_of.h - tf_machine_unfit() for a machine that a test has made up. */
#ifndef TF_UNFIT_OF_H
#define TF_UNFIT_OF_H

#include "fitness.h"

json_t *tf_machine_unfit_of(const char *root, const cpu_set_t *allowed,
                            const struct tf_clock_check *clock, const struct tf_noise *noise,
                            int noises, int cpus_wanted);

#endif
