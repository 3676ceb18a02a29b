/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the static program has instead of calls of the C library that load modules at run time: those
 * modules must match the library that was linked in, and crash where they do not.  Linked before the
 * library, so that its own are never pulled in.
 *
 * Groups are those of /etc/group, not those of a directory server; a group can be given by number too.
 * Names of hosts, networks and protocols are looked up for libnuma's nodes "ip:ADDRESS" and in libpcap's
 * filter language only, which is not used, and are not known here.
 */
#include <grp.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

struct group *getgrnam(const char *name)
{
    FILE *file = fopen("/etc/group", "re");
    struct group *entry = 0;
    if (!file)
        return 0;
    do {
        entry = fgetgrent(file);
    } while (entry && strcmp(entry->gr_name, name) != 0);
    fclose(file);
    return entry;
}

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                struct addrinfo **result)
{
    (void)host;
    (void)service;
    (void)hints;
    *result = 0;
    return EAI_NONAME;
}

void freeaddrinfo(struct addrinfo *result)
{
    (void)result;
}

struct hostent *gethostbyname(const char *name)
{
    (void)name;
    return 0;
}

int getnetbyname_r(const char *name, struct netent *entry, char *room, size_t size,
                   struct netent **result, int *error)
{
    (void)name;
    (void)entry;
    (void)room;
    (void)size;
    *result = 0;
    *error = HOST_NOT_FOUND;
    return 0;
}

int getprotobyname_r(const char *name, struct protoent *entry, char *room, size_t size,
                     struct protoent **result)
{
    (void)name;
    (void)entry;
    (void)room;
    (void)size;
    *result = 0;
    return 0;
}
