#!/usr/bin/env python3
"""Says what spck-conformance saw: ucp_verdict.py REPORT.json UCP_VERSION MUSTS UNCHECKED.json [--write]

Its own exit code calls a run good that tested nothing. Here a run is good if it judged that version, found no
deviation, passed at least MUSTS requirements, and left out exactly what UNCHECKED.json says, with a reason each: the MUSTs
that it has no check of, and the checks that it did not run. --write brings that file up to date; a reason is then yours to give.
"""

import collections
import json
import sys
from pathlib import Path

import spck_conformance

NO_CHECK = "the judge has no check of it"

report = json.load(open(sys.argv[1], encoding="utf-8"))
version, musts, unchecked_file = sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])
verdict = report["verdict"]
passed, deviations = verdict["musts_passed"], verdict["deviations"]

for check in report["checks"]:
    if check["status"] == "deviation":
        print(f"deviates: {check['id']}")
        for requirement in check["requirements"]:
            print(f"    expected {requirement['id']}: {requirement['requirement']}")
        print(f"    observed {json.dumps(check['observed'])[:600]}")

reasons = collections.defaultdict(list)
for check in report["checks"]:
    if check["status"] not in ("clean-pass", "deviation"):
        reasons[check["status"]].append(check["id"])
for reason, ids in sorted(reasons.items()):
    print(f"{reason}: {', '.join(ids)}")

# The judge's own register of requirements; what applies is counted as the judge counts it.
register = Path(spck_conformance.__file__).parent / "_bundle" / "conformance" / "requirements" / version
rows = {}
for file in sorted(register.glob("[!_]*.json")):
    area = json.loads(file.read_text(encoding="utf-8"))
    rows.update((row["id"], (area["_area"], row)) for row in area["rows"])
applying = {
    name for name, (area, row) in rows.items()
    if row["keyword"] in ("MUST", "MUST NOT") and row["testability"] == "testable"
    and {"any", "rest"} & set(row["transport"]) and report["applicable_areas"].get(area) is not False
}
met, named = set(), set()
sys.path[:0] = [str(register.parents[1] / "checks")]
from merchant_checks import _rids, all_checks  # noqa: E402  the report has the ids of another version of UCP for some checks

seen = {check["id"]: check for check in report["checks"]}
for check in all_checks():
    ids = set(_rids(check, version)) if not check.versions or version in check.versions else set()
    named |= ids
    if seen[check.id]["status"] == "clean-pass" and seen[check.id]["kill_safe"]:
        met |= ids
left_out = {name: "?" if name in named else NO_CHECK for name in sorted(applying - met)}
not_run = {check["id"]: check["status"] for check in report["checks"] if check["status"].startswith("not-tested")}
if "--write" in sys.argv:
    known = json.loads(unchecked_file.read_text(encoding="utf-8")) if unchecked_file.exists() else {"musts": {}, "checks": {}}
    now = {
        "musts": {name: known["musts"].get(name, [rows[name][1]["requirement"], reason]) for name, reason in left_out.items()},
        "checks": {name: known["checks"].get(name, "?") for name in sorted(not_run)},
    }
    unchecked_file.write_text(json.dumps(now, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
unchecked = json.loads(unchecked_file.read_text(encoding="utf-8"))
print(f"not checked, for the reasons in {unchecked_file.name}: {len(left_out)} MUSTs, {len(not_run)} checks")

failures = []
for what, listed, found in (("MUST", unchecked["musts"], left_out), ("check", unchecked["checks"], not_run)):
    failures += [f"{what} {name} is not checked, and {unchecked_file.name} does not say why" for name in found if name not in listed]
    failures += [f"{what} {name} is checked now: strike it from {unchecked_file.name}" for name in listed if name not in found]
failures += [
    f"{name}: the judge has a check of it" if reason == NO_CHECK else f"{name}: the judge has no check of it"
    for name, (_, reason) in unchecked["musts"].items() if (reason == NO_CHECK) == (name in named)
]
failures += [f"{unchecked_file.name} has no reason for {name}" for name, reason in unchecked["checks"].items() if reason == "?"]
if len(applying) != verdict["applicable_musts"] or len(applying & met) != passed:
    failures.append(f"counted {len(applying & met)} of {len(applying)}, the judge {passed} of {verdict['applicable_musts']}")
if report["spec_version"] != version:
    failures.append(f"judged {report['spec_version']}, not {version}")
if deviations:
    failures.append(f"{deviations} deviations")
if passed < musts:
    failures.append(f"{passed} MUSTs passed, at least {musts} did before")
print(f"UCP {version}: {passed} MUSTs passed of {verdict['applicable_musts']} that apply, {deviations} deviations")
if failures:
    sys.exit("; ".join(failures))
