#!/usr/bin/env python3
"""Signed vectors: offers, proofs of membership, commitments of draws, and how each can be wrong.

Python 3 standard library only: P-256 and RFC 6979 are written out here, so that the vectors are the same on every run and
no library of the client is trusted with them. The private keys are for these vectors alone.

    jws_vectors.py             writes core/contract/vectors/jws.json
    jws_vectors.py --check     compares it with what is committed; exit code 1 if it differs
"""

import base64
import hashlib
import hmac
import json
import sys
from pathlib import Path

PATH = Path(__file__).resolve().parents[2] / "core" / "contract" / "vectors" / "jws.json"

# NIST P-256 (SEC 2, secp256r1).
P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
A = P - 3
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)


def add(left, right):
    if left is None:
        return right
    if right is None:
        return left
    if left[0] == right[0]:
        if (left[1] + right[1]) % P == 0:
            return None
        slope = (3 * left[0] * left[0] + A) * pow(2 * left[1], -1, P) % P
    else:
        slope = (right[1] - left[1]) * pow(right[0] - left[0], -1, P) % P
    x = (slope * slope - left[0] - right[0]) % P
    return x, (slope * (left[0] - x) - left[1]) % P


def times(factor, point):
    out = None
    while factor:
        if factor & 1:
            out = add(out, point)
        point = add(point, point)
        factor >>= 1
    return out


def nonce(secret, digest):
    """RFC 6979, section 3.2, for SHA-256 and a 256-bit order."""
    seed = secret.to_bytes(32, "big") + (int.from_bytes(digest, "big") % N).to_bytes(32, "big")
    key, value = b"\x00" * 32, b"\x01" * 32
    for mark in (b"\x00", b"\x01"):
        key = hmac.new(key, value + mark + seed, hashlib.sha256).digest()
        value = hmac.new(key, value, hashlib.sha256).digest()
    while True:
        value = hmac.new(key, value, hashlib.sha256).digest()
        candidate = int.from_bytes(value, "big")
        if 0 < candidate < N:
            return candidate
        key = hmac.new(key, value + b"\x00", hashlib.sha256).digest()
        value = hmac.new(key, value, hashlib.sha256).digest()


def ecdsa(secret, message):
    digest = hashlib.sha256(message).digest()
    k = nonce(secret, digest)
    r = times(k, G)[0] % N
    s = pow(k, -1, N) * (int.from_bytes(digest, "big") + r * secret) % N
    return r, s


def verifies(public, message, r, s):
    inverse = pow(s, -1, N)
    digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
    point = add(times(digest * inverse % N, G), times(r * inverse % N, public))
    return point is not None and point[0] % N == r


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


class Key:
    def __init__(self, kid):
        self.kid = kid
        self.secret = int.from_bytes(hashlib.sha256(b"nightmarket vector key: " + kid.encode()).digest(), "big") % N
        self.public = times(self.secret, G)

    def jwk(self):
        x, y = (b64(axis.to_bytes(32, "big")) for axis in self.public)
        return {"kid": self.kid, "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "x": x, "y": y}

    def sign(self, typ, claims, **header):
        head = {"alg": "ES256", "kid": self.kid, "typ": typ, **header}
        message = ".".join(b64(json.dumps(part, ensure_ascii=False).encode()) for part in (head, claims))
        r, s = ecdsa(self.secret, message.encode("ascii"))
        assert verifies(self.public, message.encode("ascii"), r, s)
        return message + "." + b64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def der(r, s):
    def integer(value):
        raw = value.to_bytes((value.bit_length() + 8) // 8, "big")
        return b"\x02" + bytes([len(raw)]) + raw

    body = integer(r) + integer(s)
    return b"\x30" + bytes([len(body)]) + body


NOW = 1_795_551_310
OFFER = {
    "iss": "pearls.example",
    "aud": "shopper_1",
    "jti": "off_31",
    "iat": NOW - 7,
    "exp": NOW + 113,
    "item": "pearl_17",
    "title": "Baroque pearl No. 17",
    "price": 4200,
    "currency": "USD",
    "room": "room_pearls",
    "moment": "2026-11-24T20:14:54.120Z",
    "photo": "https://pearls.example/media/pearl_17.png",
    "serial": "17",
}
PROOF = {
    "iss": "venue.example",
    "aud": "cards.example",
    "sub": "shopper_1",
    "group": "group_ponies",
    "jti": "prf_1",
    "iat": NOW - 3,
    "exp": NOW + 597,
}
DRAW = {
    "iss": "cards.example",
    "iat": NOW,
    "draw_id": "draw_n0",
    "commitment": hashlib.sha256(b"any commitment").hexdigest(),
}


def vectors():
    shop, old, venue, other = Key("shop-2"), Key("shop-1"), Key("venue-1"), Key("shop-9")
    imposter = Key("imposter")
    imposter.kid = shop.kid
    keys = [old.jwk(), shop.jwk()]
    good = shop.sign("nm-offer+jwt", OFFER)
    head, body, signature = good.split(".")
    cheaper = b64(json.dumps({**OFFER, "price": 1}).encode())
    none_head = b64(json.dumps({"alg": "none", "kid": shop.kid, "typ": "nm-offer+jwt"}).encode())
    mac_head = b64(json.dumps({"alg": "HS256", "kid": shop.kid, "typ": "nm-offer+jwt"}).encode())
    mac = hmac.new(shop.jwk()["x"].encode(), f"{mac_head}.{body}".encode(), hashlib.sha256).digest()
    as_der = b64(der(*ecdsa(shop.secret, f"{head}.{body}".encode("ascii"))))
    han = {**OFFER, "title": "巴洛克珍珠 17 号", "price": 29800, "currency": "CNY", "serial": 17, "later": {"member": True}}

    def offer(name, jws, verdict, **more):
        return {"name": name, "typ": "nm-offer+jwt", "aud": "shopper_1", "now": NOW, "keys": keys, "jws": jws, "verdict": verdict, **more}

    return [
        offer("offer", good, "valid", claims=OFFER),
        offer("offer_by_the_older_key", old.sign("nm-offer+jwt", OFFER), "valid", claims=OFFER),
        offer("offer_han_title_and_unknown_claim", shop.sign("nm-offer+jwt", han), "valid", claims=han),
        offer("offer_in_its_last_second", good, "valid", now=OFFER["exp"] - 1, claims=OFFER),
        offer("offer_expired_on_the_second", good, "expired", now=OFFER["exp"]),
        offer("offer_from_the_future", shop.sign("nm-offer+jwt", {**OFFER, "iat": NOW + 61, "exp": NOW + 120}), "not_yet"),
        offer("offer_of_another_shopper", shop.sign("nm-offer+jwt", {**OFFER, "aud": "shopper_2"}), "not_yours"),
        offer("offer_without_exp", shop.sign("nm-offer+jwt", {k: v for k, v in OFFER.items() if k != "exp"}), "malformed"),
        offer("offer_with_a_price_in_fractions", shop.sign("nm-offer+jwt", {**OFFER, "price": 42.5}), "malformed"),
        offer("offer_made_cheaper", f"{head}.{cheaper}.{signature}", "bad_signature"),
        offer("offer_by_an_imposter", imposter.sign("nm-offer+jwt", OFFER), "bad_signature"),
        offer("offer_signature_in_der", f"{head}.{body}.{as_der}", "bad_signature"),
        offer("offer_signature_cut", good[:-4], "bad_signature"),
        offer("offer_unsigned", f"{none_head}.{body}.", "unexpected"),
        offer("offer_by_mac_with_the_public_key", f"{mac_head}.{body}.{b64(mac)}", "unexpected"),
        offer("offer_of_another_type", shop.sign("nm-proof+jwt", OFFER), "unexpected"),
        offer("offer_with_crit", shop.sign("nm-offer+jwt", OFFER, crit=["b64"]), "unexpected"),
        offer("offer_by_an_unlisted_key", other.sign("nm-offer+jwt", OFFER), "unexpected"),
        offer("two_parts", f"{head}.{body}", "malformed"),
        offer("not_base64", f"{head}.{body[:-1]}*.{signature}", "malformed"),
        {
            "name": "proof",
            "typ": "nm-proof+jwt",
            "aud": "cards.example",
            "now": NOW,
            "keys": [venue.jwk()],
            "jws": venue.sign("nm-proof+jwt", PROOF),
            "verdict": "valid",
            "claims": PROOF,
        },
        {
            "name": "proof_for_another_shop",
            "typ": "nm-proof+jwt",
            "aud": "pearls.example",
            "now": NOW,
            "keys": [venue.jwk()],
            "jws": venue.sign("nm-proof+jwt", PROOF),
            "verdict": "not_yours",
        },
        {
            "name": "draw",
            "typ": "nm-draw+jwt",
            "aud": None,
            "now": NOW,
            "keys": keys,
            "jws": shop.sign("nm-draw+jwt", DRAW),
            "verdict": "valid",
            "claims": DRAW,
        },
    ]


ABOUT = (
    "Compact JWS as core/contract/README.md has them: given type, audience, time (seconds) and keys, the verdict. unexpected: algorithm, type, "
    "crit or key; malformed: not a JWS, or claims that are missing or of a wrong kind; the first that applies in the order of the README."
)


def main(arguments):
    if arguments not in ([], ["--check"]):
        print(__doc__)
        return 2
    content = json.dumps({"about": ABOUT, "vectors": vectors()}, ensure_ascii=False, indent=1) + "\n"
    if not arguments:
        PATH.write_text(content, encoding="utf-8")
    same = PATH.exists() and PATH.read_text(encoding="utf-8") == content
    print(f"{'ok' if same else 'DIFFERS'} {PATH.name}: {len(json.loads(content)['vectors'])} vectors")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
