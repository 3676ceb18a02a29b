/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel_numbers.h - numbers that the kernel shows in /proc and /sys.  They inform checks and
 * error sentences only, so "not there" (no sysfs, an old kernel, a container) is an answer, not
 * an error.
 */
#ifndef TF_KERNEL_NUMBERS_H
#define TF_KERNEL_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

/* A file that holds one number, or "max" for UINT64_MAX; else false and *value = 0. */
bool tf_kernel_number(uint64_t *value, const char *path_format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * The number behind `key` in a file of lines, `key` with its delimiter: "MemAvailable:" or
 * "inactive_file ".  A trailing kB is multiplied out.  false and *value = 0 when there is none.
 */
bool tf_kernel_field(uint64_t *value, const char *path, const char *key);

#endif
