/* SPDX-License-Identifier: Apache-2.0 */
#include "unix_address.h"

#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int tf_unix_address_open(struct tf_unix_address *address, const char *path)
{
    char directory[PATH_MAX] = ".";
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    address->directory = -1;
    if (strlen(path) >= sizeof address->path || strlen(name) > NAME_MAX || !name[0])
        return tf_fail(TF_EUSAGE, "%s: no path for a socket", path);
    snprintf(address->name, sizeof address->name, "%s", name);
    snprintf(address->path, sizeof address->path, "%s", path);
    if (slash)
        snprintf(directory, sizeof directory, "%.*s", slash == path ? 1 : (int)(slash - path),
                 path);
    address->directory = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (address->directory < 0)
        return tf_fail_errno(errno == EACCES ? TF_EPERM : TF_ECREATE, "%s", directory);
    return 0;
}

void tf_unix_address_close(struct tf_unix_address *address)
{
    if (address->directory >= 0)
        close(address->directory);
    address->directory = -1;
}

static int fill(const struct tf_unix_address *address, struct sockaddr_un *out)
{
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    int length = (int)strlen(address->path);
    if ((size_t)length < sizeof out->sun_path)
        memcpy(out->sun_path, address->path, (size_t)length + 1);
    else
        length = snprintf(out->sun_path, sizeof out->sun_path, "/proc/self/fd/%d/%s",
                          address->directory, address->name);
    if ((size_t)length < sizeof out->sun_path)
        return 0;
    errno = ENAMETOOLONG;
    return -1;
}

int tf_unix_bind(int fd, const struct tf_unix_address *address)
{
    struct sockaddr_un un;
    return fill(address, &un) ? -1 : bind(fd, (const struct sockaddr *)&un, sizeof un);
}

int tf_unix_connect(int fd, const struct tf_unix_address *address)
{
    struct sockaddr_un un;
    return fill(address, &un) ? -1 : connect(fd, (const struct sockaddr *)&un, sizeof un);
}
