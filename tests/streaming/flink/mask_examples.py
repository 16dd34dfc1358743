"""Texts with personal data, and what must be left of them; texts without any."""

MASKED = {
    "write to jo.smith+shop@mail.example.co.uk.": "write to [EMAIL].",
    "<noah.brown7922@example.com>": "<[EMAIL]>",
    "first line\nbob@example.com": "first line\n[EMAIL]",
    "tab\tbob@example.com,ann@example.org": "tab\t[EMAIL],[EMAIL]",
    "caf\u00e9@x.com, \u00e9va@example.com": "caf\u00e9@x.com, \u00e9[EMAIL]",
    "my card is 4111 1111 1111 1111": "my card is [CARD]",
    "5500-0000-0000-0004.": "[CARD].",
    "amex 3782 822463 10005": "amex [CARD]",
    "card 4111111111111111, thanks": "card 9999999999999999, thanks",
    "378282246310005": "9999999999999999",
    "card:\n4111111111111111\nok": "card:\n9999999999999999\nok",
    "card \u20134111 1111 1111 1111": "card \u2013[CARD]",
    "SSN 078-05-1120": "SSN [SSN]",
    "from 203.0.113.77:443": "from [IP]:443",
    "call (415) 555-0132 or 415.555.0133": "call [PHONE] or [PHONE]",
    "+1 415-555-0132": "[PHONE]",
    "+44 (0)20 7946 0958!": "[PHONE]!",
    "+4915123456789": "[PHONE]",
    "+1-604-696-5272x565": "[PHONE]",
    "1-463-612-6138 x036": "[PHONE]",
    "07700 063 966, 01.84.17.61.18, (08) 8747 6301": "[PHONE], [PHONE], [PHONE]",
    "4152488713445952355 or 30288610434735": "9999999999999999 or 9999999999999999",
    "GB56HXDO88167774656119 and DE89 3704 0044 0532 0130 00.": "[IBAN] and [IBAN].",
}
"""By what a customer writes; the right side is what silver shows."""

TOUCHING = {
    "415.555.0133+44 (0)20 7946 0958": "[PHONE][PHONE]",
    "415.555.0133(415) 555-0132(415) 555-0131": "[PHONE][PHONE][PHONE]",
}
UNTOUCHED = (
    "order #W2378156 and #W1234567",
    "product 1762337868, item 4602305039",
    "tracking 843053632392",
    "paid with credit_card_1234567, gift_card_7711863, paypal_4073478",
    "user noah_brown_6181, yusuf_rossi_9620",
    "763 Broadway Suite 135, Philadelphia PA 19122",
    "$1,234.56 and 561.05 and -17.5e-3",
    "2024-05-15 15:05:00 and 2024-05-15T15:05:00.123456789Z",
    "0195599b-5a4b-7000-8000-123456789012",
    "version 1.2.3, 10 20 30, 100 200 300",
    "01.02.2024, 03-04-2025, 09 30 2024",
    "EAN 4006381333931, ISBN 9783161484100",
    "SKU AB12CDEF34567890, ZZ99ABCDEFGH1234",
    "1741000000123 ms, 1741000000123456 us",
    "call_uj4mQW8MPkD0h2sm1nTwzDhs",
    "1741000000123456789",
    "@everyone, a@b, 3 @ 5",
)
"""Ids of shops, prices, times: what must stay for the events to be of use."""

UNTOUCHED_JSON = (
    '{"cx.duration_ns":400000000000000,"cx.cost_usd":0.0041111111111111111}',
    '{"a":4.123456789012345,"b":[1,-2,3e10],"c":"#W2378156"}',
    '{"a":"C:\\\\\\\\new","b":"\\u20ac1762337868"}',
)
