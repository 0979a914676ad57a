# SPDX-License-Identifier: ISC
"""Hold what vmreaper writes against those who define the formats: the checks behind tests/once/formats.

usage: formats.py json SCHEMA FILE              valid by the schema
       formats.py strict SCHEMA FILE            and no key can be added, dropped or changed unseen
       formats.py csv FILE JSON                 RFC 4180, a row for each machine, no formula, every remedy
"""
import copy
import csv
import json
import sys

import jsonschema


def load(path):
    with open(path, encoding="utf-8", newline="") as f:
        return json.load(f)


def validator(path):
    schema = load(path)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def check_json(schema, path):
    return ["%s: %s" % ("/".join(map(str, e.path)), e.message[:200])
            for e in validator(schema).iter_errors(load(path))]


def places(value, path=()):
    """The path of every object in the document."""
    if isinstance(value, dict):
        yield path
        for k, v in value.items():
            yield from places(v, path + (k,))
    elif isinstance(value, list):
        for i, v in enumerate(value):
            yield from places(v, path + (i,))


def at(value, path):
    for step in path:
        value = value[step]
    return value


# Keys that are there only when something is known.
OPTIONAL = {"seen", "ping", "ssh", "connect", "greeting", "rtt_ms", "port", "error", "mark", "candidate", "verdict",
            "vetoes"}


def check_strict(schema, path):
    """Drift must fail: a new key, a dropped one and one of another type, in each kind of object."""
    document, valid = load(path), validator(schema).is_valid
    wrong, seen = [], set()
    for place in places(document):
        kind = tuple("*" if isinstance(step, int) else step for step in place)
        if kind in seen:
            continue
        seen.add(kind)
        name = "/".join(map(str, place)) or "the whole"
        changed = copy.deepcopy(document)
        at(changed, place)["drift"] = 1
        if valid(changed):
            wrong.append("%s: a new key is accepted" % name)
        for key in at(document, place):
            changed = copy.deepcopy(document)
            at(changed, place)[key] = [[]]
            if valid(changed):
                wrong.append("%s: %s of another type is accepted" % (name, key))
            if key in OPTIONAL or place == ("metrics",):
                continue
            changed = copy.deepcopy(document)
            del at(changed, place)[key]
            if valid(changed):
                wrong.append("%s: %s may be missing" % (name, key))
    if len(seen) < 10:
        wrong.append("only %d kinds of object" % len(seen))
    return wrong


def check_csv(path, report):
    wrong = []
    document = load(report)
    with open(path, encoding="utf-8", newline="") as f:
        text = f.read()
    if text.count("\n") != text.count("\r\n") or not text.endswith("\r\n"):
        wrong.append("lines do not end in CR LF")
    rows = list(csv.reader(text.splitlines(True), strict=True))
    head, rows = rows[0], rows[1:]
    for row in rows:
        if len(row) != len(head):
            wrong.append("%d cells: %s" % (len(row), row))
        for cell in row:
            if cell.lstrip(" ")[:1] in ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20") and cell:
                wrong.append("a formula: " + cell)
            if any(ord(c) < 32 or ord(c) == 127 for c in cell):
                wrong.append("a control character: " + repr(cell))
    by_id = {row[0]: dict(zip(head, row)) for row in rows}
    if len(by_id) != len(rows):
        wrong.append("a machine twice")
    for m in document["machines"]:
        row = by_id.get(str(m["id"]))
        if m["class"] == "done":
            continue
        if row is None:
            wrong.append("no row for %d" % m["id"])
        elif (row["state"], row["vcpu"], row["memory_mib"], row["created"], row["link"]) != (
                m["state"], str(m["holds"]["vcpu"]), str(m["holds"]["memory_mib"]), m["created"] or "",
                m["link"] or ""):
            wrong.append("another machine: %s" % row)
    for f in document["findings"]:
        if f["id"] is not None and f["remedy"] not in by_id[str(f["id"])]["remedies"]:
            wrong.append("a finding without its remedy: %s" % f)
    if head[-1] != "remedies" or not document["machines"]:
        wrong.append("nothing to look at")
    return wrong


def main(arguments):
    check = {"json": check_json, "strict": check_strict, "csv": check_csv}[arguments[0]]
    wrong = check(*arguments[1:])
    for line in wrong[:20]:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
