/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_inspect.h - `tickfan inspect`. */
#ifndef TF_CMD_INSPECT_H
#define TF_CMD_INSPECT_H

#include "command.h"

extern const struct tf_command tf_cmd_inspect;

#endif
