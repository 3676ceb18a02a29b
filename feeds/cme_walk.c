/* SPDX-License-Identifier: Apache-2.0 */
#include "cme_layout.h"

enum { TCP_FIRST = 206, TCP_LAST = 210 };

/* The header of one group: false when it or its entries reach beyond the message. */
static bool walk_group(const struct tf_cme_group *group, const uint8_t *bytes, uint32_t length,
                       uint32_t *at, struct tf_cme_run *run)
{
    const uint8_t *header = bytes + *at;
    uint32_t count = group->header == 4 ? tf_le16(header + 2) : header[group->header - 1];
    uint32_t block_length = tf_le16(header);
    *at += group->header;
    *run = (struct tf_cme_run){bytes + *at, block_length, count};
    if (!count)
        return true;
    if (block_length < group->block_min || (uint64_t)block_length * count > length - *at)
        return false;
    *at += block_length * count;
    return true;
}

enum tf_cme_fault tf_cme_walk(const uint8_t *bytes, uint32_t length,
                              struct tf_cme_message *message, const char **field,
                              uint32_t *offset)
{
    *field = "MsgSize";
    *offset = CME_MSG_SIZE;
    if (length < CME_HEADER_LENGTH || tf_le16(bytes + CME_MSG_SIZE) != length)
        return TF_CME_BAD_LENGTH;
    uint16_t schema = tf_le16(bytes + CME_SCHEMA_ID);
    message->template_id = tf_le16(bytes + CME_TEMPLATE_ID);
    message->layout = tf_cme_layout(message->template_id);
    if (schema == CME_SCHEMA_TCP && message->template_id >= TCP_FIRST &&
        message->template_id <= TCP_LAST)
        return TF_CME_SESSION;
    if (schema != CME_SCHEMA || !message->layout)
        return TF_CME_UNKNOWN;
    const struct tf_cme_layout *layout = message->layout;
    message->version = tf_le16(bytes + CME_VERSION);
    message->block_length = tf_le16(bytes + CME_BLOCK_LENGTH);
    message->block = bytes + CME_HEADER_LENGTH;
    *field = "blockLength";
    *offset = CME_BLOCK_LENGTH;
    if (message->block_length < layout->block_min ||
        message->block_length > length - CME_HEADER_LENGTH)
        return TF_CME_BAD_LENGTH;
    uint32_t at = CME_HEADER_LENGTH + message->block_length;
    message->groups = 0;
    for (uint16_t i = 0; i < layout->group_count; i++) {
        const struct tf_cme_group *group = &layout->groups[i];
        /* Older senders end here; what is left then is padding, if anything. */
        if (group->since > message->version || length - at < group->header)
            break;
        *field = group->name;
        *offset = at;
        if (!walk_group(group, bytes, length, &at, &message->group[i]))
            return TF_CME_BAD_LENGTH;
        message->groups++;
    }
    return TF_CME_WHOLE;
}
