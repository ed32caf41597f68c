"""What the company sells, advertises and is asked about, from January 2024 to June 2025."""

from datetime import date

START = date(2024, 1, 1)
DAYS = 546

# article, name, category, price in cents
PRODUCTS = (
    ("KET-01", 'Kettle "Teide"', "kitchen", 4_990),
    ("MUG-04", "Mug, four-pack", "kitchen", 2_495),
    ("PAN-12", "Crêpe pan", "kitchen", 3_950),
    ("LMP-07", "Desk lamp Bjørn", "living", 8_900),
    ("RUG-02", "Rug 160 × 230", "living", 17_900),
    ("CHR-09", "Chair Käthe", "living", 12_900),
    ("BAG-03", "Weekend bag", "outdoor", 9_900),
    ("TNT-05", "Two-person tent", "outdoor", 24_900),
    ("BTL-11", "Bottle 0.75 l", "outdoor", 1_990),
    ("PEN-08", "Fountain pen", "paper", 5_500),
    ("NTB-06", "Notebook A5", "paper", 1_250),
    ("GFT-00", "Gift card", "gift", 2_500),
)

# id, name, channel, first day, days
CAMPAIGNS = (
    ("cmp_spring24", "Spring 2024", "search", 60, 70),
    ("cmp_summer24", "Summer sale", "social", 160, 60),
    ("cmp_school24", "Back to school", "email", 225, 40),
    ("cmp_friday24", "Black Friday", "search", 320, 20),
    ("cmp_xmas24", "Christmas 2024", "display", 335, 30),
    ("cmp_spring25", "Spring 2025", "search", 420, 70),
    ("cmp_tents25", "Tents for all", "social", 480, 45),
    ("cmp_always", "Brand search", "search", 0, DAYS),
)

SUBJECTS = {
    "delivery": ("Where is my parcel?", 'Driver said "nobody home"', "Box arrived open || wet"),
    "invoice": ("Invoice twice", "Rechnung fehlt – bitte senden", "VAT number, please"),
    "product": ("Lid broken", "The kettle's handle is loose", 'Is "Teide" dishwasher-safe?'),
    "login": ("Password reset", "Locked out\nafter the update", "Cannot log in"),
    "other": ("Praise", "Question about opening hours", "Gutschein ungültig"),
}
