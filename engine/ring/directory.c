/* SPDX-License-Identifier: Apache-2.0 */
#include "directory.h"

#include "error.h"

#include <string.h>

enum { NOT_FOUND = 0 };

static uint32_t hash_id(uint32_t id)
{
    return (uint32_t)((id * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

static uint32_t hash_symbol(const char *symbol)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < sizeof((struct tf_instrument){0}).symbol && symbol[i]; i++)
        hash = (hash ^ (unsigned char)symbol[i]) * UINT64_C(0x100000001b3);
    return (uint32_t)(hash ^ (hash >> 32));
}

uint64_t tf_directory_size(uint32_t capacity, uint32_t *buckets)
{
    *buckets = 64;
    while (*buckets < 2 * capacity)
        *buckets *= 2;
    uint64_t size = (uint64_t)capacity * sizeof(struct tf_directory_entry) +
                    2 * (uint64_t)*buckets * sizeof(tf_word32);
    return (size + 4095) & ~UINT64_C(4095);
}

void tf_directory_open(struct tf_directory *directory, struct tf_data_header *header)
{
    unsigned char *base = (unsigned char *)header + header->directory_offset;
    *directory = (struct tf_directory){
        .header = header,
        .entries = (struct tf_directory_entry *)(void *)base,
        .capacity = header->directory_capacity,
        .bucket_mask = header->directory_buckets - 1,
    };
    directory->by_id =
        (tf_word32 *)(void *)(base + directory->capacity * sizeof(struct tf_directory_entry));
    directory->by_symbol = directory->by_id + header->directory_buckets;
}

/* Counted entries; a count beyond the capacity cannot be, whoever wrote it. */
static uint32_t entry_count(const struct tf_directory *directory)
{
    uint32_t count = tf_load32_acquire(&directory->header->directory_count);
    return count <= directory->capacity ? count : directory->capacity;
}

/* The entry a bucket value leads to; NULL for a value out of range. */
static const struct tf_directory_entry *entry_of(const struct tf_directory *directory,
                                                 uint32_t value)
{
    return value <= directory->capacity ? &directory->entries[value - 1] : 0;
}

/* Walk from the hash to the bucket that holds the key, or to the free one that ends the run. */
static tf_word32 *find_id(const struct tf_directory *directory, uint32_t id, uint32_t *value)
{
    for (uint32_t i = 0, at = hash_id(id); i <= directory->bucket_mask; i++, at++) {
        tf_word32 *bucket = &directory->by_id[at & directory->bucket_mask];
        *value = tf_load32_acquire(bucket);
        const struct tf_directory_entry *entry = *value ? entry_of(directory, *value) : 0;
        if (*value == NOT_FOUND || (entry && entry->instrument.instrument_id == id))
            return bucket;
    }
    *value = NOT_FOUND;
    return 0;
}

static tf_word32 *find_symbol(const struct tf_directory *directory, const char *symbol,
                              uint32_t *value)
{
    for (uint32_t i = 0, at = hash_symbol(symbol); i <= directory->bucket_mask; i++, at++) {
        tf_word32 *bucket = &directory->by_symbol[at & directory->bucket_mask];
        *value = tf_load32_acquire(bucket);
        const struct tf_directory_entry *entry = *value ? entry_of(directory, *value) : 0;
        if (*value == NOT_FOUND || (entry && strncmp(entry->instrument.symbol, symbol,
                                                     sizeof entry->instrument.symbol) == 0))
            return bucket;
    }
    *value = NOT_FOUND;
    return 0;
}

static void link_entry(struct tf_directory *directory, uint32_t index)
{
    const struct tf_instrument *instrument = &directory->entries[index].instrument;
    uint32_t value;
    tf_word32 *bucket = find_id(directory, instrument->instrument_id, &value);
    if (bucket)
        tf_store32_release(bucket, index + 1);
    bucket = find_symbol(directory, instrument->symbol, &value);
    if (bucket)
        tf_store32_release(bucket, index + 1);
}

int tf_directory_define(struct tf_directory *directory, const struct tf_instrument *instrument)
{
    if (instrument->instrument_id == 0)
        return tf_fail(TF_EUSAGE, "instrument_id 0 means no instrument");
    /* What stands behind the end of a caller's strings must not make a new instrument of it. */
    struct tf_instrument clean = {.instrument_id = instrument->instrument_id,
                                  .lot_size = instrument->lot_size,
                                  .price_increment = instrument->price_increment};
    memcpy(clean.symbol, instrument->symbol,
           strnlen(instrument->symbol, sizeof clean.symbol - 1));
    memcpy(clean.venue_class, instrument->venue_class,
           strnlen(instrument->venue_class, sizeof clean.venue_class - 1));

    uint32_t value;
    find_id(directory, clean.instrument_id, &value);
    if (value && memcmp(&directory->entries[value - 1].instrument, &clean, sizeof clean) == 0)
        return 0;
    uint32_t index = entry_count(directory);
    if (index == directory->capacity)
        return tf_fail(
            TF_EOS,
            "the directory of %u instruments is full at %s; start with --instruments %u",
            directory->capacity, clean.symbol, 2 * directory->capacity);
    directory->entries[index].instrument = clean;
    tf_store32_release(&directory->header->directory_count, index + 1);
    link_entry(directory, index);
    return 0;
}

void tf_directory_relink(struct tf_directory *directory)
{
    uint32_t count = entry_count(directory);
    if (count)
        link_entry(directory, count - 1);
}

static int give(const struct tf_directory *directory, uint32_t value, struct tf_instrument *out)
{
    const struct tf_directory_entry *entry = value ? entry_of(directory, value) : 0;
    if (!entry)
        return 0;
    *out = entry->instrument;
    out->symbol[sizeof out->symbol - 1] = 0;
    out->venue_class[sizeof out->venue_class - 1] = 0;
    return 1;
}

int tf_directory_by_id(const struct tf_directory *directory, uint32_t id,
                       struct tf_instrument *out)
{
    uint32_t value = NOT_FOUND;
    if (id != 0)
        find_id(directory, id, &value);
    return give(directory, value, out);
}

int tf_directory_by_symbol(const struct tf_directory *directory, const char *symbol,
                           struct tf_instrument *out)
{
    struct tf_instrument found;
    uint32_t value, current;
    find_symbol(directory, symbol, &value);
    if (!give(directory, value, &found))
        return 0;
    /* The id may lead to a newer entry by now, which may or may not keep the symbol. */
    find_id(directory, found.instrument_id, &current);
    if (current != value && (!give(directory, current, &found) ||
                             strncmp(found.symbol, symbol, sizeof found.symbol) != 0))
        return 0;
    *out = found;
    return 1;
}

int tf_directory_at(const struct tf_directory *directory, uint32_t index,
                    struct tf_instrument *out)
{
    return index < entry_count(directory) ? give(directory, index + 1, out) : 0;
}
