/* SPDX-License-Identifier: Apache-2.0 */
#include "machine_source.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 1024 };

const char tf_this_machine[] = "";

static bool make_path(char out[PATH_BYTES], const char *root, const char *path, va_list args)
    __attribute__((format(printf, 3, 0)));
static bool line_of(char *out, size_t size, const char *root, const char *path, va_list args)
    __attribute__((format(printf, 4, 0)));

static bool make_path(char out[PATH_BYTES], const char *root, const char *path, va_list args)
{
    int head = snprintf(out, PATH_BYTES, "%s", root);
    if (head < 0 || head >= PATH_BYTES)
        return false;
    int tail = vsnprintf(out + head, (size_t)(PATH_BYTES - head), path, args);
    return tail >= 0 && head + tail < PATH_BYTES;
}

static char *trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t length = strlen(text);
    while (length && isspace((unsigned char)text[length - 1]))
        text[--length] = 0;
    return text;
}

static bool line_of(char *out, size_t size, const char *root, const char *path, va_list args)
{
    char full[PATH_BYTES], line[4096];
    out[0] = 0;
    FILE *file = make_path(full, root, path, args) ? fopen(full, "re") : NULL;
    if (!file)
        return false;
    if (fgets(line, sizeof line, file))
        snprintf(out, size, "%s", trim(line));
    fclose(file);
    return out[0] != 0;
}

bool tf_source_line(char *out, size_t size, const char *root, const char *path, ...)
{
    va_list args;
    va_start(args, path);
    bool found = line_of(out, size, root, path, args);
    va_end(args);
    return found;
}

bool tf_source_number(long *value, const char *root, const char *path, ...)
{
    char line[64], *rest;
    va_list args;
    va_start(args, path);
    bool found = line_of(line, sizeof line, root, path, args);
    va_end(args);
    errno = 0;
    *value = strtol(line, &rest, 0);
    return found && rest != line && errno == 0;
}

bool tf_source_list(cpu_set_t *set, const char *root, const char *path, ...)
{
    char line[4096];
    va_list args;
    va_start(args, path);
    bool found = line_of(line, sizeof line, root, path, args);
    va_end(args);
    CPU_ZERO(set);
    return found && tf_list_parse(line, set);
}

bool tf_source_exists(const char *root, const char *path, ...)
{
    char full[PATH_BYTES];
    va_list args;
    va_start(args, path);
    bool good = make_path(full, root, path, args);
    va_end(args);
    return good && access(full, F_OK) == 0;
}

bool tf_source_field(char *out, size_t size, const char *root, const char *path,
                     const char *key)
{
    char full[PATH_BYTES], line[8192];
    size_t length = strlen(key);
    bool found = false;

    out[0] = 0;
    snprintf(full, sizeof full, "%s%s", root, path);
    FILE *file = fopen(full, "re");
    if (!file)
        return false;
    while (!found && fgets(line, sizeof line, file)) {
        char *colon = strchr(line, ':');
        if (strncmp(line, key, length) != 0 || !colon ||
            strspn(line + length, " \t") != (size_t)(colon - line) - length)
            continue;
        snprintf(out, size, "%s", trim(colon + 1));
        found = true;
    }
    fclose(file);
    return found && out[0];
}

bool tf_list_parse(const char *text, cpu_set_t *set)
{
    CPU_ZERO(set);
    for (const char *at = text; *at;) {
        char *rest;
        unsigned long first = strtoul(at, &rest, 10), last = first;
        if (rest == at || !isdigit((unsigned char)*at))
            return false;
        if (*rest == '-') {
            at = rest + 1;
            last = strtoul(at, &rest, 10);
            if (rest == at || last < first)
                return false;
        }
        for (; first <= last && first < CPU_SETSIZE; first++)
            CPU_SET(first, set);
        if (*rest != ',')
            return *rest == 0;
        at = rest + 1;
    }
    return CPU_COUNT(set) > 0;
}

char *tf_list_format(const cpu_set_t *set, char *out, size_t size)
{
    size_t used = 0;
    out[0] = 0;
    for (size_t first = 0; first < CPU_SETSIZE && used < size; first++) {
        if (!CPU_ISSET(first, set))
            continue;
        size_t last = first;
        while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, set))
            last++;
        const char *comma = used ? "," : "";
        int wrote = last > first
                        ? snprintf(out + used, size - used, "%s%zu-%zu", comma, first, last)
                        : snprintf(out + used, size - used, "%s%zu", comma, first);
        used += (size_t)wrote;
        first = last;
    }
    return out;
}

bool tf_has_word(const char *text, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = text; length && (at = strstr(at, word)) != NULL; at += length)
        if ((at == text || at[-1] == ' ') && (at[length] == ' ' || at[length] == 0))
            return true;
    return false;
}

void tf_set_text(json_t *object, const char *key, const char *text)
{
    /* A byte that is no UTF-8 (a host name may have one) makes no string: then it is left out. */
    json_t *string = text && text[0] ? json_string(text) : NULL;
    if (string)
        json_object_set_new(object, key, string);
}

void tf_set_number(json_t *object, const char *key, int64_t value)
{
    json_object_set_new(object, key, json_integer(value));
}
