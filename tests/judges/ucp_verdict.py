#!/usr/bin/env python3
"""Says what spck-conformance saw: ucp_verdict.py REPORT.json UCP_VERSION MUSTS

Its own exit code calls a run good that tested nothing. Here a run is good if it judged that version, found no
deviation and passed at least MUSTS requirements. What it did not test is listed, so that nobody takes it for passed.
"""

import collections
import json
import sys

report = json.load(open(sys.argv[1], encoding="utf-8"))
version, musts = sys.argv[2], int(sys.argv[3])
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

failures = []
if report["spec_version"] != version:
    failures.append(f"judged {report['spec_version']}, not {version}")
if deviations:
    failures.append(f"{deviations} deviations")
if passed < musts:
    failures.append(f"{passed} MUSTs passed, at least {musts} did before")
print(f"UCP {version}: {passed} MUSTs passed of {verdict['applicable_musts']} that apply, {deviations} deviations")
if failures:
    sys.exit("; ".join(failures))
