/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cme_layout.h - what the templates of CME MDP 3.0 look like on the wire: one table for each
 * template, of all its versions together, and the walk over a message by what the wire says.
 *
 * Versions only ever append fields to a block and groups to a message, so one table with the
 * version that each began in serves them all (schemas 5 to 13): a field is in a message when the
 * message's version has it and the wire's blockLength reaches it.  Newer versions than 13 are
 * read as 13; what they append is stepped over.  Only integers, enumerations and sets are
 * listed; text is not.
 *
 * Source: the SBE schemas of CME Group, templates_FixBinary.xml, versions 5 to 13.
 */
#ifndef TF_CME_LAYOUT_H
#define TF_CME_LAYOUT_H

#include "bytes.h"

#include <stdbool.h>

enum {
    CME_MSG_SIZE = 0, /* u16, of the whole message, these two bytes too */
    CME_BLOCK_LENGTH = 2,
    CME_TEMPLATE_ID = 4,
    CME_SCHEMA_ID = 6,
    CME_VERSION = 8,
    CME_HEADER_LENGTH = 10,
    CME_SCHEMA = 1,
    CME_SCHEMA_TCP = 2, /* session messages of the TCP services */
    CME_GROUPS_MAX = 7, /* of one template */
    CME_NONE = 0xFF
};

/* Width and sign; N: the type's greatest value is null (of a signed one, its greatest too). */
enum tf_cme_kind {
    CME_U8,
    CME_U16,
    CME_U32,
    CME_U64,
    CME_I8,
    CME_I16,
    CME_I32,
    CME_I64,
    CME_KINDS,
    CME_NULLABLE = 8,
    CME_U8N = CME_U8 | CME_NULLABLE,
    CME_U16N = CME_U16 | CME_NULLABLE,
    CME_U32N = CME_U32 | CME_NULLABLE,
    CME_U64N = CME_U64 | CME_NULLABLE,
    CME_I8N = CME_I8 | CME_NULLABLE,
    CME_I32N = CME_I32 | CME_NULLABLE,
    CME_I64N = CME_I64 | CME_NULLABLE
};

struct tf_cme_field {
    uint16_t at; /* in its block */
    uint8_t kind;
    uint8_t since; /* the version; 0: it was there from the template's first on */
    const char *name;
};

struct tf_cme_group {
    const char *name;
    const struct tf_cme_field *fields;
    uint16_t field_count;
    uint16_t block_min;                      /* bytes of an entry of the first version */
    uint8_t header;                          /* bytes: 3, 4, or 8 with the count in the last */
    uint8_t since;                           /* as of fields */
    uint8_t security, rpt_seq, action, type; /* where in an entry; 0: it has none */
    char const_action, const_type;           /* constants that are not on the wire; 0: none */
};

struct tf_cme_layout {
    const char *name; /* NULL: no such template */
    const struct tf_cme_field *fields;
    const struct tf_cme_group *groups;
    uint16_t field_count, group_count;
    uint16_t block_min;
    uint8_t transact, indicator; /* where in the root block; CME_NONE */
    uint8_t security;            /* 0: the root block has none */
};

/* By template id.  Templates from 256 on are not known. */
extern const struct tf_cme_layout tf_cme_market_layouts[256];
extern const struct tf_cme_layout tf_cme_definition_layouts[256];

static inline const struct tf_cme_layout *tf_cme_layout(uint16_t template_id)
{
    if (template_id > 255)
        return 0;
    if (tf_cme_market_layouts[template_id].name)
        return &tf_cme_market_layouts[template_id];
    const struct tf_cme_layout *layout = &tf_cme_definition_layouts[template_id];
    return layout->name ? layout : 0;
}

/* One group as a message has it. */
struct tf_cme_run {
    const uint8_t *entries;
    uint32_t block_length, count;
};

/* A message, walked: everything in it was checked to lie inside it. */
struct tf_cme_message {
    const struct tf_cme_layout *layout;
    const uint8_t *block; /* at least layout->block_min long */
    uint16_t block_length, template_id, version;
    uint16_t groups; /* how many of the layout's are there, in its order */
    struct tf_cme_run group[CME_GROUPS_MAX];
};

enum tf_cme_fault {
    TF_CME_WHOLE,
    TF_CME_UNKNOWN,   /* schema or template */
    TF_CME_SESSION,   /* a session message of the TCP services: known, and nothing in it */
    TF_CME_BAD_LENGTH /* lengths that contradict each other */
};

/*
 * bytes[0..length) from MsgSize on.  Any content.  On TF_CME_BAD_LENGTH *field and *offset say
 * where.  Entries of a group that is there have at least its block_min bytes.
 */
enum tf_cme_fault tf_cme_walk(const uint8_t *bytes, uint32_t length,
                              struct tf_cme_message *message, const char **field,
                              uint32_t *offset);

/* The group's run, or one of nothing where the message does not have it. */
static inline struct tf_cme_run tf_cme_run(const struct tf_cme_message *message, unsigned group)
{
    return group < message->groups ? message->group[group]
                                   : (struct tf_cme_run){.entries = message->block};
}

/* Is a field of `width` bytes at `at`, begun in version `since`, in the root block? */
static inline bool tf_cme_has(const struct tf_cme_message *message, uint32_t block_length,
                              uint32_t at, uint32_t width, uint32_t since)
{
    return message->version >= since && at + width <= block_length;
}

#endif
