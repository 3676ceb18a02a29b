/* SPDX-License-Identifier: Apache-2.0 */
/* A strategy in thirty lines: the volume-weighted average price of every symbol, at the end. */
#include <stdio.h>
#include <stdlib.h>
#include <tickfan.h>

int main(int argc, char **argv)
{
    static struct { double value, volume; } book[65536]; /* by instrument id */
    struct tf_attach_options options = TF_ATTACH_OPTIONS_INIT;
    struct tf_tick ticks[64];
    tf_reader *reader;

    options.from = TF_FROM_OLDEST;
    if (tf_attach(argc > 1 ? argv[1] : NULL, &options, &reader) != TF_OK) {
        fprintf(stderr, "vwap: %s\n", tf_errmsg());
        return EXIT_FAILURE;
    }
    do {
        for (int n; (n = tf_read(reader, ticks, 64)) != 0;) /* an overrun is in the stats: go on */
            for (int i = 0; i < n; i++)
                if (ticks[i].action == 'T' && ticks[i].price != TF_UNDEF_PRICE) {
                    uint16_t id = (uint16_t)ticks[i].instrument_id;
                    book[id].value += (double)ticks[i].price / 1e9 * ticks[i].size;
                    book[id].volume += ticks[i].size;
                }
    } while (tf_wait(reader, -1) == 1);

    struct tf_instrument instrument;
    for (uint32_t i = 0; tf_instrument_at(reader, i, &instrument); i++)
        if (book[(uint16_t)instrument.instrument_id].volume > 0)
            printf("%-8s %12.4f %14.0f\n", instrument.symbol,
                   book[(uint16_t)instrument.instrument_id].value /
                       book[(uint16_t)instrument.instrument_id].volume,
                   book[(uint16_t)instrument.instrument_id].volume);
    tf_detach(reader);
    return EXIT_SUCCESS;
}
