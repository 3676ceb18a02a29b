/* SPDX-License-Identifier: Apache-2.0 */
#include "error.h"

#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char message[768];

int tf_fail(int code, const char *format, ...)
{
    /* An argument may be the old message itself, so it is written aside first. */
    char text[sizeof message];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    tf_make_printable(text);
    memcpy(message, text, sizeof message);
    return code;
}

int tf_fail_errno(int code, const char *format, ...)
{
    int error = errno;
    char text[sizeof message - 128];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return tf_fail(code, "%s: %s", text, strerror(error));
}

int tf_fail_in(int code, const char *format, ...)
{
    char context[256];
    va_list args;
    va_start(args, format);
    vsnprintf(context, sizeof context, format, args);
    va_end(args);
    return tf_fail(code, "%s: %s", context, message);
}

const char *tf_errmsg(void)
{
    return message[0] ? message : "no error";
}

const char *tf_strerror(int error)
{
    switch (error) {
    case TF_OK:
        return "success";
    case TF_OVERRUN:
        return "ticks were lost to this reader";
    case TF_ENDED:
        return "the stream has ended";
    case TF_DEAD:
        return "the publisher is gone";
    case TF_REPLACED:
        return "the stream was made anew; attach again";
    case TF_EUSAGE:
        return "wrong argument";
    case TF_EDATA:
        return "bad data";
    case TF_ENOINPUT:
        return "no input";
    case TF_ENOSTREAM:
        return "no such stream";
    case TF_EINTERNAL:
        return "internal error";
    case TF_EOS:
        return "the operating system lacks a resource";
    case TF_ECREATE:
        return "cannot create";
    case TF_EIO:
        return "input or output failed";
    case TF_EBUSY:
        return "another publisher holds the stream";
    case TF_ELAYOUT:
        return "shared memory of another layout";
    case TF_EPERM:
        return "permission denied";
    default:
        return "unknown error";
    }
}

int tf_exit_status(int code)
{
    switch (code) {
    case TF_DEAD:
    case TF_REPLACED:
        return -TF_ENOSTREAM;
    case TF_OVERRUN:
        return -TF_EDATA;
    case TF_ENDED:
        return 0;
    default:
        return code < 0 ? -code : 0;
    }
}

const char *tf_version(void)
{
    return TF_VERSION_STRING;
}
