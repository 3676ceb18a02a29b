/* SPDX-License-Identifier: Apache-2.0 */
/*
 * preview.h - the first packets of a capture, kept: to tell the format by them and then read them
 * again, which a pipe would not let us.
 */
#ifndef TF_PREVIEW_H
#define TF_PREVIEW_H

#include "capture.h"
#include "format.h"

/* As many packets; the rest of the capture is read on as if nothing had happened. */
enum { TF_PREVIEW_PACKETS = 64 };

struct tf_preview;

/* NULL: TF_EOS in *error.  A capture that ends or is damaged at once makes an empty one. */
struct tf_preview *tf_preview_open(struct tf_capture *capture, int *error);
void tf_preview_close(struct tf_preview *preview); /* NULL is ignored */

/*
 * The format that most of the packets which any format claims are of, sure enough; NULL: none, or
 * three of four packets belong to nobody.
 */
const struct tf_format *tf_preview_format(const struct tf_preview *preview);
/* What they seem to be, for an error; in `out`, returns out. */
const char *tf_preview_lookalike(const struct tf_preview *preview, char *out, size_t size);

/* 1 and the next of them; 0: go on with the capture. */
int tf_preview_next(struct tf_preview *preview, struct tf_packet *packet);
/* The capture begins from its start again: nothing is to be read from here. */
void tf_preview_drop(struct tf_preview *preview);

#endif
