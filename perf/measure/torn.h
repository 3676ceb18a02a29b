/* SPDX-License-Identifier: Apache-2.0 */
/*
 * torn.h - `--inject torn`: the raw line with a fault, to show that a torn message would be found.  About one receive() in
 * a hundred returns a first message of which the second half is still the one before it, as a reader sees it that copies
 * a slot while it is written and does not check again.
 */
#ifndef TF_TORN_H
#define TF_TORN_H

#include "transport.h"

extern const struct tf_transport tf_transport_torn;

#endif
