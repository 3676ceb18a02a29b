/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control_socket.h - a replay's Unix socket: lines in, lines out (steering.h has the language).
 *
 * A thread of its own serves it, so that no client can hold up what is published.  A client is
 * believed nothing: its line has a bound, answers are dropped together with a client that does not
 * read them, and when all places are taken the one that has been silent longest loses its own.
 * Clients take turns, a line each.  Nothing that a client does or sent delays closing: no request is
 * waited for any more then, and what was not served is hung up on.
 *
 * Connecting needs write permission on the socket, which has the mode and group that the caller
 * says, the stream's: 0640 means its owner alone, 0660 the group too.
 */
#ifndef TF_CONTROL_SOCKET_H
#define TF_CONTROL_SOCKET_H

#include "steering.h"

#include <sys/types.h>

enum { TF_CONTROL_CLIENTS = 32, TF_CONTROL_LINE = 256 };

struct tf_control_socket;

/*
 * Listen at `path`, of any length; a socket that nobody listens at is replaced.  `steering` outlives
 * it and is its alone: it ends with it.  group (gid_t)-1: the process's.  0 or TF_EBUSY, TF_ECREATE, TF_EPERM, TF_EOS.
 */
int tf_control_socket_open(const char *path, mode_t mode, gid_t group,
                           struct tf_steering *steering, struct tf_control_socket **result);
/* No one is served any more and the socket is gone.  NULL is ignored. */
void tf_control_socket_close(struct tf_control_socket *socket);

#endif
