/* SPDX-License-Identifier: Apache-2.0 */
#include "result_file.h"

#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A result of `perf all` is about 300 KiB; what is this long is something else. */
static const off_t length_max = 64 << 20;

static int write_object(const json_t *object, FILE *file, const char *path)
{
    bool good = json_dumpf(object, file, TF_RESULT_FLAGS) == 0 && putc('\n', file) != EOF &&
                fflush(file) == 0;
    int error = good ? 0 : tf_fail_errno(TF_EIO, "%s", path);
    if (fclose(file) != 0 && !error)
        error = tf_fail_errno(TF_EIO, "%s", path);
    return error;
}

static int save_in_place(const json_t *object, const char *path)
{
    FILE *file = fopen(path, "w");
    if (!file)
        return tf_fail_errno(TF_ECREATE, "%s", path);
    return write_object(object, file, path);
}

int tf_result_save(const json_t *object, const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return save_in_place(object, path);
    char fresh[4096];
    if (snprintf(fresh, sizeof fresh, "%s.%d.new", path, (int)getpid()) >= (int)sizeof fresh)
        return tf_fail(TF_ECREATE, "%s: the path is too long", path);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!file) {
        int error = tf_fail_errno(TF_ECREATE, "%s", fresh);
        if (fd >= 0)
            close(fd);
        return error;
    }
    int error = write_object(object, file, fresh);
    if (!error && rename(fresh, path) != 0)
        error = tf_fail_errno(TF_ECREATE, "%s", path);
    if (error)
        unlink(fresh);
    return error;
}

static json_t *no_result(int *error, int code)
{
    *error = code;
    return NULL;
}

json_t *tf_json_load(const char *path, int *error)
{
    struct stat status;
    FILE *file = fopen(path, "re");
    if (!file)
        return no_result(error, tf_fail_errno(TF_ENOINPUT, "%s", path));
    if (fstat(fileno(file), &status) != 0 || S_ISDIR(status.st_mode) ||
        status.st_size > length_max) {
        fclose(file);
        return no_result(error, tf_fail(TF_EDATA, "%s: no result of 'tickfan perf'", path));
    }
    json_error_t where;
    json_t *object = json_loadf(file, 0, &where);
    fclose(file);
    if (!object)
        return no_result(error, tf_fail(TF_EDATA, "%s: not JSON: line %d, column %d: %s", path,
                                        where.line, where.column, where.text));
    return object;
}

/* What everybody who reads a result relies on; the rest is looked at where it is used. */
static bool has_measurements(const json_t *object)
{
    size_t i;
    json_t *one, *list = json_object_get(object, "measurements");
    json_array_foreach(list, i,
                       one) if (!json_is_string(json_object_get(one, "measurement")) ||
                                !(json_is_array(json_object_get(one, "rows")) ||
                                  json_is_object(json_object_get(one, "model")))) return false;
    return json_is_array(list);
}

json_t *tf_result_load(const char *path, int *error)
{
    json_t *object = tf_json_load(path, error);
    if (!object)
        return NULL;
    json_int_t schema = json_integer_value(json_object_get(object, "schema"));
    bool whole = has_measurements(object);
    if (schema == TF_RESULT_SCHEMA && whole)
        return object;
    json_decref(object);
    if (schema == TF_RESULT_SCHEMA)
        return no_result(error, tf_fail(TF_EDATA,
                                        "%s: damaged: each of its \"measurements\" must have a "
                                        "name and rows",
                                        path));
    if (schema)
        return no_result(error,
                         tf_fail(TF_EDATA,
                                 "%s: of schema %lld, and this program reads %d; use the "
                                 "version that wrote it",
                                 path, (long long)schema, TF_RESULT_SCHEMA));
    return no_result(
        error, tf_fail(TF_EDATA, "%s: no result of 'tickfan perf'; --output makes one", path));
}
