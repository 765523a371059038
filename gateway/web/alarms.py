"""What each alarm of a store means and what to do, for whoever stands in the shop; the same kinds in every language."""

ALARMS = {
    "en": {
        "store_closed": "The store sells nothing: its disk takes nothing. Make room; it opens by itself.",
        "store_damaged": "The database is damaged. Copy nothing over it; ask head office for a new code.",
        "fenced": "Head office has closed this gateway. Keep disk and terminals as they are; enrol it again.",
        "disk_low": "The disk is nearly full. Make room, or the store will close itself.",
        "disk_slow": "The disk is slow; each tap waits for it. Change it before it fails.",
        "journal_filling": "A terminal asks and hears no answer. Look at its network; do not reset it.",
        "witness_awaited": "After a start the store waits for a terminal. Switch it on; if it is broken, set it aside.",
        "right_used_up": "The store may credit no more by itself. Top-ups go on when head office answers.",
        "bad_mac": "A frame had a wrong seal. Tell head office; look who is in this network.",
        "unknown_key": "A terminal uses a key that is not known here. It has to be enrolled again.",
        "terminal_revoked": "A terminal speaks that was taken out of use. Switch it off.",
        "id_conflict": "Two requests had one number: a terminal's memory was copied. Keep it, tell head office.",
    },
    "zh": {
        "store_closed": "门店已停止营业：磁盘无法写入。请腾出空间，之后自动恢复。",
        "store_damaged": "数据库已损坏。请勿覆盖，并向总部索取新的登记码。",
        "fenced": "总部已关闭本网关。请保持磁盘与终端原样，重新登记。",
        "disk_low": "磁盘将满。请腾出空间，否则门店会自动停业。",
        "disk_slow": "磁盘过慢，每次刷卡都要等待。请尽快更换。",
        "journal_filling": "终端请求未获答复。请检查网络，请勿重置。",
        "witness_awaited": "启动后正在等待终端。请打开；若已损坏，请设为暂不等待。",
        "right_used_up": "门店发放额度已用完。总部恢复应答后可继续充值。",
        "bad_mac": "报文校验失败。请通知总部，并检查本店网络。",
        "unknown_key": "终端使用了未知密钥，需重新登记。",
        "terminal_revoked": "已停用的终端仍在发送。请关闭。",
        "id_conflict": "两个请求编号相同：终端存储被复制或回退。请保留该终端并通知总部。",
    },
}
