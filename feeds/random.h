/* SPDX-License-Identifier: Apache-2.0 */
/* random.h - xoshiro256**, seeded by splitmix64: the same numbers from the same seed
 * everywhere. */
#ifndef TF_RANDOM_H
#define TF_RANDOM_H

#include <stdint.h>

struct tf_random {
    uint64_t state[4];
};

static inline void tf_random_seed(struct tf_random *random, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        uint64_t z = seed += 0x9E3779B97F4A7C15u;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
        z = (z ^ z >> 27) * 0x94D049BB133111EBu;
        random->state[i] = z ^ z >> 31;
    }
}

static inline uint64_t tf_random_rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

static inline uint64_t tf_random_next(struct tf_random *random)
{
    uint64_t *s = random->state;
    uint64_t result = tf_random_rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = tf_random_rotate(s[3], 45);
    return result;
}

/* 0 to limit - 1, of 32 random bits that the caller has. */
static inline uint32_t tf_random_scale(uint32_t bits, uint32_t limit)
{
    return (uint32_t)((uint64_t)bits * limit >> 32);
}

static inline uint32_t tf_random_below(struct tf_random *random, uint32_t limit)
{
    return tf_random_scale((uint32_t)(tf_random_next(random) >> 32), limit);
}

#endif
