/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include "text.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const level_names[] = {"error", "warning", "info", "debug"};
static _Atomic int level_max = -1;

static int level_from_environment(void)
{
    const char *text = getenv("TICKFAN_LOG");
    for (int i = 0; text && i <= TF_LOG_DEBUG; i++)
        if (strcmp(text, level_names[i]) == 0)
            return i;
    return TF_LOG_INFO;
}

void tf_log(enum tf_log_level level, const char *format, ...)
{
    if (level_max < 0)
        level_max = level_from_environment();
    if ((int)level > level_max)
        return;
    char line[1024];
    int used = snprintf(line, sizeof line, "tickfan: %s: ", level_names[level]);
    va_list args;
    va_start(args, format);
    vsnprintf(line + used, sizeof line - (size_t)used - 1, format, args);
    va_end(args);
    tf_make_printable(line);
    size_t length = strlen(line);
    line[length++] = '\n';
    /* One write, so that lines of several processes on one terminal stay whole. */
    if (write(STDERR_FILENO, line, length) < 0)
        return;
}
