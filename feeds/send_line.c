/* SPDX-License-Identifier: Apache-2.0 */
#include "send_line.h"

#include "error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct tf_sent_packet {
    struct tf_sent_packet *next;
    uint64_t turn; /* twice the index of the packet it leaves after, and one if displaced */
    uint64_t due;
    uint32_t length;
    uint8_t bytes[];
};

/* One packet in so many is displaced. */
enum { DISPLACED_ONE_IN = 10, WAITING_MAX = 1 << 20 };

bool tf_parse_percent(const char *text, uint32_t *probability)
{
    char *end;
    double percent = strtod(text, &end);
    if (end == text || (*end && strcmp(end, "%") != 0) || !(percent >= 0 && percent <= 100))
        return false;
    double scaled = percent / 100 * 4294967296.0;
    *probability = scaled >= 4294967295.0 ? UINT32_MAX : (uint32_t)scaled;
    return true;
}

static int set_up(struct tf_send_line *line)
{
    const struct tf_endpoint *endpoint = &line->options.endpoint;
    int index, error;
    uint32_t address;
    error = tf_interface_find(endpoint->interface, &index, &address);
    if (error)
        return error;
    line->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (line->fd < 0)
        return tf_fail_errno(TF_EOS, "no socket");
    int ttl = (int)line->options.ttl, on = 1;
    struct ip_mreqn from = {.imr_address.s_addr = htonl(address), .imr_ifindex = index};
    struct sockaddr_in to = tf_endpoint_socket(endpoint->address, endpoint->port);
    if (tf_is_multicast(endpoint->address)) {
        setsockopt(line->fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof ttl);
        setsockopt(line->fd, IPPROTO_IP, IP_MULTICAST_LOOP, &on, sizeof on);
        if (index && setsockopt(line->fd, IPPROTO_IP, IP_MULTICAST_IF, &from, sizeof from) != 0)
            return tf_fail_errno(TF_EOS, "nothing can be sent on this interface");
    }
    if (connect(line->fd, (struct sockaddr *)&to, sizeof to) != 0)
        return errno == ENETUNREACH
                   ? tf_fail(TF_ENOINPUT,
                             "no route leads there: say %%INTERFACE or --interface")
                   : tf_fail_errno(TF_EOS, "no way there");
    return 0;
}

int tf_send_line_open(struct tf_send_line *line, const struct tf_send_line_options *options)
{
    *line = (struct tf_send_line){.options = *options, .fd = -1};
    tf_random_seed(&line->random, options->seed);
    if (options->endpoint.port == 0)
        return 0;
    int error = set_up(line);
    if (!error)
        return 0;
    char text[TF_ENDPOINT_TEXT];
    tf_send_line_close(line);
    return tf_fail_in(error, "%s", tf_endpoint_text(&options->endpoint, text));
}

void tf_send_line_close(struct tf_send_line *line)
{
    while (line->first) {
        struct tf_sent_packet *packet = line->first;
        line->first = packet->next;
        free(packet);
    }
    if (line->fd > 0)
        close(line->fd);
    line->fd = -1;
}

static void leave(struct tf_send_line *line, const uint8_t *bytes, uint32_t length)
{
    if (line->taken) {
        line->taken(line->context, bytes, length);
    } else {
        /* A connected socket tells of an ICMP that came, once, before it sends again. */
        ssize_t sent = send(line->fd, bytes, length, 0);
        if (sent < 0 && errno == ECONNREFUSED)
            sent = send(line->fd, bytes, length, 0);
        if (sent < 0) {
            line->failed++;
            return;
        }
    }
    line->packets++;
    line->bytes += length;
}

/* Behind those of the same turn. */
static bool hold(struct tf_send_line *line, const uint8_t *bytes, uint32_t length,
                 uint64_t turn, uint64_t due)
{
    struct tf_sent_packet *packet = malloc(sizeof *packet + length);
    if (!packet)
        return false;
    packet->turn = turn;
    packet->due = due;
    packet->length = length;
    memcpy(packet->bytes, bytes, length);
    struct tf_sent_packet **at = &line->first;
    if (line->last && line->last->turn <= turn)
        at = &line->last->next;
    while (*at && (*at)->turn <= turn)
        at = &(*at)->next;
    packet->next = *at;
    *at = packet;
    if (!packet->next)
        line->last = packet;
    line->waiting++;
    return true;
}

void tf_send_line_move(struct tf_send_line *line, uint64_t now, bool all)
{
    while (line->first) {
        struct tf_sent_packet *packet = line->first;
        bool in_turn = all || packet->turn / 2 < line->index || line->waiting > WAITING_MAX;
        if (!in_turn || packet->due > now)
            return;
        line->first = packet->next;
        if (!line->first)
            line->last = 0;
        line->waiting--;
        leave(line, packet->bytes, packet->length);
        free(packet);
    }
}

static bool chance(struct tf_send_line *line, uint32_t probability)
{
    uint32_t drawn = (uint32_t)(tf_random_next(&line->random) >> 32);
    return drawn < probability;
}

bool tf_send_line_put(struct tf_send_line *line, const uint8_t *bytes, uint32_t length,
                      bool spared, uint64_t now)
{
    const struct tf_send_line_options *options = &line->options;
    uint64_t index = line->index++, due = now + options->lag_ns;
    /* Every number is drawn for every packet, so that one option does not change another's. */
    bool lost = chance(line, options->loss) && !spared;
    bool twice = chance(line, options->duplicate) && !spared;
    uint32_t by = options->displace ? 1 + tf_random_below(&line->random, options->displace) : 0;
    bool moved = chance(line, UINT32_MAX / DISPLACED_ONE_IN) && by && !spared;
    if (lost) {
        line->dropped++;
        tf_send_line_move(line, now, false);
        return false;
    }
    line->duplicated += twice;
    line->displaced += moved;
    uint64_t turn = moved ? 2 * (index + by) + 1 : 2 * index;
    for (int copies = twice ? 2 : 1; copies; copies--) {
        bool at_once = !moved && !options->lag_ns && !line->first;
        if (at_once || !hold(line, bytes, length, turn, due))
            leave(line, bytes, length);
    }
    tf_send_line_move(line, now, false);
    return true;
}

uint64_t tf_send_line_due(const struct tf_send_line *line)
{
    if (!line->first || line->first->turn / 2 >= line->index)
        return UINT64_MAX;
    return line->first->due;
}
