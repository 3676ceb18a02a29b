/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint.h"

#include "error.h"
#include "text.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <string.h>

/* text[0..length) as an address in digits. */
static bool parse_address(const char *text, size_t length, uint32_t *address)
{
    char digits[INET_ADDRSTRLEN];
    struct in_addr parsed;
    if (length >= sizeof digits)
        return false;
    memcpy(digits, text, length);
    digits[length] = 0;
    if (inet_pton(AF_INET, digits, &parsed) != 1)
        return false;
    *address = ntohl(parsed.s_addr);
    return true;
}

static bool parse_port(const char *text, size_t length, uint16_t *port)
{
    char digits[8];
    uint64_t value;
    if (length >= sizeof digits)
        return false;
    memcpy(digits, text, length);
    digits[length] = 0;
    if (!tf_parse_u64(digits, 65535, &value) || value == 0)
        return false;
    *port = (uint16_t)value;
    return true;
}

bool tf_endpoint_parse(const char *text, struct tf_endpoint *endpoint)
{
    memset(endpoint, 0, sizeof *endpoint);
    const char *at = strchr(text, '@'), *host = at ? at + 1 : text;
    const char *percent = strchr(host, '%');
    const char *end = percent ? percent : host + strlen(host);
    const char *colon = memchr(host, ':', (size_t)(end - host));
    if (!colon || !parse_address(host, (size_t)(colon - host), &endpoint->address) ||
        !parse_port(colon + 1, (size_t)(end - colon - 1), &endpoint->port)) {
        tf_fail(TF_EUSAGE,
                "'%s' is not [SOURCE@]ADDRESS:PORT[%%INTERFACE] with an IPv4 address", text);
        return false;
    }
    if (at && (!parse_address(text, (size_t)(at - text), &endpoint->source) ||
               endpoint->source == 0 || tf_is_multicast(endpoint->source))) {
        tf_fail(TF_EUSAGE, "'%s': the source before @ is not one host's IPv4 address", text);
        return false;
    }
    if (at && !tf_is_multicast(endpoint->address)) {
        tf_fail(TF_EUSAGE, "'%s': only a multicast group can be joined of one source", text);
        return false;
    }
    if (percent && (!percent[1] || strlen(percent + 1) >= sizeof endpoint->interface)) {
        tf_fail(TF_EUSAGE, "'%s': behind %% an interface is wanted, such as eth1", text);
        return false;
    }
    if (percent)
        strcpy(endpoint->interface, percent + 1);
    return true;
}

static const char *address_text(uint32_t address, char out[INET_ADDRSTRLEN])
{
    struct in_addr in = {.s_addr = htonl(address)};
    return inet_ntop(AF_INET, &in, out, INET_ADDRSTRLEN);
}

char *tf_endpoint_text(const struct tf_endpoint *endpoint, char out[TF_ENDPOINT_TEXT])
{
    char source[INET_ADDRSTRLEN] = "", address[INET_ADDRSTRLEN];
    if (endpoint->source)
        address_text(endpoint->source, source);
    snprintf(out, TF_ENDPOINT_TEXT, "%s%s%s:%u%s%s", source, endpoint->source ? "@" : "",
             address_text(endpoint->address, address), endpoint->port,
             endpoint->interface[0] ? "%" : "", endpoint->interface);
    return out;
}

int tf_interface_find(const char *text, int *index, uint32_t *address)
{
    *index = 0;
    *address = 0;
    if (!text || !*text)
        return 0;
    struct ifaddrs *all;
    if (getifaddrs(&all) != 0)
        return tf_fail_errno(TF_EOS, "the interfaces cannot be listed");
    uint32_t wanted = 0;
    bool by_address = parse_address(text, strlen(text), &wanted), found = false;
    for (struct ifaddrs *one = all; one; one = one->ifa_next) {
        struct sockaddr_in in = {0};
        bool has_address = one->ifa_addr && one->ifa_addr->sa_family == AF_INET;
        if (has_address)
            memcpy(&in, one->ifa_addr, sizeof in);
        uint32_t own = ntohl(in.sin_addr.s_addr);
        if (by_address ? !has_address || own != wanted : strcmp(one->ifa_name, text) != 0)
            continue;
        found = true;
        *index = (int)if_nametoindex(one->ifa_name);
        if (has_address && !*address)
            *address = own;
    }
    freeifaddrs(all);
    return found && *index ? 0 : tf_fail(TF_ENOINPUT, "there is no interface %s here", text);
}
