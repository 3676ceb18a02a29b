/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_gen.h - `tickfan gen`. */
#ifndef TF_CMD_GEN_H
#define TF_CMD_GEN_H

#include "command.h"

extern const struct tf_command tf_cmd_gen;

#endif
