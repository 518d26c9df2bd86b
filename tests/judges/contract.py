#!/usr/bin/env python3
"""Judges core/contract/ by libraries that others wrote. Exit code 1 if anything does not hold.

Needs from PyPI (it installs nothing itself):  pip install pyyaml jsonschema referencing openapi-spec-validator

    contract.py [--contract DIR]

- every JSON Schema is a valid 2020-12 schema, says what it is, has a description at every property, and its examples validate;
- openapi.yaml is valid OpenAPI 3.1, every $ref in it resolves, every example validates, every operation has an example, a 4xx and a
  default answer in the error shape, and the headers that every request carries;
- asyncapi.yaml parses, every $ref in it resolves, every message has an example and all validate;
- the example profiles validate, here and (of the capabilities' config) by each capability's schema;
- README.md names no error code that the schema does not know, and the other way round;
- the vectors are what the scripts make, and the bindings and quotes in them validate.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

try:
    import yaml
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError, UnknownType
    from openapi_spec_validator import OpenAPIV31SpecValidator
    from referencing import Registry, Resource
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012
except ImportError as missing:
    sys.exit(f"{missing}; pip install pyyaml jsonschema referencing openapi-spec-validator")

HERE = Path(__file__).resolve().parent
CONTRACT = HERE.parents[1] / "core" / "contract"
METHODS = {"get", "put", "post", "delete", "patch", "head", "options"}
EVERY_REQUEST = {"UCP-Agent", "Request-Id"}


class Judge:
    def __init__(self, contract):
        self.contract = contract
        self.failures = []
        self.counts = {}
        self.documents = {}
        for path in sorted(contract.rglob("*")):
            if path.suffix in (".json", ".yaml"):
                text = path.read_text(encoding="utf-8")
                self.documents[path] = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
        resources = ((p.as_uri(), Resource(contents=d, specification=DRAFT202012)) for p, d in self.documents.items())
        self.registry = Registry().with_resources(resources)

    def check(self, holds, what):
        if not holds:
            self.failures.append(what)

    def count(self, what, by=1):
        self.counts[what] = self.counts.get(what, 0) + by

    def resolve(self, path, reference):
        """What a $ref in that file points at, and the file it is in; None if it does not resolve."""
        try:
            found = self.registry.resolver(base_uri=path.as_uri()).lookup(reference)
        except Unresolvable as error:
            self.failures.append(f"{path.name}: $ref {reference} does not resolve: {error}")
            return None
        target = path if reference.startswith("#") else (path.parent / reference.split("#")[0]).resolve()
        return found.contents, target

    def refs(self, path, node, at=""):
        """Resolves every $ref of a document; a path out of the contract or a web address counts as unresolved."""
        if isinstance(node, dict):
            reference = node.get("$ref")
            if isinstance(reference, str):
                self.count("$refs")
                self.resolve(path, reference)
            for key, value in node.items():
                if key not in ("examples", "example"):
                    self.refs(path, value, f"{at}/{key}")
        elif isinstance(node, list):
            for index, value in enumerate(node):
                self.refs(path, value, f"{at}/{index}")

    def fits(self, path, pointer, value, what):
        """Whether a value validates against the schema at a JSON pointer of a file."""
        self.count("examples")
        schema = {"$ref": path.as_uri() + "#" + pointer}
        try:
            for error in Draft202012Validator(schema, registry=self.registry).iter_errors(value):
                self.failures.append(f"{what}: {error.json_path}: {error.message[:300]}")
        except (Unresolvable, UnknownType) as error:
            self.failures.append(f"{what}: cannot be judged: {str(error).strip().splitlines()[0][:200]}")

    def fails(self, path, value, what):
        schema = {"$ref": path.as_uri()}
        self.check(not Draft202012Validator(schema, registry=self.registry).is_valid(value), f"{what}: should not validate")

    # --- schemas

    def schemas(self):
        for path in sorted((self.contract / "schemas").glob("*.json")):
            self.count("schemas")
            document = self.documents[path]
            try:
                Draft202012Validator.check_schema(document)
            except SchemaError as error:
                self.failures.append(f"{path.name}: no valid schema: {error.message}")
                continue
            for member in ("$schema", "title", "description"):
                self.check(document.get(member), f"{path.name}: has no {member}")
            self.refs(path, document)
            self.described(path, document, path.name)
            seen = self.examples_in(path, document, "")
            self.check(seen or path.stem == "profile", f"{path.name}: has no example")

    def described(self, path, node, at):
        if isinstance(node, dict):
            for name, prop in (node.get("properties") or {}).items() if isinstance(node.get("properties"), dict) else ():
                ok = isinstance(prop, dict) and (prop.get("description") or "$ref" in prop or "properties" in prop)
                self.check(ok, f"{at}: property {name} says not what it is")
            self.check(node.get("additionalProperties") is not False, f"{at}: forbids unknown members")
            for key, value in node.items():
                if key not in ("examples", "example", "enum", "const"):
                    self.described(path, value, f"{at}/{key}")
        elif isinstance(node, list):
            for index, value in enumerate(node):
                self.described(path, value, f"{at}/{index}")

    def examples_in(self, path, node, pointer):
        seen = 0
        if isinstance(node, dict):
            if isinstance(node.get("examples"), list):
                for index, example in enumerate(node["examples"]):
                    seen += 1
                    self.fits(path, pointer, example, f"{path.name}#{pointer} example {index}")
            for key, value in node.items():
                if key != "examples":
                    seen += self.examples_in(path, value, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
        return seen

    # --- openapi

    def openapi(self):
        path = self.contract / "openapi.yaml"
        document = self.documents[path]
        for error in OpenAPIV31SpecValidator(document, base_uri=path.as_uri()).iter_errors():
            self.failures.append(f"openapi.yaml: {error.message[:300]}")
        self.refs(path, document)
        error_schema = (self.contract / "schemas" / "error.json").resolve()
        ids = set()
        for route, item in document["paths"].items():
            for method, operation in item.items():
                if method in METHODS:
                    self.count("operations")
                    name = f"{method.upper()} {route}"
                    oid = operation.get("operationId")
                    self.check(oid and oid not in ids, f"{name}: operationId missing or twice")
                    ids.add(oid)
                    pointer = f"/paths/{route.replace('~', '~0').replace('/', '~1')}/{method}"
                    self.operation(path, name, method, operation, pointer, error_schema)
        for kind in ("responses",):
            for name, response in document["components"][kind].items():
                self.bodies(path, response, f"/components/{kind}/{name}", f"components/{name}")
        for name, parameter in document["components"]["parameters"].items():
            if "example" in parameter:
                self.fits(path, f"/components/parameters/{name}/schema", parameter["example"], f"parameter {name}")

    def operation(self, path, name, method, operation, pointer, error_schema):
        parameters = [self.deref(path, parameter) for parameter in operation.get("parameters", [])]
        headers = {p["name"] for p in parameters if p and p["in"] == "header"}
        self.check(headers >= EVERY_REQUEST, f"{name}: lacks a header of every request")
        mutates = method != "get" and operation["operationId"] != "postToken"
        self.check(("Idempotency-Key" in headers) == mutates, f"{name}: Idempotency-Key where none belongs, or none where one does")
        named = set(re.findall(r"{(\w+)}", name))
        inside = {p["name"] for p in parameters if p and p["in"] == "path"}
        self.check(named == inside, f"{name}: path parameters {inside} for {named}")
        if "requestBody" in operation:
            seen = self.bodies(path, operation["requestBody"], pointer + "/requestBody", f"{name} body")
            self.check(seen, f"{name}: no example of its body")
        answered = 0
        for status, answer in operation["responses"].items():
            answer_at = f"{pointer}/responses/{status}"
            response = self.deref(path, answer)
            if response is None:
                continue
            if "$ref" not in answer:
                answered += self.bodies(path, response, answer_at, f"{name} {status}")
            if status[0] in "45d":
                schema = response["content"]["application/json"]["schema"]
                found = self.resolve(path, schema["$ref"]) if "$ref" in schema else None
                self.check(found and found[1] == error_schema, f"{name} {status}: not in the error shape")
        self.check(answered, f"{name}: no example of an answer")
        statuses = set(operation["responses"])
        self.check("default" in statuses and any(s[0] == "4" for s in statuses), f"{name}: no error answer")
        self.check("429" in statuses and "503" in statuses, f"{name}: no answer for later")

    def deref(self, path, node):
        if "$ref" not in node:
            return node
        found = self.resolve(path, node["$ref"])
        return found[0] if found else None

    def bodies(self, path, holder, pointer, what):
        seen = 0
        for kind, content in (holder.get("content") or {}).items():
            at = f"{pointer}/content/{kind.replace('/', '~1')}/schema"
            for name, example in (content.get("examples") or {}).items():
                seen += 1
                self.fits(path, at, example["value"], f"{what}, example {name}")
        return seen

    # --- asyncapi

    def asyncapi(self):
        path = self.contract / "asyncapi.yaml"
        document = self.documents[path]
        self.check(str(document.get("asyncapi", "")).startswith("3."), "asyncapi.yaml: not AsyncAPI 3")
        self.refs(path, document)
        for name, message in document["components"]["messages"].items():
            self.count("messages")
            self.check(message.get("examples"), f"asyncapi.yaml: message {name} has no example")
            for index, example in enumerate(message.get("examples", [])):
                self.fits(path, f"/components/messages/{name}/payload", example["payload"], f"message {name}, example {index}")
        for name, operation in document["operations"].items():
            self.check(operation["action"] in ("send", "receive"), f"asyncapi.yaml: {name} neither sends nor receives")
            self.check(operation["action"] == "receive" or "reply" in operation, f"asyncapi.yaml: {name} has no reply")
        used = {json.dumps(reference) for reference in self.strings(document["operations"])}
        for name, channel in document["channels"].items():
            self.check(any(f"#/channels/{name}\"" in one for one in used), f"asyncapi.yaml: channel {name} is used by nothing")
            for parameter in re.findall(r"{(\w+)}", channel["address"] or ""):
                self.check(parameter in channel.get("parameters", {}), f"asyncapi.yaml: {name} lacks {parameter}")

    def strings(self, node):
        if isinstance(node, dict):
            for value in node.values():
                yield from self.strings(value)
        elif isinstance(node, list):
            for value in node:
                yield from self.strings(value)
        elif isinstance(node, str):
            yield node

    # --- the rest

    def profiles(self):
        for path in sorted((self.contract / "examples").glob("*_profile.json")):
            self.count("profiles")
            self.fits(self.contract / "schemas" / "profile.json", "", self.documents[path], path.name)
            known = {p.stem.removeprefix("capability_") for p in (self.contract / "schemas").glob("capability_*.json")}
            for name, entries in self.documents[path]["ucp"]["capabilities"].items():
                short = name.removeprefix("app.nightmarket.shopping.")
                if short == name:
                    continue
                self.check(short in known, f"{path.name}: {name} has no schema")
                document = self.documents.get(self.contract / "schemas" / f"capability_{short}.json", {})
                self.check(document.get("name") == name, f"capability_{short}.json is not named {name}")
                parents = entries[0].get("extends", [])
                for parent in [parents] if isinstance(parents, str) else parents:
                    self.check(parent in document.get("$defs", {}), f"capability_{short}.json has no $defs of {parent}")

    def codes(self):
        readme = (self.contract / "README.md").read_text(encoding="utf-8")
        table = readme.split("| status | code |")[1].split("\n\n")[0]
        said = {code for row in table.splitlines()[1:] for code in re.findall(r"`([a-z_]+)`", row.split("|")[2] if row.count("|") > 2 else "")}
        schema = self.documents[self.contract / "schemas" / "error.json"]
        known = set(schema["properties"]["code"]["anyOf"][0]["enum"])
        self.check(said == known, f"error codes: README and error.json differ in {sorted(said ^ known)}")
        shown = set(re.findall(r"code: ([a-z_]+)", (self.contract / "openapi.yaml").read_text(encoding="utf-8")))
        self.check(known - shown <= {"version_unsupported", "profile_malformed", "profile_unreachable"}, f"openapi.yaml shows no {sorted(known - shown)}")

    def vectors(self):
        for script in ("draw_vectors.py", "jws_vectors.py"):
            ran = subprocess.run([sys.executable, HERE / script, "--check"], capture_output=True, text=True, check=False)
            self.check(ran.returncode == 0, f"{script} --check: {ran.stdout.strip()} {ran.stderr.strip()[-300:]}")
        vectors, schemas = self.contract / "vectors", self.contract / "schemas"
        readme = (self.contract / "README.md").read_text(encoding="utf-8")
        digests = self.documents[vectors / "quote_digest.json"]["vectors"]
        for vector in digests:
            self.fits(schemas / "quote.json", "", vector["input"], f"digest vector {vector['name']}")
        self.check(digests[0]["canonical"] in readme and digests[0]["quote_digest"] in readme, "README: the worked digest is not the vector's")
        draws = self.documents[vectors / "draw.json"]["vectors"]
        for vector in draws:
            self.fits(schemas / "draw_binding.json", "", vector["binding"], f"draw vector {vector['name']}")
        worked = next(vector for vector in draws if vector["name"] == "rejected_once_of_a_billion")
        for member in ("server_seed", "client_seed", "commitment", "block_0"):
            self.check(worked[member] in readme, f"README: the worked draw's {member} is not the vector's")
        claims = {"nm-offer+jwt": ("offer.json", ""), "nm-proof+jwt": ("membership.json", "/$defs/claims")}
        for vector in self.documents[vectors / "jws.json"]["vectors"]:
            if vector["verdict"] == "valid" and vector["typ"] in claims:
                name, pointer = claims[vector["typ"]]
                self.fits(schemas / name, pointer, vector["claims"], f"jws vector {vector['name']}")

    def strictness(self):
        """The schemas must be able to say no: a few wrong values that may not pass."""
        schemas = self.contract / "schemas"
        for name, wrong in (
            ("money.json", {"amount": 1.5, "currency": "USD"}),
            ("money.json", {"amount": 1, "currency": "usd"}),
            ("time.json", "2026-11-24T20:15:03Z"),
            ("bound.json", {"expected_total": {"amount": 1, "currency": "USD"}, "quote_digest": "AB"}),
            ("line.json", {"id": "l", "client_id": "c", "room": "r", "group": "g", "from": {"id": "s", "name": "n"}, "text": "t", "at": "2026-11-24T20:15:03.250Z"}),
            ("error.json", {"code": "not_found"}),
        ):
            self.fails(schemas / name, wrong, f"{name} {wrong}")


def main(arguments):
    contract = Path(arguments[1]).resolve() if len(arguments) == 2 and arguments[0] == "--contract" else CONTRACT
    judge = Judge(contract)
    for part in ("schemas", "openapi", "asyncapi", "profiles", "codes", "vectors", "strictness"):
        try:
            getattr(judge, part)()
        except Exception as error:  # one broken file must not hide what else is broken
            judge.failures.append(f"{part}: stopped by {type(error).__name__}: {str(error).strip().splitlines()[0][:200]}")
    for failure in judge.failures:
        print("FAIL", failure)
    print(", ".join(f"{count} {what}" for what, count in judge.counts.items()) + f": {len(judge.failures)} failures")
    return 1 if judge.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
