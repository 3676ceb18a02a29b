/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dbn_metadata.h - the block in front of DBN's records: read, walked and written.
 *
 * Little endian.  "DBN", the version, a length, then dataset, schema, times, symbol types, three
 * lists of symbols and the mappings of symbols to instruments by days.  Zeros may follow up to
 * the length that it gives: that is how a file grows mappings in place while it is written.
 */
#ifndef TF_DBN_METADATA_H
#define TF_DBN_METADATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* So many symbols, each `symbol_length` bytes, NUL padded. */
struct tf_dbn_list {
    uint32_t count;
    const uint8_t *first;
};

/* All pointers lead into the bytes that were parsed. */
struct tf_dbn_metadata {
    uint8_t version;  /* 1 to 3 */
    uint32_t length;  /* what follows the first 8 bytes */
    char dataset[17]; /* "GLBX.MDP3" */
    uint16_t schema;  /* 0xFFFF: mixed */
    uint64_t start, end, limit;
    uint64_t record_count; /* version 1 alone */
    uint8_t stype_in, stype_out;
    bool ts_out;     /* every record ends with a u64 more */
    bool is_tickfan; /* written by dbn_file.c */
    uint16_t symbol_length;
    struct tf_dbn_list symbols, partial, not_found, mappings;
    uint32_t padding; /* bytes after the last mapping */
};

/* Where parsing stopped, for an error that names the place. */
struct tf_dbn_bad {
    const char *field;
    uint32_t offset;
};

/*
 * bytes[0..length) begin with "DBN" and hold the whole block.  False: a field that cannot be;
 * *metadata then holds the fields in front of it, and no lists.  Everything that the walks below
 * read has been checked.  Any content; costs one pass.
 */
bool tf_dbn_metadata_parse(const uint8_t *bytes, size_t length,
                           struct tf_dbn_metadata *metadata, struct tf_dbn_bad *bad);

/* One interval of one mapping; the symbols are `symbol_length` bytes, NUL padded. */
struct tf_dbn_mapping {
    const char *symbol;  /* of stype_in */
    const char *mapped;  /* of stype_out */
    uint32_t start, end; /* days as YYYYMMDD; the end is not in it */
    uint32_t intervals;  /* of this symbol, this one and those after it */
    bool is_first;       /* of its symbol */
};

/* Walks all intervals of all mappings, in order; zero but for the metadata. */
struct tf_dbn_mapping_walk {
    const struct tf_dbn_metadata *metadata;
    size_t at;
    uint32_t mapping, interval;
    struct tf_dbn_mapping found;
};
/* Sets `found`; a symbol without intervals is given once, with `mapped` NULL.  False: no more. */
bool tf_dbn_mapping_next(struct tf_dbn_mapping_walk *walk);

/* ---- writing --------------------------------------------------------------------------------- */

struct tf_dbn_symbol {
    uint32_t instrument_id;
    uint32_t first_day, end_day; /* YYYYMMDD; the end is not in it */
    char name[72];
};

struct tf_dbn_header {
    uint8_t version; /* 1 to 3 */
    const char *dataset;
    uint16_t schema;
    uint64_t start, end; /* UINT64_MAX: open */
    const struct tf_dbn_symbol *symbols;
    uint32_t count;
};

/* How long the block with so many mappings is, all 8 + length bytes. */
size_t tf_dbn_header_size(uint8_t version, uint32_t count);
/*
 * Write it to out[0..size), size at least tf_dbn_header_size(), the rest zeros.  raw_symbol to
 * instrument_id; the list of symbols asked for stays empty, since a recording asks for all.  A
 * later call with more symbols changes nothing that the mappings before rest on but their count.
 */
void tf_dbn_header_write(const struct tf_dbn_header *header, uint8_t *out, size_t size);

/* YYYYMMDD, UTC, of a time; 19700101 of one that is undefined. */
uint32_t tf_dbn_day(uint64_t ns);
/* "mbo", "mbp-1" ...; NULL: no schema of this number. */
const char *tf_dbn_schema_name(uint16_t schema);

#endif
