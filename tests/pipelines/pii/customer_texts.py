"""What customers and agents write, and what must be left of it; texts without anything personal."""

MASKED = {
    "Hi, my name is Yusuf Rossi and my zip code is 19122.": (
        "Hi, my name is [NAME] and my zip code is [ADDRESS]."
    ),
    "my name is yusuf rossi, i live at 443 maple drive, suite 394, fort worth tx 76165": (
        "my name is [NAME], i live at [ADDRESS]"
    ),
    "Amelia Silva, 19103.": "[NAME], [ADDRESS].",
    "I don’t remember all the details, but it was in Denver, 80280.": (
        "I don’t remember all the details, but it was in [ADDRESS]."
    ),
    "Your address on file is:\n443 Maple Drive, Suite 394,\nFort Worth, TX 76165,\nUSA.\n\nAnything else?": (
        "Your address on file is:\n[ADDRESS].\n\nAnything else?"
    ),
    "Dear Mr. Kovacs, it has shipped to 144 Lakeview Drive, Suite 925, New York, NY 10228.": (
        "Dear Mr. [NAME], it has shipped to [ADDRESS]."
    ),
    "Thank you, Mrs. Brown, it is done.": "Thank you, Mrs. [NAME], it is done.",
    "Send it to Mei Davis, 1234 Elm St, Springfield, IL, 62701.": "Send it to [NAME], [ADDRESS].",
    "Can you ship it to my brother Ethan? He lives in Chicago.": (
        "Can you ship it to my brother [NAME]? He lives in [PLACE]."
    ),
    "Thanks! Best regards,\nMia Garcia": "Thanks! Best regards,\n[NAME]",
    "hi this is chen": "hi this is [NAME]",
    "Our flat is at Rua do Arenque 1634, Lisboa": "Our flat is at [ADDRESS]",
    "Lieferung an: Hauptstraße 12, 10115 Berlin": "Lieferung an: [ADDRESS]",
    "Mail it to P.O. Box 4411 please": "Mail it to [ADDRESS] please",
    "It's noah.brown7922@example.com, call (415) 555-0132.": "It's [EMAIL], call [PHONE].",
    "My card 630427373398 was charged twice": "My card [CARD] was charged twice",
    "my driver's license number is 2270-66-1551": "my driver's license number is [DOCUMENT]",
    "Write to [EMAIL], I'm Olivia Lopez": "Write to [EMAIL], I'm [NAME]",
}
"""By what is written; the right side is what silver shows."""

UNTOUCHED = (
    "Cancel order #W2378156, please.",
    "1. **Cleaner**: Vacuum Cleaner (Order #W2378156, Item ID: 4602305039)\n2. **Headphones**: Over-ear",
    "I'd like the T-Shirt in XXL, V-Neck, and the Bluetooth Speaker with 20 hours of battery life.",
    "The SSD 512 GB Hard Drive costs $561.05, the Wireless Earbuds $226.49.",
    "Refund to the Mastercard ending in 2478, or PayPal?",
    "Tracking ID 843053632392 says it was delivered.",
    "The tool get_order_details failed: user yusuf_rossi_9620, payment credit_card_1061405",
    "What are my options? Thanks a lot, May I return it on Monday?",
    "I ordered 2 Water Bottles and 1 Desk Lamp on 2024-05-15.",
    "Is the Smart Thermostat compatible with Apple HomeKit and Google Assistant?",
    "message 7, it's number 0",
    "Please confirm (yes or no).",
    "",
    "   ",
)
"""Ids of shops, products, prices, times: what must stay for the texts to be of use."""

CUSTOMER = {
    "user_id": "mei_davis_8935",
    "name": {"first_name": "Mei", "last_name": "Davis"},
    "address": {
        "address1": "443 Maple Drive",
        "address2": "Suite 394",
        "city": "Fort Worth",
        "country": "USA",
        "state": "TX",
        "zip": "76165",
    },
    "email": "mei.davis@example.com",
    "phone": 4155550132,
    "orders": ["#W2890441"],
    "payment_methods": {"credit_card_1061405": {"brand": "visa", "last_four": "3358"}},
}
"""A customer as a tool answers it."""

MASKED_CUSTOMER = {
    "user_id": "mei_davis_8935",
    "name": {"first_name": "[NAME]", "last_name": "[NAME]"},
    "address": {
        "address1": "[ADDRESS]",
        "address2": "[ADDRESS]",
        "city": "[ADDRESS]",
        "country": "USA",
        "state": "[ADDRESS]",
        "zip": "[ADDRESS]",
    },
    "email": "[EMAIL]",
    "phone": "[PHONE]",
    "orders": ["#W2890441"],
    "payment_methods": {"credit_card_1061405": {"brand": "visa", "last_four": "3358"}},
}
