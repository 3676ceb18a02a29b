/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unix_address.h - Unix sockets at paths of any length.
 *
 * An address holds 107 bytes; a runtime directory may be deeper.  So a socket is named by its
 * directory's descriptor, through /proc, wherever its path is too long by itself.
 */
#ifndef TF_UNIX_ADDRESS_H
#define TF_UNIX_ADDRESS_H

#include <limits.h>

struct tf_unix_address {
    int directory; /* its descriptor, to be closed */
    char name[NAME_MAX + 1];
    char path[PATH_MAX];
};

/* 0; TF_EUSAGE, TF_ECREATE, TF_EPERM.  On an error too it may be closed. */
int tf_unix_address_open(struct tf_unix_address *address, const char *path);
void tf_unix_address_close(struct tf_unix_address *address);

/* As bind(2) and connect(2): 0, or -1 and errno. */
int tf_unix_bind(int fd, const struct tf_unix_address *address);
int tf_unix_connect(int fd, const struct tf_unix_address *address);

#endif
