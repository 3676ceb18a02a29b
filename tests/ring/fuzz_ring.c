/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_ring - a data segment full of whatever the input says, read as a reader would and
 * resumed as a publisher would: never a crash, a hang or an access outside.
 *
 * The geometry in the header is sane, as attach has checked it; everything behind it is the
 * input's.  Random bytes are seldom near enough to a cursor to matter, so the input then also
 * places stamps, bucket values and the count by small differences.
 */
#include "directory.h"
#include "fuzz.h"
#include "ring.h"

enum { SLOTS_MAX = 256, CAPACITY_MAX = 40, READ_MAX = 16, READS = 64 };

struct input {
    const uint8_t *data;
    size_t size;
};

/* The next bytes, zero behind the end. */
static uint64_t take(struct input *input, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++) {
        value <<= 8;
        if (input->size) {
            value |= *input->data++;
            input->size--;
        }
    }
    return value;
}

static void must(int condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "fuzz_ring: %s\n", what);
        abort();
    }
}

/* A number that is likely to mean something next to `near`: 8 bytes as they are or a small
 * difference. */
static uint64_t interesting(struct input *input, uint64_t near)
{
    uint64_t kind = take(input, 1);
    uint64_t value = near + take(input, 1) - 128;
    switch (kind % 8) {
    case 0:
        return take(input, 8);
    case 1:
        return value | (kind & 8 ? TF_STAMP_PREPARED : TF_STAMP_UNORDERED);
    case 2:
        return value + SLOTS_MAX * (kind / 8);
    case 3:
        return near;
    default:
        return value;
    }
}

static void read_ring(struct input *input, const struct tf_data_header *header,
                      const struct tf_slot *slots, uint64_t start)
{
    uint64_t mood = take(input, 1);
    struct tf_cursor cursor = {.slots = slots,
                               .mask = header->capacity - 1,
                               .head = &header->head,
                               .next = start,
                               .heat = (int32_t)mood - 128};
    for (int reads = 0; reads < READS; reads++) {
        struct tf_tick out[READ_MAX];
        const uint64_t before = cursor.next;
        int max = (int)(take(input, 1) % (READ_MAX + 1));
        int got = tf_cursor_read(&cursor, out, max);
        must(got == TF_OVERRUN || (got >= 0 && got <= max), "neither a count nor TF_OVERRUN");
        must(got == TF_OVERRUN ? cursor.next > before : cursor.next == before + (uint64_t)got,
             "the cursor is not where the result says");
        for (int i = 0; i < got; i++)
            must(out[i].seq == before + (uint64_t)i, "a tick with another seq");
    }
    must(cursor.next - start == cursor.ticks + cursor.lost, "ticks and losses do not add up");
}

static void must_end(const struct tf_instrument *instrument)
{
    must(memchr(instrument->symbol, 0, sizeof instrument->symbol) != 0, "a symbol without end");
    must(memchr(instrument->venue_class, 0, sizeof instrument->venue_class) != 0,
         "a class without end");
}

static void look_up(struct input *input, const struct tf_directory *directory)
{
    struct tf_instrument out;
    for (uint32_t index = 0; index <= directory->capacity + 1; index++)
        if (tf_directory_at(directory, index, &out)) {
            must_end(&out);
            /* Whatever stands there is looked for, so that lookups meet. */
            struct tf_instrument other;
            if (tf_directory_by_symbol(directory, out.symbol, &other))
                must_end(&other);
            if (tf_directory_by_id(directory, out.instrument_id, &other))
                must(other.instrument_id == out.instrument_id, "found another id");
        }
    tf_directory_at(directory, UINT32_MAX, &out);
    if (tf_directory_by_id(directory, (uint32_t)take(input, 4), &out))
        must_end(&out);
    char symbol[100] = {0}; /* longer than any symbol can be */
    for (size_t i = 0; i < sizeof symbol - 1; i++)
        symbol[i] = (char)take(input, 1);
    if (tf_directory_by_symbol(directory, symbol, &out))
        must_end(&out);
}

/* As a publisher that resumes this stream. */
static void resume(struct input *input, struct tf_directory *directory, struct tf_slot *slots,
                   uint64_t mask)
{
    tf_directory_relink(directory);
    struct tf_instrument instrument = {.instrument_id = (uint32_t)take(input, 1)};
    memset(instrument.symbol, (int)take(input, 1), sizeof instrument.symbol);
    for (int i = 0; i < 4; i++, instrument.instrument_id++)
        tf_directory_define(directory, &instrument);

    uint64_t head;
    if (tf_ring_find_head(slots, mask, &head))
        return;
    struct tf_tick ticks[TF_WRITE_MAX] = {0};
    uint32_t count = 1 + (uint32_t)(take(input, 1) % TF_WRITE_MAX);
    tf_ring_prepare(slots, mask, head + 1);
    tf_ring_write(slots, mask, head + 1, ticks, count, 1);
    uint64_t found;
    /* The last seq that fits a stamp is more than a century away; damage may claim it was
     * reached. */
    if (head < TF_SEQ_MAX - 2 * TF_PREPARED_MAX)
        must(tf_ring_find_head(slots, mask, &found) == 0 && found == head + count,
             "the head is not found again");
    static struct tf_slot other[SLOTS_MAX];
    tf_ring_catch_up(other, slots, &directory->header->head, mask, head + 1, head + count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    const uint64_t slot_count = take(&input, 1) % 2 ? SLOTS_MAX : 4 * TF_BLOCK;
    const uint32_t capacity = 1 + (uint32_t)(take(&input, 1) % CAPACITY_MAX);
    const uint64_t near = take(&input, 1) % 4 ? take(&input, 2) : take(&input, 8);
    uint32_t buckets;
    const uint64_t directory_size = tf_directory_size(capacity, &buckets);
    const uint64_t length =
        sizeof(struct tf_data_header) + directory_size + slot_count * sizeof(struct tf_slot);

    /* Exactly as long as the segment, so that the address sanitizer sees the first byte
     * outside. */
    unsigned char *image = aligned_alloc(4096, (length + 4095) & ~UINT64_C(4095));
    must(image != 0, "out of memory");
    memset(image, 0, length);
    struct tf_data_header *header = (struct tf_data_header *)(void *)image;
    struct tf_slot *slots = (struct tf_slot *)(void *)(image + sizeof *header + directory_size);
    const size_t placed = input.size / 2;
    for (uint64_t at = sizeof *header; placed && at < length; at++)
        image[at] = data[size - 1 - at % placed];
    header->capacity = slot_count;
    tf_store(&header->head, interesting(&input, near));
    header->directory_offset = sizeof *header;
    header->directory_capacity = capacity;
    header->directory_buckets = buckets;
    struct tf_directory directory;
    tf_directory_open(&directory, header);

    tf_store32(&header->directory_count, (uint32_t)interesting(&input, 128 + capacity / 2));
    const bool sane = take(&input, 1) % 2; /* a ring that is mostly as it should be */
    for (uint64_t n = near; sane && n != near + slot_count; n++)
        tf_store(&slots[n & (slot_count - 1)].word[TF_WORD_STAMP], n);
    for (uint64_t i = take(&input, 1) % 32; i > 0; i--) {
        uint64_t n = near + take(&input, 1);
        tf_store(&slots[n & (slot_count - 1)].word[TF_WORD_STAMP], interesting(&input, n));
    }
    for (uint64_t i = take(&input, 1); i > 0; i--) {
        tf_word32 *array = take(&input, 1) % 2 ? directory.by_id : directory.by_symbol;
        tf_store32(&array[take(&input, 1) % buckets],
                   (uint32_t)(take(&input, 1) % (capacity + 3)));
    }

    read_ring(&input, header, slots, near);
    read_ring(&input, header, slots, interesting(&input, near));
    look_up(&input, &directory);
    resume(&input, &directory, slots, slot_count - 1);
    read_ring(&input, header, slots, near);
    look_up(&input, &directory);
    free(image);
    return 0;
}

/* Every input is as good as any other: bytes of a small generator. */
size_t tf_fuzz_seed(uint64_t which, uint8_t *out, size_t room)
{
    uint64_t state = which * UINT64_C(0x9e3779b97f4a7c15) + 1;
    size_t length = 64 + (size_t)(which % 1984);
    if (length > room)
        length = room;
    for (size_t i = 0; i < length; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out[i] = (uint8_t)(state >> 32);
    }
    return length;
}
