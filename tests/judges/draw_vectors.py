#!/usr/bin/env python3
"""Vectors of the digital draw and of quote_digest, computed from core/contract/README.md alone.

Python 3 standard library only, and nothing of the client or the sandbox, so that an error of theirs cannot hide here.

    draw_vectors.py            writes core/contract/vectors/draw.json and quote_digest.json
    draw_vectors.py --check    compares them with what is committed; exit code 1 if they differ
"""

import hashlib
import hmac
import json
import struct
import sys
from pathlib import Path

VECTORS = Path(__file__).resolve().parents[2] / "core" / "contract" / "vectors"
WORD = 1 << 32


# --- the draw -------------------------------------------------------------------------------------------------------


def text(value):
    """A string on the bytes level: its UTF-8 length in 16 bits, then the bytes."""
    raw = value.encode("utf-8")
    return struct.pack(">H", len(raw)) + raw


def binding_bytes(binding):
    """What the commitment binds the server seed to."""
    out = b"NMD1"
    for name in ("shop", "box_id", "draw_id", "order_id", "series"):
        out += text(binding[name])
    out += struct.pack(">Q", binding["nonce"])
    out += struct.pack(">H", len(binding["odds"]))
    for row in binding["odds"]:
        out += text(row["content"]) + struct.pack(">I", row["weight"])
    pity = binding["pity"]
    out += b"\x00" if pity is None else b"\x01" + struct.pack(">I", pity["after"]) + text(pity["content"])
    out += struct.pack(">I", binding["pity_counter"])
    stock = binding["stock"]
    if stock is None:
        return out + b"\x00"
    out += b"\x01" + text(stock["snapshot_id"]) + struct.pack(">H", len(stock["remaining"]))
    for row in stock["remaining"]:
        out += text(row["content"]) + struct.pack(">I", row["count"])
    return out


class Stream:
    """32-bit big-endian words out of HMAC-SHA256 blocks; counts what it gave, for the vectors."""

    def __init__(self, server_seed, client_seed, nonce):
        self.key = server_seed
        self.message = client_seed + struct.pack(">Q", nonce)
        self.blocks = 0
        self.buffer = b""
        self.words = 0
        self.rejected = 0

    def word(self):
        if not self.buffer:
            tail = b"" if self.blocks == 0 else struct.pack(">I", self.blocks)
            self.buffer = hmac.new(self.key, self.message + tail, hashlib.sha256).digest()
            self.blocks += 1
        head, self.buffer = self.buffer[:4], self.buffer[4:]
        self.words += 1
        return struct.unpack(">I", head)[0]

    def uniform(self, below):
        """Uniform in 0..below, by rejection."""
        limit = WORD - WORD % below
        while True:
            word = self.word()
            if word < limit:
                return word % below
            self.rejected += 1


def draw(binding, server_seed, client_seed):
    """The outcome, how it came about, and the stream as it stands after it."""
    stream = Stream(server_seed, client_seed, binding["nonce"])
    stock, pity = binding["stock"], binding["pity"]
    left = {row["content"]: row["count"] for row in stock["remaining"]} if stock else None
    if pity and binding["pity_counter"] >= pity["after"] and (left is None or left.get(pity["content"], 0) > 0):
        return pity["content"], {"by": "pity"}, stream
    if stock:
        units = [row["content"] for row in stock["remaining"] for _ in range(row["count"])]
        order = list(range(len(units)))
        for i in range(len(order) - 1, 0, -1):
            j = stream.uniform(i + 1)
            order[i], order[j] = order[j], order[i]
        return units[order[0]], {"by": "permutation", "permutation": order}, stream
    point = stream.uniform(sum(row["weight"] for row in binding["odds"]))
    running = 0
    for row in binding["odds"]:
        running += row["weight"]
        if point < running:
            return row["content"], {"by": "odds", "point": point}, stream
    raise AssertionError("the point lies under the sum of the weights")


def seed(label):
    """32 bytes that are the same on every run."""
    return hashlib.sha256(b"nightmarket draw vector: " + label.encode("utf-8")).digest()


def vector(name, binding, server_label=None, client_label=None):
    server_seed = seed("server " + (server_label or name))
    client_seed = seed("client " + (client_label or name))
    outcome, how, stream = draw(binding, server_seed, client_seed)
    raw = binding_bytes(binding)
    return {
        "name": name,
        "binding": binding,
        "binding_bytes": raw.hex(),
        "server_seed": server_seed.hex(),
        "client_seed": client_seed.hex(),
        "commitment": hashlib.sha256(server_seed + raw).hexdigest(),
        "block_0": hmac.new(server_seed, stream.message, hashlib.sha256).hexdigest(),
        "blocks": stream.blocks,
        "words": stream.words,
        "rejected": stream.rejected,
        "how": how,
        "outcome": outcome,
    }


def odds_of(*weights):
    return [{"content": f"pony_{index}", "weight": weight} for index, weight in enumerate(weights)]


def bound(name, odds, nonce=0, pity=None, pity_counter=0, stock=None, shop="cards.example", box_id="box_ponies"):
    return {
        "v": 1,
        "shop": shop,
        "box_id": box_id,
        "draw_id": "draw_" + name,
        "order_id": "ord_1001",
        "series": "ser_7f3a",
        "nonce": nonce,
        "odds": odds,
        "pity": pity,
        "pity_counter": pity_counter,
        "stock": stock,
    }


def stock_of(snapshot_id, *counts):
    return {
        "snapshot_id": snapshot_id,
        "remaining": [{"content": f"pony_{index}", "count": count} for index, count in enumerate(counts)],
    }


def search(name, binding, wanted, attempts=200_000):
    """The first client seed, counted up, for which `wanted(how, stream)` holds: so a rare case gets into the vectors."""
    for attempt in range(attempts):
        server_seed, client_seed = seed("server " + name), seed(f"client {name} {attempt}")
        if wanted(*draw(binding, server_seed, client_seed)[1:]):
            return vector(name, binding, client_label=f"{name} {attempt}")
    raise AssertionError(f"no seed found for {name}")


def draw_vectors():
    plain = odds_of(700, 250, 45, 5)
    out = [vector(f"odds_per_thousand_nonce_{nonce}", bound(f"n{nonce}", plain, nonce)) for nonce in range(12)]
    wide = [(1 << 32) - 1, 1 << 32, (1 << 53) - 1]
    out += [vector(f"odds_wide_nonce_{nonce}", bound(f"w{nonce}", plain, nonce)) for nonce in wide]
    for power in range(1, 10):
        total = 10**power
        rows = odds_of(total - total // 10, total // 10)
        out.append(vector(f"odds_sum_ten_to_{power}", bound(f"p{power}", rows)))
    out.append(vector("odds_one_certain_content", bound("certain", odds_of(10))))
    out.append(vector("odds_with_a_zero_weight", bound("zero", odds_of(0, 1000, 0))))
    out.append(
        vector(
            "odds_names_beyond_ascii",
            bound(
                "han",
                [{"content": "小马·金", "weight": 1}, {"content": "小马·银🐴", "weight": 99}],
                shop="卡片.example",
                box_id="盲盒_1",
            ),
        )
    )

    billion = odds_of(999_000_000, 999_999, 1)
    out.append(search("rejected_once_of_a_billion", bound("r1", billion), lambda _, s: s.rejected == 1))
    out.append(search("rejected_twice_of_a_billion", bound("r2", billion), lambda _, s: s.rejected == 2))
    out.append(search("rejected_three_times_of_a_billion", bound("r3", billion), lambda _, s: s.rejected == 3))
    million = odds_of(900_000, 99_999, 1)
    out.append(search("rejected_once_of_a_million", bound("r4", million), lambda _, s: s.rejected == 1))

    for point in (0, 699, 700, 949, 950, 994, 995, 999):
        out.append(search(f"odds_at_point_{point}", bound(f"e{point}", plain), lambda how, _, at=point: how["point"] == at))

    pity = {"after": 9, "content": "pony_3"}
    out.append(vector("pity_not_yet", bound("y0", plain, 8, pity, 8)))
    out.append(vector("pity_due", bound("y1", plain, 9, pity, 9)))
    out.append(vector("pity_overdue", bound("y2", plain, 30, pity, 29)))
    out.append(vector("pity_due_after_none", bound("y3", plain, 0, {"after": 0, "content": "pony_2"}, 0)))
    out.append(vector("pity_due_and_in_stock", bound("y4", plain, 9, pity, 9, stock_of("snap_4", 3, 2, 1, 1))))
    out.append(vector("pity_due_but_sold_out", bound("y5", plain, 9, pity, 9, stock_of("snap_5", 3, 2, 1, 0))))
    out.append(vector("pity_not_in_the_stock_list", bound("y6", plain, 9, pity, 9, stock_of("snap_6", 3, 2))))

    out.append(vector("permutation_of_one", bound("f1", plain, 0, None, 0, stock_of("snap_f1", 0, 1))))
    out.append(vector("permutation_of_two", bound("f2", plain, 1, None, 0, stock_of("snap_f2", 1, 1))))
    out.append(vector("permutation_of_eight", bound("f8", plain, 2, None, 0, stock_of("snap_f8", 4, 2, 1, 1))))
    out.append(vector("permutation_of_nine_fills_a_block", bound("f9", plain, 3, None, 0, stock_of("snap_f9", 4, 3, 1, 1))))
    out.append(vector("permutation_of_ten_needs_two_blocks", bound("f10", plain, 4, None, 0, stock_of("snap_f10", 5, 3, 1, 1))))
    out.append(vector("permutation_of_eighty", bound("f80", plain, 5, None, 0, stock_of("snap_f80", 50, 20, 8, 2))))
    out.append(vector("permutation_of_two_hundred", bound("f200", plain, 6, None, 0, stock_of("snap_f200", 120, 60, 19, 1))))
    return {
        "about": "Digital draws, from core/contract/README.md. Hex is lower-case; how.by is pity, permutation or odds.",
        "vectors": out,
    }


# --- quote_digest ---------------------------------------------------------------------------------------------------


def canonical(value):
    """RFC 8785 for what a quote may hold: null, booleans, strings, integers up to 2^53 - 1, arrays, objects."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        if abs(value) > (1 << 53) - 1:
            raise ValueError("an integer beyond 2^53 - 1 has no canonical form")
        return str(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list):
        return "[" + ",".join(canonical(entry) for entry in value) + "]"
    if isinstance(value, dict):
        # Keys are ordered by their UTF-16 code units, which differs from code points beyond the BMP.
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(quoted(key) + ":" + canonical(value[key]) for key in keys) + "}"
    raise ValueError(f"{type(value).__name__} has no place in a quote")


SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quoted(value):
    out = (SHORT.get(char, f"\\u{ord(char):04x}" if ord(char) < 0x20 else char) for char in value)
    return '"' + "".join(out) + '"'


def present(entry, name):
    return {name: entry[name]} if entry.get(name) is not None else {}


def destination_of(method):
    wanted = method.get("selected_destination_id")
    for candidate in method.get("destinations", []):
        if wanted is not None and candidate.get("id") == wanted:
            return {key: value for key, value in candidate.items() if key != "id" and value is not None}
    return None


def digest_input(shop, checkout, instrument):
    """The object that is hashed, from the shop's checkout and the instrument that complete carries."""
    methods = (checkout.get("fulfillment") or {}).get("methods", [])
    destinations = [destination_of(method) for method in methods]
    options = [
        group["selected_option_id"]
        for method in methods
        for group in method.get("groups", [])
        if group.get("selected_option_id") is not None
    ]
    return {
        "v": 1,
        "shop": shop,
        "checkout_id": checkout["id"],
        "currency": checkout["currency"],
        "lines": [
            {
                "id": line["id"],
                "item": line["item"]["id"],
                "quantity": line["quantity"],
                "totals": [{"type": entry["type"], "amount": entry["amount"]} for entry in line["totals"]],
            }
            for line in checkout["line_items"]
        ],
        "totals": [
            {"type": entry["type"], "amount": entry["amount"], **present(entry, "display_text")}
            for entry in checkout["totals"]
        ],
        "destination": (destinations or [None])[0] if len(destinations) < 2 else destinations,
        "delivery": ",".join(options) if options else None,
        "handler": instrument["handler_id"],
        "instrument": instrument["id"],
    }


def digest_vector(name, shop, checkout, instrument):
    hashed = digest_input(shop, checkout, instrument)
    line = canonical(hashed)
    return {
        "name": name,
        "shop": shop,
        "checkout": checkout,
        "instrument": instrument,
        "input": hashed,
        "canonical": line,
        "quote_digest": hashlib.sha256(line.encode("utf-8")).hexdigest(),
    }


def line_item(line_id, item, title, price, quantity=1):
    amount = price * quantity
    return {
        "id": line_id,
        "item": {"id": item, "title": title, "price": price},
        "quantity": quantity,
        "totals": [{"type": "subtotal", "amount": amount}, {"type": "total", "amount": amount}],
    }


def method(method_id, lines, destination, option, kind="shipping"):
    return {
        "id": method_id,
        "type": kind,
        "line_item_ids": lines,
        "destinations": [destination] if destination else [],
        "selected_destination_id": destination["id"] if destination else None,
        "groups": [{"id": f"g_{method_id}", "line_item_ids": lines, "options": [], "selected_option_id": option}],
    }


def digest_vectors():
    token = {"id": "ins_1", "handler_id": "mock_pay", "type": "card", "selected": True}
    home = {
        "id": "dest_1",
        "street_address": "1 Harbour Road",
        "address_locality": "Springfield",
        "address_region": "IL",
        "postal_code": "62701",
        "address_country": "US",
    }
    pearl = line_item("li_1", "pearl_17", "Baroque pearl No. 17", 4200)
    plain = {
        "id": "chk_1",
        "currency": "USD",
        "line_items": [pearl],
        "totals": [
            {"type": "subtotal", "amount": 4200},
            {"type": "fulfillment", "amount": 500, "display_text": "Standard delivery"},
            {"type": "tax", "amount": 336},
            {"type": "total", "amount": 5036},
        ],
        "fulfillment": {"methods": [method("m1", ["li_1"], home, "standard")]},
    }
    han_home = {
        "id": "dest_2",
        "street_address": "珠山区陶阳路 18 号",
        "extended_address": "三单元 “瓷” 室",
        "address_locality": "景德镇市",
        "address_region": "江西省",
        "postal_code": "333000",
        "address_country": "CN",
        "phone_number": None,
    }
    mug = line_item("li_1", "mug_青花_2", "青花手绘杯", 12800, 2)
    han = {
        "id": "chk_瓷_2",
        "currency": "CNY",
        "line_items": [mug],
        "totals": [
            {"type": "subtotal", "amount": 25600},
            {"type": "items_discount", "amount": -1000, "display_text": "直播间立减"},
            {"type": "fulfillment", "amount": 0, "display_text": "包邮"},
            {"type": "total", "amount": 24600, "display_text": "应付"},
        ],
        "fulfillment": {"methods": [method("m1", ["li_1"], han_home, "顺丰")]},
    }
    course = line_item("li_9", "vocal_course", "Vocal course, 8 sessions", 9900)
    digital = {
        "id": "chk_3",
        "currency": "USD",
        "line_items": [course],
        "totals": [{"type": "subtotal", "amount": 9900}, {"type": "total", "amount": 9900}],
    }
    yen = {
        "id": "chk_4",
        "currency": "JPY",
        "line_items": [line_item("li_1", "snack_1", "Crisps", 150, 12), line_item("li_2", "snack_2", "Noodles", 300)],
        "totals": [
            {"type": "subtotal", "amount": 2100},
            {"type": "discount", "amount": -100},
            {"type": "deposit", "amount": 50, "display_text": "Bottle \"deposit\" \\ per piece"},
            {
                "type": "fee",
                "amount": 30,
                "display_text": "Fees\tand\nmore",
                "lines": [{"display_text": "not hashed", "amount": 30}],
            },
            {"type": "total", "amount": 2080},
        ],
        "fulfillment": {"methods": [method("m1", ["li_1", "li_2"], home, "express")]},
    }
    shop_floor = {
        "id": "loc_1",
        "name": "Pearl counter",
        "address": {"street_address": "2 Quay", "address_locality": "Springfield", "address_country": "US"},
    }
    pickup = {
        **plain,
        "id": "chk_5",
        "fulfillment": {"methods": [method("m1", ["li_1"], shop_floor, "counter", "pickup")]},
    }
    two_ways = {
        **plain,
        "id": "chk_6",
        "line_items": [pearl, line_item("li_2", "bracelet_3", "Crystal bracelet", 3000)],
        "fulfillment": {
            "methods": [method("m1", ["li_1"], home, "standard"), method("m2", ["li_2"], shop_floor, "counter", "pickup")]
        },
    }
    groups = {
        **plain,
        "id": "chk_7",
        "fulfillment": {
            "methods": [
                {
                    **method("m1", ["li_1"], home, "standard"),
                    "groups": [
                        {"id": "g1", "line_item_ids": ["li_1"], "selected_option_id": "standard"},
                        {"id": "g2", "line_item_ids": [], "selected_option_id": None},
                        {"id": "g3", "line_item_ids": [], "selected_option_id": "express"},
                    ],
                }
            ]
        },
    }
    # A member beyond the BMP sorts before U+FB33 by UTF-16 code units, after it by code points.
    odd_keys = {
        **plain,
        "id": "chk_8",
        "fulfillment": {
            "methods": [
                method("m1", ["li_1"], {**home, "\ufb33": "a", "\U0001f600": "b", "\u20ac": "c", "ö": True, "1": 7}, "standard")
            ]
        },
    }
    dearer = {**plain, "totals": [*plain["totals"][:2], {"type": "tax", "amount": 337}, {"type": "total", "amount": 5037}]}
    swapped = {**plain, "totals": [plain["totals"][0], plain["totals"][2], plain["totals"][1], plain["totals"][3]]}
    shop = "pearls.example"
    return {
        "about": "quote_digest from core/contract/README.md: the shop's checkout and the instrument, the input, its RFC 8785 string, its SHA-256.",
        "vectors": [
            digest_vector("plain", shop, plain, token),
            digest_vector("one_cent_more", shop, dearer, token),
            digest_vector("totals_in_another_order", shop, swapped, token),
            digest_vector("another_instrument", shop, plain, {**token, "id": "ins_2"}),
            digest_vector("another_shop_with_a_port", "127.0.0.1:4001", plain, token),
            digest_vector("han_address_and_labels", "瓷器.example", han, {**token, "handler_id": "wallet"}),
            digest_vector("no_delivery_at_all", "127.0.0.1:4002", digital, token),
            digest_vector("escapes_and_no_minor_unit", "snacks.example", yen, token),
            digest_vector("collected_at_the_counter", shop, pickup, token),
            digest_vector("two_methods", shop, two_ways, token),
            digest_vector("groups_with_and_without_option", shop, groups, token),
            digest_vector("members_beyond_the_bmp", shop, odd_keys, token),
        ],
    }


# --- files ----------------------------------------------------------------------------------------------------------


def files():
    for name, content in (("draw.json", draw_vectors()), ("quote_digest.json", digest_vectors())):
        yield VECTORS / name, json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def main(arguments):
    if arguments not in ([], ["--check"]):
        print(__doc__)
        return 2
    wrong = 0
    for path, content in files():
        if not arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        same = path.exists() and path.read_text(encoding="utf-8") == content
        wrong += not same
        print(f"{'ok' if same else 'DIFFERS'} {path.name}: {len(json.loads(content)['vectors'])} vectors")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
