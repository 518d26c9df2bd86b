"""What schemathesis cannot know: things that exist. judge.py made them and says where schemathesis looks for this file.

A request that is right by the contract gets the id of a real thing in three calls of four; one that is wrong on purpose stays wrong in
the very place, and is right everywhere else, so that it is refused for nothing but that. Everything counts up, so a seed gives the same run.
"""

import atexit
import collections
import itertools
import json
import os
import re
import uuid

import schemathesis
from schemathesis.core.parameters import ParameterLocation

VENUE = os.environ["NIGHTMARKET_VENUE"]
THINGS = json.load(open(os.environ["NIGHTMARKET_THINGS"], encoding="utf-8"))
TURNS = {kind: itertools.cycle(names) for kind, names in THINGS.items() if isinstance(names, list)}
CALLS = collections.Counter()
SEEN = collections.defaultdict(collections.Counter)
FRESH = itertools.count(1)

PROFILE = re.compile(r'^profile="https?://[^"\s]+"')
UUID = re.compile(r"^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$")
# Which kind of thing the `id` (or `drop_id`) of a path is.
PATHS = {
    "getRoom": "rooms", "getRoomLines": "rooms", "putReminder": "drops", "joinGroup": "groups", "getGroupLines": "groups", "postProof": "groups",
    "completeBound": "checkouts", "getUndo": "orders", "cancelOrder": "orders", "getReturnable": "delivered", "getBox": "boxes",
    "getOpening": "openings", "getDraw": "draws", "postClientSeed": "draws",
}
OF_A_RETURN = {"getReturn", "holdSlot", "bookSlot", "cancelReturn"}


def body_of(operation):
    """The members of a body that name things, as they are here."""
    take = lambda kind: next(TURNS[kind])
    if operation == "postFollow":
        return {"host_id": take("hosts")}
    if operation == "postLike":
        return {"post_id": take("posts")}
    if operation == "postProof":
        return {"shop": take("shops")}
    if operation == "postReturn":
        lines = [{"line_id": "li_1", "quantity": 1, "reason": "changed_mind"}]
        return {"order_id": take("delivered"), "lines": lines}
    if operation == "postOpening":
        return {"order_id": THINGS["on_air"], "box_id": "box_pony"}
    if operation == "postDraw":
        return {"order_id": THINGS["digital"], "box_id": "box_lucky"}
    if operation == "createCheckoutOfOffer":
        return {"line_items": [{"item": {"id": THINGS["item"]}, "quantity": 1}]}
    if operation == "completeBound":
        return {"payment": THINGS["payment"]}
    return {}


class Wrong:
    """Where a case is wrong on purpose."""

    def __init__(self, case):
        data = case.meta.phase.data
        self.places = {place for place, made in case.meta.components.items() if made.mode.is_negative}
        self.parameters = {data.parameter} | {mutation.parameter for mutation in data.mutations}
        if case.meta.generation.mode.is_negative and data.parameter_location is not None:
            self.places.add(data.parameter_location)

    def at(self, place, parameter=None):
        return place in self.places and (parameter is None or not self.parameters - {None} or parameter in self.parameters)


@schemathesis.hook
def before_call(_context, case, kwargs):
    if case.meta is None:
        return
    operation = case.operation.definition.raw["operationId"]
    wrong = Wrong(case)
    CALLS[operation] += 1
    real = CALLS[operation] % 4 != 0
    headers(case, operation, wrong, real)
    back = None
    if real and not wrong.at(ParameterLocation.PATH):
        path = case.path_parameters
        if operation in OF_A_RETURN:
            back = next(TURNS["returns"])
            path["id"] = back["id"]
            if "slot_id" in path:
                path["slot_id"] = back["slots"][CALLS[operation] % len(back["slots"])]
        elif operation in PATHS:
            path["drop_id" if operation == "putReminder" else "id"] = next(TURNS[PATHS[operation]])
    if operation == "getDraws" and real and not wrong.at(ParameterLocation.QUERY):
        case.query["box_id"] = next(TURNS["boxes"])
    if real and isinstance(case.body, dict) and not wrong.at(ParameterLocation.BODY):
        case.body.update(body_of(operation))
        if operation == "bookSlot" and back is not None:
            case.body["slot_id"] = back["slots"][0]
        if operation in ("completeBound", "createCheckoutOfOffer") and CALLS[operation] % 2:
            # Without ours it is UCP's own call, which succeeds.
            for member in [name for name in case.body if name.startswith("app.nightmarket.")]:
                del case.body[member]


def headers(case, operation, wrong, real):
    """A profile that exists, and a key of its own for most changes: the examples' one key is known after the first call."""
    # A plain dict, because schemathesis's probe with a wrong token throws all other headers away if it is none.
    case.headers = dict(case.headers)

    def put(name, value, good):
        if good.search(str(case.headers.get(name, ""))) or not wrong.at(ParameterLocation.HEADER, name):
            case.headers[name] = value

    put("UCP-Agent", f'profile="{VENUE}/platform"', PROFILE)
    if not case.headers.get("Request-Id"):
        put("Request-Id", str(uuid.UUID(int=next(FRESH), version=4)), UUID)
    if real and case.method.upper() != "GET":
        put("Idempotency-Key", str(uuid.UUID(int=next(FRESH), version=4)), UUID)
    if operation == "deleteAccount" and case.headers.get("Authorization") == "Bearer token:ada":
        # Whoever is deleted can do nothing any more.
        case.headers["Authorization"] = f"Bearer token:gone_{next(FRESH)}"


@schemathesis.hook
def after_call(_context, case, response):
    SEEN[case.operation.label][str(response.status_code)] += 1


@atexit.register
def tell():
    with open(os.environ["NIGHTMARKET_SEEN"], "w", encoding="utf-8") as out:
        json.dump(SEEN, out)
