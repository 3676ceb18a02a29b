/* SPDX-License-Identifier: Apache-2.0 */
#include "own_world.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* Queues need no mount to be used, only to be seen; this one is in the way of nobody. */
static const char queues[] = "/tmp/mqueue";
static const char *const places[] = {"/tmp", "/dev/shm", queues};

static bool put(const char *path, const char *text)
{
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    bool written = write(file, text, strlen(text)) == (ssize_t)strlen(text);
    close(file);
    return written;
}

/* Root in a namespace of its own, which is the same user outside. */
static bool become_root(void)
{
    char map[64];
    unsigned user = getuid(), group = getgid();
    if (unshare(CLONE_NEWUSER) != 0 || !put("/proc/self/setgroups", "deny"))
        return false;
    snprintf(map, sizeof map, "0 %u 1", user);
    bool mapped = put("/proc/self/uid_map", map);
    snprintf(map, sizeof map, "0 %u 1", group);
    return mapped && put("/proc/self/gid_map", map);
}

bool tf_own_world_enter(void)
{
    if (getuid() != 0 && !become_root())
        return false;
    if (unshare(CLONE_NEWNS | CLONE_NEWIPC) != 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return false;
    return mount("tmpfs", "/tmp", "tmpfs", 0, NULL) == 0 &&
           mount("tmpfs", "/dev/shm", "tmpfs", 0, NULL) == 0 && mkdir(queues, 0700) == 0 &&
           mount("mqueue", queues, "mqueue", 0, NULL) == 0;
}

static size_t append(char *text, size_t size, size_t used, const char *place, const char *name)
{
    int wrote = snprintf(text + used, size - used, "%s%s/%s", used ? " " : "", place, name);
    used += (size_t)wrote;
    return used < size ? used : size - 1;
}

void tf_own_world_leftovers(char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        DIR *place = opendir(places[i]);
        if (!place)
            continue;
        for (struct dirent *entry; (entry = readdir(place)) != NULL;)
            if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
                strcmp(entry->d_name, strrchr(queues, '/') + 1) != 0)
                used = append(text, size, used, places[i], entry->d_name);
        closedir(place);
    }
    FILE *segments = fopen("/proc/sysvipc/shm", "re");
    char line[512];
    int lines = 0;
    while (segments && fgets(line, sizeof line, segments))
        lines++;
    if (segments)
        fclose(segments);
    if (lines > 1) {
        snprintf(line, sizeof line, "%d SysV segments", lines - 1);
        append(text, size, used, "", line);
    }
}
