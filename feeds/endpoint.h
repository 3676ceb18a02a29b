/* SPDX-License-Identifier: Apache-2.0 */
/*
 * endpoint.h - where packets come from or go to, as people write it: 233.54.12.111:26477,
 * 206.200.1.9@233.54.12.111:26477 (that source's packets alone), and behind either of them
 * %eth1 or %10.1.2.3 for the interface.
 *
 * Addresses are IPv4 in digits: a feed handler must start where names are not served.
 */
#ifndef TF_ENDPOINT_H
#define TF_ENDPOINT_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Host byte order. */
struct tf_endpoint {
    uint32_t source;  /* 0: any */
    uint32_t address; /* of a multicast group, or of this host; 0: all of this host's */
    uint16_t port;
    char interface[IF_NAMESIZE]; /* name or address; "": the caller's default */
};

enum { TF_ENDPOINT_TEXT = 64 };

/* False: tf_errmsg() says what is wrong, without the option.  A port of 0 is wrong too. */
bool tf_endpoint_parse(const char *text, struct tf_endpoint *endpoint);
/* As it would be written; out has room for TF_ENDPOINT_TEXT. */
char *tf_endpoint_text(const struct tf_endpoint *endpoint, char out[TF_ENDPOINT_TEXT]);

static inline bool tf_is_multicast(uint32_t address)
{
    return address >> 28 == 14;
}

static inline struct sockaddr_in tf_endpoint_socket(uint32_t address, uint16_t port)
{
    struct sockaddr_in socket = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};
    return socket;
}

/*
 * The interface by name or by one of its addresses: 0 with index and address (0: it has none);
 * "" is the kernel's choice: 0 and 0.  TF_ENOINPUT: there is none.
 */
int tf_interface_find(const char *text, int *index, uint32_t *address);

#endif
