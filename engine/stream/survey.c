/* SPDX-License-Identifier: Apache-2.0 */
#include "survey.h"

#include "clock.h"
#include "descriptor.h"
#include "error.h"
#include "guard.h"
#include "publisher.h"
#include "rundir.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_stream_directory(const struct dirent *entry)
{
    return tf_name_is_valid(entry->d_name);
}

/*
 * A directory with a descriptor of ours, of whatever version; or with nothing but the lock that a
 * publisher killed at its very beginning left.  Anything else is somebody else's and is not touched.
 */
static bool is_stream(const char *path)
{
    char file[PATH_MAX];
    uint64_t magic = 0;
    struct stat lock;
    if (!tf_directory_is_trusted(path))
        return false;
    snprintf(file, sizeof file, "%s/descriptor", path);
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd >= 0) {
        bool ours = read(fd, &magic, sizeof magic) == (ssize_t)sizeof magic &&
                    magic == TF_DESCRIPTOR_MAGIC;
        close(fd);
        return ours;
    }
    snprintf(file, sizeof file, "%s/lock", path);
    return errno == ENOENT && lstat(file, &lock) == 0 && S_ISREG(lock.st_mode) &&
           lock.st_size == 0;
}

int tf_survey_each(void (*each)(void *context, const char *name, const char *path),
                   void *context)
{
    char dirs[TF_RUNDIR_CANDIDATES][TF_RUNDIR_MAX];
    int count = tf_rundir_candidates(dirs), streams = 0;
    if (count < 0)
        return count;
    for (int i = 0; i < count; i++) {
        struct dirent **entries;
        /* Other than a directory that the user named, one that anybody can make proves nothing. */
        if (count > 1 && !tf_directory_is_trusted(dirs[i]))
            continue;
        int found = scandir(dirs[i], &entries, is_stream_directory, alphasort);
        for (int j = 0; j < found; j++) {
            char path[PATH_MAX];
            snprintf(path, sizeof path, "%s/%s", dirs[i], entries[j]->d_name);
            if (is_stream(path)) {
                each(context, entries[j]->d_name, path);
                streams++;
            }
            free(entries[j]);
        }
        if (found >= 0)
            free(entries);
    }
    return streams;
}

static enum tf_state state_of(const struct tf_data_header *header, const char *path)
{
    switch (tf_load32_acquire(&header->state)) {
    case TF_STORED_ENDED:
        return TF_STATE_ENDED;
    case TF_STORED_REPLACED:
        return TF_STATE_REPLACED;
    default:
        return tf_lock_held(path) == 0 ? TF_STATE_DEAD : TF_STATE_LIVE;
    }
}

static int look_at_ring(struct tf_survey *survey, const struct tf_descriptor *descriptor,
                        uint32_t i)
{
    struct tf_segment segment = {0};
    int error = tf_segment_attach(&descriptor->data[i].name, false,
                                  sizeof(struct tf_data_header), &segment);
    if (error)
        return error;
    const struct tf_data_header *header = segment.base;
    error = tf_data_check(header, segment.length, descriptor, i);
    if (!error) {
        survey->ring[i] = (struct tf_survey_ring){.node = header->node,
                                                  .head = tf_load(&header->head),
                                                  .page_size = segment.page_size};
        survey->bytes += segment.length;
        if (i == 0) {
            uint64_t now = tf_realtime_ns(), beat = tf_load(&header->heartbeat_ns);
            survey->state = state_of(header, survey->path);
            survey->state_known = true;
            survey->epoch = tf_load(&header->epoch);
            survey->heartbeat_age_ns = now > beat ? now - beat : 0;
            survey->publisher_pid = (int64_t)tf_load(&header->publisher_pid);
            survey->instruments = tf_load32(&header->directory_count);
        }
    }
    tf_segment_detach(&segment);
    return error;
}

static int look_at_readers(struct tf_survey *survey, const struct tf_descriptor *descriptor)
{
    struct tf_segment segment = {0};
    int error = tf_segment_attach(&descriptor->roster.name, false,
                                  sizeof(struct tf_roster_header), &segment);
    if (error)
        return error;
    tf_guard(&segment);
    struct tf_roster_header *header = segment.base;
    error = tf_roster_check(header, segment.length, descriptor);
    survey->readers = calloc(descriptor->readers, sizeof *survey->readers);
    if (!error && !survey->readers)
        error = tf_fail(TF_EOS, "out of memory");
    for (uint32_t i = 0; !error && i < descriptor->readers; i++)
        if (tf_roster_look(&tf_roster_slots(header)[i], &survey->readers[survey->reader_count]))
            survey->reader_count++;
    tf_unguard(&segment);
    tf_segment_detach(&segment);
    return error;
}

int tf_survey_look(const char *name, const char *path, struct tf_survey *survey)
{
    memset(survey, 0, sizeof *survey);
    snprintf(survey->name, sizeof survey->name, "%s", name);
    snprintf(survey->path, sizeof survey->path, "%s", path);
    survey->state = TF_STATE_DEAD;
    survey->state_known = tf_lock_held(path) >= 0;
    struct tf_descriptor *descriptor = malloc(sizeof *descriptor);
    if (!descriptor)
        return tf_fail(TF_EOS, "out of memory");
    int error = tf_descriptor_read(path, descriptor);
    if (!error && descriptor->epoch == 0) {
        survey->state = tf_lock_held(path) == 0 ? TF_STATE_DEAD : TF_STATE_STARTING;
        survey->problem = "not made completely";
    }
    if (!error && descriptor->epoch != 0) {
        survey->capacity = descriptor->capacity;
        survey->ring_count = descriptor->ring_count;
        strcpy(survey->backing,
               descriptor->data[0].name.backing == TF_BACKING_SYSV ? "sysv" : "file");
        for (uint32_t i = 0; !error && i < descriptor->ring_count; i++)
            error = look_at_ring(survey, descriptor, i);
        if (!error)
            error = look_at_readers(survey, descriptor);
    }
    if (error)
        survey->problem = tf_strerror(error);
    free(descriptor);
    return error == TF_EOS ? error : 0;
}

void tf_survey_free(struct tf_survey *survey)
{
    free(survey->readers);
    survey->readers = 0;
    survey->reader_count = 0;
}

/* The file segments in a stream's directory that no descriptor leads to. */
static void remove_files(const char *path)
{
    DIR *handle = opendir(path);
    struct dirent *entry;
    while (handle && (entry = readdir(handle)))
        if (strncmp(entry->d_name, "tickfan-", 8) == 0)
            unlinkat(dirfd(handle), entry->d_name, 0);
    if (handle)
        closedir(handle);
}

enum tf_reclaimed tf_reclaim(const char *path, bool dry_run)
{
    if (dry_run)
        return tf_lock_held(path) == 0 ? TF_RECLAIM_DEAD : TF_RECLAIM_LIVE;
    int lock = tf_lock_take(path);
    if (lock < 0)
        return lock == TF_EBUSY ? TF_RECLAIM_LIVE : TF_RECLAIM_FAILED;
    struct tf_descriptor *descriptor = malloc(sizeof *descriptor);
    if (descriptor && tf_descriptor_read(path, descriptor) == 0)
        tf_stream_abandon(descriptor);
    else
        remove_files(
            path); /* another version's, or damaged: what is here is known by its name */
    free(descriptor);
    tf_descriptor_remove(path);
    tf_rundir_remove(path);
    close(lock);
    if (access(path, F_OK) != 0)
        return TF_RECLAIM_DEAD;
    tf_fail(TF_EPERM,
            "%s: something is left in it that is no stream's; look, and remove it by hand",
            path);
    return TF_RECLAIM_FAILED;
}
