/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dbn_fields.h - every field of every record of DBN 1 to 3 by name, for sums and for records
 * that are written with "undefined" in most places.  Not for hot paths.
 */
#ifndef TF_DBN_FIELDS_H
#define TF_DBN_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

/* A record of one length.  `name` is the schema's, as DBN's tools say it. */
struct tf_dbn_shape {
    uint8_t rtype;
    uint8_t version; /* the first that has it */
    uint16_t length; /* bytes, without ts_out */
    const char *name;
    const char *fields; /* in their order, behind the header */
};

/* How a field is read, and what in it means undefined. */
enum tf_dbn_kind {
    TF_DBN_U8 = 'B',
    TF_DBN_I8 = 'b',
    TF_DBN_U16 = 'H',
    TF_DBN_I16 = 'h',
    TF_DBN_U32 = 'I',
    TF_DBN_I32 = 'i',
    TF_DBN_U64 = 'Q',
    TF_DBN_I64 = 'q',
    TF_DBN_PRICE = 'P', /* i64, INT64_MAX undefined */
    TF_DBN_TIME = 'T',  /* u64, UINT64_MAX undefined */
    TF_DBN_TEXT = 'c'   /* characters, NUL padded */
};

struct tf_dbn_field {
    char name[32];
    uint16_t offset, size;
    char kind; /* enum tf_dbn_kind */
};

extern const struct tf_dbn_shape tf_dbn_shapes[];
extern const unsigned tf_dbn_shape_count;

/* NULL: no such record.  `length` without ts_out. */
const struct tf_dbn_shape *tf_dbn_shape_of(uint8_t rtype, uint32_t length);
/* The rtype's name whatever its length; NULL: no such rtype. */
const char *tf_dbn_rtype_name(uint8_t rtype);

/* Zero but for the shape; then every call sets *field, header first.  False: no more. */
struct tf_dbn_field_walk {
    const struct tf_dbn_shape *shape;
    const char *at;
    uint16_t offset;
    uint8_t part, level;
    char names[80]; /* of a level */
};
bool tf_dbn_field_next(struct tf_dbn_field_walk *walk, struct tf_dbn_field *field);
/* One field by name; false: the shape has none. */
bool tf_dbn_field_of(const struct tf_dbn_shape *shape, const char *name,
                     struct tf_dbn_field *field);

/* A number as it is on the wire, signs and all; 0 of a text. */
__int128 tf_dbn_field_value(const struct tf_dbn_field *field, const uint8_t *record);
/* It is a price or a time that says nothing. */
bool tf_dbn_field_is_undefined(const struct tf_dbn_field *field, __int128 value);

#endif
