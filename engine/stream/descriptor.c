/* SPDX-License-Identifier: Apache-2.0 */
#include "descriptor.h"

#include "clock.h"
#include "error.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t checksum(const struct tf_descriptor *descriptor)
{
    const unsigned char *at = (const unsigned char *)descriptor;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = offsetof(struct tf_descriptor, stream_id); i < sizeof *descriptor; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* A file that bears this stream's name: whoever made the descriptor up, no other is ever removed. */
static bool is_own_path(const struct tf_descriptor *descriptor,
                        const struct tf_segment_name *name, const char *what)
{
    char own[TF_SEGMENT_PATH_MAX];
    if (!memchr(name->path, 0, TF_SEGMENT_PATH_MAX))
        return false;
    if (name->backing != TF_BACKING_FILE)
        return true;
    int length = snprintf(own, sizeof own, "tickfan-%s-%016" PRIx64 "-%s", descriptor->name,
                          descriptor->stream_id.low, what);
    size_t have = strlen(name->path);
    const char *slash = strrchr(name->path, '/');
    return slash && strncmp(slash + 1, "tickfan-", 8) == 0 && have >= (size_t)length &&
           strcmp(name->path + have - length, own) == 0;
}

/* Every string ends, every count is in range: what the checksum cannot promise. */
static bool contents_are_sane(const struct tf_descriptor *descriptor)
{
    if (descriptor->ring_count < 1 || descriptor->ring_count > TF_MAX_RINGS ||
        descriptor->capacity < TF_CAPACITY_MIN || descriptor->capacity > TF_CAPACITY_MAX ||
        (descriptor->capacity & (descriptor->capacity - 1)) != 0 || descriptor->readers < 1 ||
        descriptor->readers > TF_READERS_MAX || descriptor->instruments < 1 ||
        descriptor->instruments > TF_INSTRUMENTS_MAX ||
        !memchr(descriptor->name, 0, sizeof descriptor->name) ||
        !tf_name_is_valid(descriptor->name))
        return false;
    if (!is_own_path(descriptor, &descriptor->roster.name, "roster"))
        return false;
    for (uint32_t i = 0; i < descriptor->ring_count; i++) {
        char what[16];
        snprintf(what, sizeof what, "ring%" PRIu32, i);
        if (!is_own_path(descriptor, &descriptor->data[i].name, what))
            return false;
    }
    return true;
}

static int check(const char *path, const struct tf_descriptor *descriptor, ssize_t length)
{
    if (length < (ssize_t)offsetof(struct tf_descriptor, checksum) ||
        descriptor->magic != TF_DESCRIPTOR_MAGIC)
        return tf_fail(TF_ELAYOUT, "%s/descriptor is not a Tickfan descriptor", path);
    if (descriptor->version != TF_LAYOUT_VERSION)
        return tf_fail(TF_ELAYOUT,
                       "%s: layout version %" PRIu32
                       ", this build reads %u; use matching builds of "
                       "publisher and reader",
                       path, descriptor->version, TF_LAYOUT_VERSION);
    if (descriptor->signature != tf_layout_signature() ||
        descriptor->size != sizeof *descriptor)
        return tf_fail(TF_ELAYOUT,
                       "%s: layout signature %016" PRIx64 ", this build has %016" PRIx64
                       "; use matching builds of publisher and reader",
                       path, descriptor->signature, tf_layout_signature());
    if (length != (ssize_t)sizeof *descriptor || descriptor->checksum != checksum(descriptor) ||
        !contents_are_sane(descriptor))
        return tf_fail(TF_ELAYOUT,
                       "%s/descriptor is damaged; 'tickfan gc' removes it once its "
                       "publisher has stopped",
                       path);
    return 0;
}

int tf_descriptor_read(const char *path, struct tf_descriptor *descriptor)
{
    char file[PATH_MAX];
    snprintf(file, sizeof file, "%s/descriptor", path);
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return tf_fail_errno(errno == ENOENT   ? TF_ENOSTREAM
                             : errno == EACCES ? TF_EPERM
                                               : TF_ELAYOUT,
                             "%s", file);
    memset(descriptor, 0, sizeof *descriptor);
    ssize_t length = read(fd, descriptor, sizeof *descriptor);
    close(fd);
    if (length < 0)
        return tf_fail_errno(TF_EIO, "%s", file);
    return check(path, descriptor, length);
}

int tf_descriptor_write(const char *path, struct tf_descriptor *descriptor)
{
    char file[PATH_MAX], fresh[PATH_MAX];
    descriptor->magic = TF_DESCRIPTOR_MAGIC;
    descriptor->version = TF_LAYOUT_VERSION;
    descriptor->size = sizeof *descriptor;
    descriptor->signature = tf_layout_signature();
    descriptor->checksum = checksum(descriptor);
    snprintf(file, sizeof file, "%s/descriptor", path);
    snprintf(fresh, sizeof fresh, "%s/descriptor.new", path);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return tf_fail_errno(TF_ECREATE, "%s", fresh);
    /* Anybody may know where the segments are; who may map them, their own mode says. */
    errno = ENOSPC; /* a short write */
    if (fchmod(fd, 0644) != 0 ||
        write(fd, descriptor, sizeof *descriptor) != (ssize_t)sizeof *descriptor) {
        int error = tf_fail_errno(errno == ENOSPC || errno == EDQUOT ? TF_EOS : TF_EIO,
                                  "%s: need %zu bytes", fresh, sizeof *descriptor);
        close(fd);
        unlink(fresh);
        return error;
    }
    close(fd);
    if (rename(fresh, file) != 0)
        return tf_fail_errno(TF_ECREATE, "%s", file);
    return 0;
}

void tf_descriptor_remove(const char *path)
{
    char file[PATH_MAX];
    snprintf(file, sizeof file, "%s/descriptor.new", path);
    unlink(file);
    snprintf(file, sizeof file, "%s/descriptor", path);
    unlink(file);
}

void tf_descriptor_destroy_segments(const struct tf_descriptor *descriptor)
{
    tf_segment_destroy(&descriptor->roster.name);
    for (uint32_t i = 0; i < descriptor->ring_count; i++)
        tf_segment_destroy(&descriptor->data[i].name);
}

struct tf_stream_id tf_stream_id_make(void)
{
    struct tf_stream_id id;
    if (getrandom(&id, sizeof id, 0) != (ssize_t)sizeof id)
        id = (struct tf_stream_id){tf_realtime_ns(), tf_ticks() ^ ((uint64_t)getpid() << 40)};
    return id;
}
