/* SPDX-License-Identifier: Apache-2.0 */
#include "control_socket.h"

#include "clock.h"
#include "error.h"
#include "unix_address.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long a client waits for the replay; the others wait with it. */
static const uint64_t patience_ns = 500 * TF_NS_PER_MS;
/* So often at most is the replay asked, however many ask: each time costs it some microseconds. */
static const uint64_t ask_every_ns = TF_NS_PER_MS;

struct client {
    int fd; /* -1: a free place */
    uint64_t heard_ns;
    size_t length;
    char line[TF_CONTROL_LINE];
};

struct tf_control_socket {
    struct tf_steering *steering;
    struct tf_unix_address address;
    int listener, stop_fd;
    uint64_t asked_ns;
    pthread_t thread;
    struct client clients[TF_CONTROL_CLIENTS];
};

/* ---- clients --------------------------------------------------------------------------------- */

static void drop(struct client *client)
{
    close(client->fd);
    client->fd = -1;
}

/* All of it at once, or the client does not read and is done with. */
static bool answer(struct client *client, const char *text)
{
    size_t length = strlen(text);
    return send(client->fd, text, length, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)length;
}

/* Sleep, but not past the end.  False: it is the end. */
static bool nap_until(const struct tf_control_socket *socket, uint64_t until)
{
    struct pollfd stop = {.fd = socket->stop_fd, .events = POLLIN};
    uint64_t now = tf_monotonic_ns(), left = until > now ? until - now : 0;
    struct timespec timeout = {.tv_sec = (time_t)(left / TF_NS_PER_S),
                               .tv_nsec = (long)(left % TF_NS_PER_S)};
    return ppoll(&stop, 1, &timeout, 0) <= 0;
}

static bool serve_line(struct tf_control_socket *socket, struct client *client,
                       const char *line)
{
    struct tf_steer_request request;
    struct tf_steer_status status;
    char text[400], out[512];
    const char *why;
    if (!tf_steer_parse(line, &request, &why)) {
        snprintf(out, sizeof out, "error %s\n", why);
        return answer(client, out);
    }
    if (!nap_until(socket, socket->asked_ns + ask_every_ns))
        return false;
    socket->asked_ns = tf_monotonic_ns();
    if (!tf_steering_ask(socket->steering, &request, &status, patience_ns))
        return nap_until(socket, 0) &&
               answer(client, "error the replay is busy, as with a slow reader, a silent input "
                              "or many steps; ask for its status\n");
    snprintf(out, sizeof out, "ok %s\n", tf_steer_text(&status, text, sizeof text));
    return answer(client, out);
}

static bool has_line(const struct client *client)
{
    return client->fd >= 0 && memchr(client->line, '\n', client->length);
}

/* What is there, if there is room for it.  False: this client is done with. */
static bool hear(struct client *client)
{
    ssize_t got = recv(client->fd, client->line + client->length,
                       sizeof client->line - client->length, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (got <= 0)
        return false;
    client->length += (size_t)got;
    client->heard_ns = tf_monotonic_ns();
    return true;
}

/* One line, so that the others have their turn.  False: this client is done with. */
static bool serve(struct tf_control_socket *socket, struct client *client)
{
    if (!has_line(client) && !hear(client))
        return false;
    char *end = memchr(client->line, '\n', client->length);
    if (!end && client->length == sizeof client->line) {
        answer(client, "error a line is too long\n");
        return false;
    }
    if (!end)
        return true;
    *end = 0;
    if (!serve_line(socket, client, client->line))
        return false;
    client->length -= (size_t)(end + 1 - client->line);
    memmove(client->line, end + 1, client->length);
    return true;
}

static void accept_one(struct tf_control_socket *socket)
{
    int fd = accept4(socket->listener, 0, 0, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        /* Out of descriptors, say: not in a circle. */
        if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
            nap_until(socket, tf_monotonic_ns() + 100 * TF_NS_PER_MS);
        return;
    }
    struct client *place = &socket->clients[0];
    for (unsigned i = 0; i < TF_CONTROL_CLIENTS && place->fd >= 0; i++) {
        struct client *other = &socket->clients[i];
        if (other->fd < 0 || other->heard_ns < place->heard_ns)
            place = other;
    }
    if (place->fd >= 0)
        drop(place);
    place->fd = fd;
    place->length = 0;
    place->heard_ns = tf_monotonic_ns();
}

static void *thread_main(void *context)
{
    enum { LISTENER, STOP, CLIENTS, COUNT = CLIENTS + TF_CONTROL_CLIENTS };
    struct tf_control_socket *socket = context;
    struct pollfd watched[COUNT];
    for (;;) {
        bool lines = false;
        watched[LISTENER] = (struct pollfd){.fd = socket->listener, .events = POLLIN};
        watched[STOP] = (struct pollfd){.fd = socket->stop_fd, .events = POLLIN};
        for (unsigned i = 0; i < TF_CONTROL_CLIENTS; i++) {
            struct client *client = &socket->clients[i];
            watched[CLIENTS + i] = (struct pollfd){.fd = client->fd, .events = POLLIN};
            lines |= has_line(client);
        }
        if (poll(watched, COUNT, lines ? 0 : -1) < 0)
            continue;
        for (unsigned i = 0; i < TF_CONTROL_CLIENTS && nap_until(socket, 0); i++) {
            struct client *client = &socket->clients[i];
            bool due = watched[CLIENTS + i].revents || has_line(client);
            if (due && !serve(socket, client))
                drop(client);
        }
        if (!nap_until(socket, 0))
            return 0;
        if (watched[LISTENER].revents)
            accept_one(socket);
    }
}

/* ---- the socket ------------------------------------------------------------------------------ */

/* What a killed replay left is taken away; what lives, or is no socket, stays. */
static int make_way(const struct tf_unix_address *address, const char *path)
{
    struct stat info;
    if (fstatat(address->directory, address->name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        return 0;
    if (!S_ISSOCK(info.st_mode))
        return tf_fail(TF_ECREATE, "%s is there and is no socket", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool lives = fd >= 0 && (tf_unix_connect(fd, address) == 0 || errno == EAGAIN);
    if (fd >= 0)
        close(fd);
    if (lives)
        return tf_fail(TF_EBUSY, "%s: somebody listens there", path);
    if (unlinkat(address->directory, address->name, 0) != 0)
        return tf_fail_errno(TF_EPERM, "%s: cannot be replaced", path);
    return 0;
}

/* Nobody can connect before listen(), so mode and group are right when somebody can. */
static int start_listening(struct tf_control_socket *ours, const char *path, mode_t mode,
                           gid_t group)
{
    const struct tf_unix_address *address = &ours->address;
    ours->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (ours->listener < 0)
        return tf_fail_errno(TF_EOS, "%s", path);
    if (tf_unix_bind(ours->listener, address) != 0)
        return tf_fail_errno(TF_ECREATE, "%s: cannot make the control socket", path);
    if ((group != (gid_t)-1 &&
         fchownat(address->directory, address->name, (uid_t)-1, group, 0) != 0) ||
        fchmodat(address->directory, address->name, mode & 0666u, 0) != 0 ||
        listen(ours->listener, 16) != 0) {
        int error = tf_fail_errno(TF_EPERM, "%s: cannot set up the control socket", path);
        unlinkat(address->directory, address->name, 0);
        return error;
    }
    return 0;
}

static int start_thread(struct tf_control_socket *socket)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&socket->thread, 0, thread_main, socket);
    pthread_sigmask(SIG_SETMASK, &before, 0);
    if (error)
        return tf_fail(TF_EOS, "cannot start the thread of the control socket: %s",
                       strerror(error));
    pthread_setname_np(socket->thread, "tickfan-control");
    return 0;
}

static void release(struct tf_control_socket *socket)
{
    if (socket->listener >= 0)
        close(socket->listener);
    if (socket->stop_fd >= 0)
        close(socket->stop_fd);
    tf_unix_address_close(&socket->address);
    free(socket);
}

int tf_control_socket_open(const char *path, mode_t mode, gid_t group,
                           struct tf_steering *steering, struct tf_control_socket **result)
{
    *result = 0;
    struct tf_control_socket *socket = calloc(1, sizeof *socket);
    if (!socket)
        return tf_fail(TF_EOS, "out of memory");
    socket->steering = steering;
    socket->listener = -1;
    for (unsigned i = 0; i < TF_CONTROL_CLIENTS; i++)
        socket->clients[i].fd = -1;
    socket->stop_fd = eventfd(0, EFD_CLOEXEC);
    int error = tf_unix_address_open(&socket->address, path);
    if (!error && socket->stop_fd < 0)
        error = tf_fail_errno(TF_EOS, "%s", path);
    if (!error)
        error = make_way(&socket->address, path);
    if (!error)
        error = start_listening(socket, path, mode, group);
    if (!error) {
        error = start_thread(socket);
        if (error)
            unlinkat(socket->address.directory, socket->address.name, 0);
    }
    if (error)
        release(socket);
    else
        *result = socket;
    return error;
}

void tf_control_socket_close(struct tf_control_socket *socket)
{
    uint64_t one = 1;
    if (!socket)
        return;
    /* The descriptor first: who is sent away by the end of the steering looks at it. */
    bool told = write(socket->stop_fd, &one, sizeof one) == (ssize_t)sizeof one;
    tf_steering_end(socket->steering);
    if (told)
        pthread_join(socket->thread, 0);
    for (unsigned i = 0; i < TF_CONTROL_CLIENTS; i++)
        if (socket->clients[i].fd >= 0)
            drop(&socket->clients[i]);
    unlinkat(socket->address.directory, socket->address.name, 0);
    release(socket);
}
