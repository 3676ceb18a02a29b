/* SPDX-License-Identifier: Apache-2.0 */
#include "gen_universe.h"

#include "error.h"

#include <stdlib.h>
#include <string.h>

/*
 * A ticker as a number of five base-27 digits, 0 for "no letter": numeric order is alphabetic.
 */
enum { LETTERS_MAX = 5, CODES = 27 * 27 * 27 * 27 * 27 };

static uint32_t random_ticker(struct tf_random *random)
{
    static const char fifth[] = "WURYFX"; /* warrants, units, rights, ADRs, foreign, funds */
    uint32_t draw = tf_random_below(random, 100);
    unsigned letters = draw < 1 ? 1 : draw < 6 ? 2 : draw < 48 ? 3 : draw < 92 ? 4 : 5;
    uint32_t code = 0;
    for (unsigned i = 0; i < LETTERS_MAX; i++) {
        uint32_t digit = i < letters ? 1 + tf_random_below(random, 26) : 0;
        if (i == LETTERS_MAX - 1 && digit)
            digit = (uint32_t)(fifth[digit % (sizeof fifth - 1)] - 'A' + 1);
        code = code * 27 + digit;
    }
    return code;
}

static void spell(uint32_t code, uint8_t symbol[8])
{
    memset(symbol, ' ', 8);
    for (int i = LETTERS_MAX - 1; i >= 0; i--, code /= 27)
        if (code % 27)
            symbol[i] = (uint8_t)('A' + code % 27 - 1);
}

/* Draw different tickers into a bit set, then read it in order. */
static int name_stocks(struct gen_universe *universe, struct tf_random *random)
{
    enum { WORDS = CODES / 64 + 1 };
    uint64_t *taken = calloc(WORDS, sizeof *taken);
    if (!taken)
        return tf_fail(TF_EOS, "no memory for the symbols");
    for (uint32_t named = 0; named < universe->count;) {
        uint32_t code = random_ticker(random);
        uint64_t bit = UINT64_C(1) << code % 64;
        named += !(taken[code / 64] & bit);
        taken[code / 64] |= bit;
    }
    struct gen_stock *stock = universe->stocks;
    for (uint32_t word = 0; word < WORDS; word++)
        for (uint64_t bits = taken[word]; bits; bits &= bits - 1)
            spell(word * 64 + (uint32_t)__builtin_ctzll(bits), stock++->symbol);
    free(taken);
    return 0;
}

static void describe(struct gen_stock *stock, struct tf_random *random)
{
    uint64_t bits = tf_random_next(random);
    /* 2 to 512 dollars, as many in each octave. */
    uint32_t octave = 200u << (bits & 7);
    stock->reference_cents = octave + tf_random_scale((uint32_t)(bits >> 32), octave);
    stock->category = (uint8_t) "QQQGGSSNNAPZ"[tf_random_scale((uint32_t)bits, 12)];
    stock->etp = bits >> 16 & 3 ? 'N' : 'Y';
    stock->class = stock->etp == 'Y' ? 'Q' : 'C';
}

static void rank(struct gen_universe *universe, struct tf_random *random)
{
    for (uint32_t i = 0; i < universe->count; i++) {
        uint32_t j = tf_random_below(random, i + 1);
        universe->by_rank[i] = universe->by_rank[j];
        universe->by_rank[j] = (uint16_t)i;
    }
}

/*
 * Zipf's law with a flattened head: rank r has weight 1 / (r + 8), the first stock 2 % of 8000.
 */
static void weigh(struct gen_universe *universe, uint64_t *weights)
{
    uint64_t total = 0;
    for (uint32_t r = 0; r < universe->count; r++) {
        weights[universe->by_rank[r]] = (UINT64_C(1) << 32) / (r + 8);
        total += (UINT64_C(1) << 32) / (r + 8);
    }
    for (uint32_t i = 0; i < universe->count; i++) {
        uint64_t share = (uint64_t)(((unsigned __int128)weights[i] << 32) / total);
        universe->stocks[i].share = share > UINT32_MAX ? UINT32_MAX : (uint32_t)share;
    }
}

/* Vose's construction: every cell holds an equal slice, of one stock and at most one other. */
static void make_cells(struct gen_universe *universe, uint64_t *left, uint16_t *small,
                       uint16_t *large)
{
    uint32_t n = universe->count, smalls = 0, larges = 0;
    const uint64_t slice = UINT64_C(1) << 32;
    for (uint32_t i = 0; i < n; i++) {
        left[i] = (uint64_t)universe->stocks[i].share * n;
        if (left[i] < slice)
            small[smalls++] = (uint16_t)i;
        else
            large[larges++] = (uint16_t)i;
    }
    while (smalls && larges) {
        uint16_t s = small[--smalls], l = large[larges - 1];
        universe->cells[s] = (struct gen_cell){(uint32_t)left[s], l};
        left[l] -= slice - left[s];
        if (left[l] < slice) {
            larges--;
            small[smalls++] = l;
        }
    }
    while (larges) {
        uint16_t l = large[--larges];
        universe->cells[l] = (struct gen_cell){UINT32_MAX, l};
    }
    while (smalls) {
        uint16_t s = small[--smalls];
        universe->cells[s] = (struct gen_cell){UINT32_MAX, s};
    }
}

int gen_universe_open(struct gen_universe *universe, uint32_t count, struct tf_random *random)
{
    memset(universe, 0, sizeof *universe);
    universe->count = count;
    universe->stocks = calloc(count, sizeof *universe->stocks);
    universe->by_rank = calloc(count, sizeof *universe->by_rank);
    universe->cells = calloc(count, sizeof *universe->cells);
    uint64_t *weights = calloc(count, sizeof *weights);
    uint16_t *work = calloc(2 * (size_t)count, sizeof *work);
    int error = TF_EOS;
    if (!universe->stocks || !universe->by_rank || !universe->cells || !weights || !work)
        tf_fail(TF_EOS, "no memory for %u symbols", count);
    else
        error = name_stocks(universe, random);
    if (error == 0) {
        for (uint32_t i = 0; i < count; i++)
            describe(&universe->stocks[i], random);
        rank(universe, random);
        weigh(universe, weights);
        make_cells(universe, weights, work, work + count);
    }
    free(work);
    free(weights);
    if (error < 0)
        gen_universe_close(universe);
    return error;
}

void gen_universe_close(struct gen_universe *universe)
{
    free(universe->cells);
    free(universe->by_rank);
    free(universe->stocks);
    memset(universe, 0, sizeof *universe);
}
