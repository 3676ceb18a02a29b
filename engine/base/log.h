/* SPDX-License-Identifier: Apache-2.0 */
/* Messages for people, on standard error: "tickfan: LEVEL: text".  Never on a hot path. */
#ifndef TF_LOG_H
#define TF_LOG_H

enum tf_log_level { TF_LOG_ERROR, TF_LOG_WARNING, TF_LOG_INFO, TF_LOG_DEBUG };

/* Default INFO; $TICKFAN_LOG (error, warning, info, debug) is read at the first message. */
void tf_log(enum tf_log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
