/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel_numbers.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number at the start of `text`, after blanks; `rest` gets what follows it. */
static bool parse_number(const char *text, uint64_t *value, char **rest)
{
    while (isblank((unsigned char)*text))
        text++;
    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    *value = strtoull(text, rest, 10);
    return errno == 0;
}

bool tf_kernel_number(uint64_t *value, const char *path_format, ...)
{
    char path[512], text[64] = "", *rest;
    va_list args;
    va_start(args, path_format);
    int length = vsnprintf(path, sizeof path, path_format, args);
    va_end(args);

    *value = 0;
    FILE *file = length < (int)sizeof path ? fopen(path, "re") : NULL;
    if (!file)
        return false;
    bool found = fgets(text, sizeof text, file) != NULL;
    fclose(file);
    if (found && strncmp(text, "max", 3) == 0) {
        *value = UINT64_MAX;
        return true;
    }
    return found && parse_number(text, value, &rest);
}

bool tf_kernel_field(uint64_t *value, const char *path, const char *key)
{
    char line[512], *rest;
    bool found = false;

    *value = 0;
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    while (!found && fgets(line, sizeof line, file)) {
        char *at = strstr(line, key);
        /* "Active(file):" also ends "Inactive(file):", hence the look at what stands before. */
        if (!at || (at != line && at[-1] != ' '))
            continue;
        found = parse_number(at + strlen(key), value, &rest);
        if (found && strncmp(rest, " kB", 3) == 0)
            *value *= 1024;
    }
    fclose(file);
    return found;
}
