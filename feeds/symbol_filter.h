/* SPDX-License-Identifier: Apache-2.0 */
/*
 * symbol_filter.h - ticks of some instruments only, with venue events still whole.
 *
 * Names are compared as they stand in the directory, case and all.  An instrument is known by the
 * definition that comes before its ticks: an id that was never defined is not wanted where symbols
 * are included, and wanted where they are only excluded.
 *
 * What passes in any case: ticks of no instrument (id 0), gaps, and venue-wide events.  They, and
 * DEFINITION ticks of wanted instruments, come as they are.
 *
 * TF_FLAG_LAST.  A reader may act on a tick that has it, so what is left of an event must end with
 * one.  Where the tick that had it is left out, the last tick of that event that passes gets it;
 * of an event of which nothing passes, nothing is seen.  For that a tick that may turn out to be
 * the last is held back until the next one is known; the flags of all others stay.
 */
#ifndef TF_SYMBOL_FILTER_H
#define TF_SYMBOL_FILTER_H

#include "tickfan.h"

#include <stdbool.h>

enum { TF_FILTER_NAMES_MAX = 1 << 20 };

struct tf_symbol_filter;

struct tf_symbol_filter *tf_symbol_filter_open(void); /* NULL: TF_EOS */
void tf_symbol_filter_close(struct tf_symbol_filter *filter);

/*
 * Include or exclude "AAPL,MSFT", or the names in a file, one or several a line, between commas or
 * blanks, '#' begins a comment: "@FILE".  May be called again for more.  Excluding wins.  0; TF_EUSAGE,
 * TF_ENOINPUT, TF_EOS.
 */
int tf_symbol_filter_add(struct tf_symbol_filter *filter, const char *list, bool include);
bool tf_symbol_filter_is_set(const struct tf_symbol_filter *filter);

/*
 * An instrument of the recording: is it wanted?  1, 0; TF_EDATA when its id was one's that was
 * wanted and now is not, or the other way round, so that ticks could not be told apart; TF_EOS.
 */
int tf_symbol_filter_define(struct tf_symbol_filter *filter,
                            const struct tf_instrument *instrument);

/*
 * Leave out what is not wanted, in place.  ticks[0..count) come in, and *ticks and the result say
 * what goes out: the place before ticks[0] must be free for the tick that was held back.  Up to
 * count + 1 go out.
 */
uint32_t tf_symbol_filter_run(struct tf_symbol_filter *filter, struct tf_tick **ticks,
                              uint32_t count);
/* The end of the sequence: the tick that was held back into *tick.  False: there is none. */
bool tf_symbol_filter_flush(struct tf_symbol_filter *filter, struct tf_tick *tick);

uint64_t tf_symbol_filter_dropped(const struct tf_symbol_filter *filter); /* ticks */
/* Listed names that no definition had, one after the other from *at = 0 on; NULL at the end. */
const char *tf_symbol_filter_unseen(const struct tf_symbol_filter *filter, uint32_t *at);

#endif
