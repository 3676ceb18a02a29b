/* SPDX-License-Identifier: Apache-2.0 */
/* Errors: a code of enum tf_error and a sentence for people, kept per thread. */
#ifndef TF_ERROR_H
#define TF_ERROR_H

#include "tickfan.h"

/*
 * Remember the sentence and return `code`, so that the cause reads `return tf_fail(TF_EOS, ...)`.
 * The sentence names the file, offset or option and what to do; it is one line: control characters
 * in it become '?'.  Not for hot paths.
 */
int tf_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* As tf_fail(), with ": <strerror(errno)>" at the end. */
int tf_fail_errno(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Put context in front of the sentence in place ("stream default: ...").  Returns `code`. */
int tf_fail_in(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The sysexits(3) status for a negative enum tf_error; 0 for anything else. */
int tf_exit_status(int code);

#endif
