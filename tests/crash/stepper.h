/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stepper.h - stop a child at an exact instruction or system call, and kill it there.
 *
 * The child marks the stretch of interest with two calls of stepper_mark(), the second of which
 * need not be reached.  Needs the right to trace one's own children, and nothing else.
 */
#ifndef TF_TEST_STEPPER_H
#define TF_TEST_STEPPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum step { STEP_INSTRUCTION, STEP_SYSCALL /* twice each: before and after it is done */ };

/* Is tracing possible here?  If not, why. */
bool stepper_works(const char **why);

/* In the child: the stretch begins, or ends. */
void stepper_mark(void);

/* Start `run` in a child and let it go to its first mark. */
pid_t stepper_start(void (*run)(void *context), void *context);

/* Go `steps` steps on.  False when the second mark, or the child's end, came before that. */
bool stepper_go(pid_t pid, enum step kind, uint64_t steps);

/* Kill it where it stands. */
void stepper_kill(pid_t pid);

#endif
