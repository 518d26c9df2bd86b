#!/usr/bin/env python3
"""Lets schemathesis call every operation of the contract at a sandbox: judge.py VENUE SHOP OUT EXAMPLES SEED

The contract knows no call that makes an order, so this buys some first, sends parcels back and draws boxes; hooks.py puts their ids into
requests that are otherwise schemathesis's own. Three runs beside each other: the venue, what the shop adds, and UCP's two paths that carry a
member of ours. Exit code 1 if schemathesis found anything, or an operation never answered 2xx and schema/unreached.json has no reason for it.
"""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONTRACT = HERE.parents[2] / "core" / "contract" / "openapi.yaml"
SHOPPER = "ada"
HOUR_MS = 3_600_000
ADDRESS = {"id": "home", "street_address": "1 Harbour Road", "address_locality": "Shanghai", "postal_code": "200001", "address_country": "CN"}
PAYMENT = {"instruments": [{"id": "ins_1", "handler_id": "sandbox_tokenizer", "type": "card", "selected": True,
                            "credential": {"type": "token", "token": "tok_success"}}]}


class Evening:
    """A shopper at the sandbox who gets things done, so that there is something to call."""

    def __init__(self, venue, shop):
        self.venue, self.shop = venue, shop

    def call(self, method, url, body=None):
        headers = {"content-type": "application/json", "ucp-agent": f'profile="{self.venue}/platform"', "request-id": str(uuid.uuid4()),
                   "idempotency-key": str(uuid.uuid4()), "authorization": f"Bearer token:{SHOPPER}"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            sys.exit(f"{method} {url}: {error.code} {error.read().decode()[:300]}")

    def control(self, path, **body):
        return self.call("POST", f"{self.venue}/_control/{path}", body)

    def checkout(self, item, quantity=1):
        return self.call("POST", f"{self.shop}/ucp/checkout-sessions", {
            "line_items": [{"item": {"id": item}, "quantity": quantity}],
            "fulfillment": {"methods": [{"type": "shipping", "destinations": [ADDRESS], "selected_destination_id": ADDRESS["id"],
                                         "groups": [{"selected_option_id": "std"}]}]}})["id"]

    def buy(self, item, quantity=1):
        placed = self.call("POST", f"{self.shop}/ucp/checkout-sessions/{self.checkout(item, quantity)}/complete", {"payment": PAYMENT})
        if placed.get("status") != "completed":
            sys.exit(f"{item} could not be bought: {json.dumps(placed)[:600]}")
        return placed["order"]["id"]

    def nightmarket(self, path, body):
        return self.call("POST", f"{self.shop}/nm/{path}", body)

    def things(self):
        """What requests may name, by the kind of thing."""
        # The hosts stand still: what happens is what schemathesis does.
        self.control("script", do="ambience", on=False)
        for item in ("mug_celadon_s", "pony_box", "lucky_box"):
            self.control("script", do="stock", shop=0, item=item, units=100_000)
        delivered = [self.buy("mug_celadon_s", 200) for _ in range(4)]
        self.control("clock", advance_ms=2 * HOUR_MS)
        returns = []
        for order in delivered:
            for _ in range(12):
                back = self.nightmarket("returns", {"order_id": order, "lines": [
                    {"line_id": "li_1", "quantity": 1, "reason": "changed_mind"}]})
                returns.append({"id": back["id"], "slots": [slot["id"] for slot in back["pickup"]["slots"]]})
        on_air, digital = self.buy("pony_box", 120), self.buy("lucky_box", 600)
        openings = [self.nightmarket("boxes/openings", {"order_id": on_air, "box_id": "box_pony"})["opening_id"] for _ in range(8)]
        draws = [self.nightmarket("draws", {"order_id": digital, "box_id": "box_lucky"})["draw_id"] for _ in range(60)]
        profile = self.call("GET", f"{self.venue}/nm/feed?limit=20")
        return {
            "rooms": [room["id"] for room in self.call("GET", f"{self.venue}/_control/rooms")["rooms"]],
            "posts": [post["id"] for post in profile["posts"]],
            "hosts": sorted({post["host"]["id"] for post in profile["posts"]}),
            "drops": [drop["id"] for drop in self.call("GET", f"{self.venue}/nm/drops")["drops"]],
            "groups": [group["id"] for group in self.call("GET", f"{self.venue}/nm/groups")["groups"]],
            "shops": [self.shop.split("://")[1]],
            "delivered": delivered,
            "orders": [self.buy("mug_celadon_s") for _ in range(40)],
            "returns": returns,
            "boxes": ["box_pony", "box_lucky"],
            "on_air": on_air,
            "digital": digital,
            "openings": openings,
            "draws": draws,
            "checkouts": [self.checkout("mug_celadon_s") for _ in range(60)],
            "item": "mug_celadon_s",
            "payment": PAYMENT,
            "address": ADDRESS,
        }


def start(name, url, only, out, examples, seed, things, venue):
    """One schemathesis; each has a process of its own, because it keeps one busy."""
    config = out / f"{name}.toml"
    config.write_text(f'hooks = "{HERE / "hooks.py"}"\n' + (HERE / "schemathesis.toml").read_text(encoding="utf-8"), encoding="utf-8")
    program = Path(sys.executable).with_name("st")
    command = [program, "--config-file", config, "run", CONTRACT, "--url", url, "--max-examples", str(examples), "--seed", str(seed),
               "--no-color", *only]
    environment = dict(os.environ, NIGHTMARKET_THINGS=str(things), NIGHTMARKET_SEEN=str(out / f"{name}.seen.json"), NIGHTMARKET_VENUE=venue)
    log = open(out / f"{name}.log", "w", encoding="utf-8")
    return name, subprocess.Popen([str(part) for part in command], stdout=log, stderr=subprocess.STDOUT, env=environment, cwd=out)


def main():
    venue, shop, out = sys.argv[1], sys.argv[2], Path(sys.argv[3]).resolve()
    examples, seed = int(sys.argv[4]), int(sys.argv[5])
    out.mkdir(parents=True, exist_ok=True)
    things = out / "things.json"
    things.write_text(json.dumps(Evening(venue, shop).things()), encoding="utf-8")
    ours = ["--include-tag", "orders", "--include-tag", "returns", "--include-tag", "blind_boxes"]
    runs = [
        start("venue", f"{venue}/nm", ["--include-tag", "feed", "--include-tag", "live", "--include-tag", "drops", "--include-tag", "fans"],
              out, examples, seed, things, venue),
        start("shop", f"{shop}/nm", ours, out, examples, seed, things, venue),
        start("ucp", f"{shop}/ucp", ["--include-tag", "offers", "--include-tag", "bound_complete"], out, examples, seed, things, venue),
    ]
    failures = []
    for name, process in runs:
        if process.wait() != 0:
            print((out / f"{name}.log").read_text(encoding="utf-8"))
            failures.append(f"schemathesis found something at {name}")
    failures += verdict(out, [name for name, _ in runs], examples)
    if failures:
        sys.exit("; ".join(failures))


def verdict(out, names, examples):
    """Per operation what it answered, and what is missing."""
    unreached = json.loads((HERE / "unreached.json").read_text(encoding="utf-8"))
    seen = {}
    for name in names:
        seen.update(json.loads((out / f"{name}.seen.json").read_text(encoding="utf-8")))
    failures = []
    wide = max(map(len, seen), default=0)
    for operation, statuses in sorted(seen.items()):
        print(f"{operation:{wide}}  " + "  ".join(f"{status}: {times}" for status, times in sorted(statuses.items())))
        reached = any(status.startswith("2") for status in statuses)
        if not reached and operation not in unreached:
            failures.append(f"{operation} never answered 2xx")
        if reached and operation in unreached:
            failures.append(f"{operation} answers 2xx, and unreached.json says that it cannot")
        if sum(statuses.values()) < examples:
            failures.append(f"{operation} was called {sum(statuses.values())} times, not {examples}")
    for operation in set(unreached) - set(seen):
        failures.append(f"unreached.json names {operation}, which is not in the contract")
    print(f"{len(seen)} operations, {sum(sum(statuses.values()) for statuses in seen.values())} calls")
    if not seen:
        failures.append("no operation was called")
    return failures


if __name__ == "__main__":
    main()
