/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that both processes map, with a write offset and a read offset in its first lines; each side polls the
 * other's.  The file lies in /dev/shm, since one on a disk would be written back under the measurement, and has no
 * name, so that nothing is left of it whoever is killed.
 */
#include "error.h"
#include "slots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Bytes since the file was made. */
struct control {
    struct tf_lone_word written, read;
};

struct tf_channel {
    struct tf_slots slots;
    struct control *control;
    struct tf_gate gate;
    int file;
};

static struct tf_channel *create(const struct tf_channel_options *options)
{
    struct tf_channel *channel = tf_channel_alloc(sizeof *channel);
    if (!channel)
        return NULL;
    if (!tf_slots_measure(&channel->slots, sizeof *channel->control, options))
        goto no_file;
    channel->file = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (channel->file < 0) {
        tf_fail_errno(TF_ECREATE, "cannot make a file in /dev/shm");
        goto no_file;
    }
    /* Takes the pages now, where being out of them is an error and no SIGBUS. */
    int error = posix_fallocate(channel->file, 0, (off_t)channel->slots.shared_size);
    if (error != 0) {
        errno = error;
        tf_fail_errno(TF_EOS, "no %zu bytes in /dev/shm", channel->slots.shared_size);
        close(channel->file);
        goto no_file;
    }
    return channel;
no_file:
    free(channel);
    return NULL;
}

static void destroy(struct tf_channel *channel)
{
    close(channel->file);
    free(channel);
}

static int open_either(struct tf_channel *channel)
{
    void *map = mmap(NULL, channel->slots.shared_size, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_POPULATE, channel->file, 0);
    if (map == MAP_FAILED)
        return tf_fail_errno(TF_EOS, "cannot map %zu bytes of a file",
                             channel->slots.shared_size);
    tf_slots_place(&channel->slots, map);
    channel->control = map;
    return 0;
}

static int open_reader(struct tf_channel *channel, uint32_t reader)
{
    (void)reader;
    return open_either(channel);
}

static void close_either(struct tf_channel *channel)
{
    munmap(channel->slots.control, channel->slots.shared_size);
}

static uint64_t room(struct tf_channel *channel)
{
    uint64_t filled = tf_load(&channel->control->written.word) -
                      tf_load_acquire(&channel->control->read.word);
    return tf_slots_capacity(&channel->slots) - filled / channel->slots.message_size;
}

static void send(struct tf_channel *channel, const void *messages, uint32_t count)
{
    const unsigned char *from = messages;
    size_t size = channel->slots.message_size;
    while (count > 0) {
        uint64_t space = room(channel);
        if (space == 0 && (space = tf_gate_wait(&channel->gate, room, channel)) == 0)
            return;
        uint32_t part = space < count ? (uint32_t)space : count;
        uint64_t written = tf_load(&channel->control->written.word);
        tf_slots_put(&channel->slots, written / size, from, part);
        tf_store_release(&channel->control->written.word, written + part * size);
        from += part * size;
        count -= part;
    }
}

static uint32_t receive(struct tf_channel *channel, void *out, uint32_t max, uint64_t *lost)
{
    (void)lost;
    size_t size = channel->slots.message_size;
    uint64_t done = tf_load(&channel->control->read.word);
    uint64_t there = tf_load_acquire(&channel->control->written.word) - done;
    if (there == 0)
        return 0;
    uint32_t count = there / size < max ? (uint32_t)(there / size) : max;
    tf_slots_get(&channel->slots, done / size, out, count);
    tf_store_release(&channel->control->read.word, done + count * size);
    return count;
}

const struct tf_transport tf_transport_mmap_file = {
    .name = "mmap_file",
    .what = "a file mapped by both, write and read offset polled",
    .origin = "textbook",
    .readers_max = 1,
    .create = create,
    .destroy = destroy,
    .open_writer = open_either,
    .open_reader = open_reader,
    .close = close_either,
    .send = send,
    .receive = receive,
};
