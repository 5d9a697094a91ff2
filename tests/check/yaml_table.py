"""How kubectl reads YAML and JSON: texts and the values that it makes of them.

Seen with kubectl v1.36.3; tests/suites/cluster compares every row with the real one.
"""

from __future__ import annotations

from typing import Any, Final

SCALARS: Final[dict[str, Any]] = {
    "yes": True,
    "Y": True,
    "on": True,
    "TRUE": True,
    "no": False,
    "n": False,
    "Off": False,
    "yEs": "yEs",
    "~": None,
    "null": None,
    "NULL": None,
    "nULL": "nULL",
    '""': "",
    '"yes"': "yes",
    "'1.33'": "1.33",
    "1.33": 1.33,
    "1.33.0": "1.33.0",
    "v1.33.0": "v1.33.0",
    "1": 1,
    "+1": 1,
    "-0": 0,
    "00": 0,
    "017": 15,
    "0o17": 15,
    "-017": -15,
    "08": 8.0,
    "0o9": "0o9",
    "0x1F": 31,
    "0X1F": 31,
    "+0x1f": 31,
    "0x": "0x",
    "0xG": "0xG",
    "0b11": 3,
    "-0b11": -3,
    "0b2": "0b2",
    "0b-1": -1,
    "-0b-1": "-0b-1",
    "1_000": 1000,
    "1_": 1,
    "0_8": 8.0,
    "0x_1": 1,
    "_1": "_1",
    "1_0.5_0": 10.5,
    "1e3": 1000.0,
    "1.e3": 1000.0,
    "1E+3": 1000.0,
    "1e": "1e",
    "1e400": "1e400",
    "1.": 1.0,
    ".5": 0.5,
    "-.5": -0.5,
    "+.5": 0.5,
    ".5e1": 5.0,
    ".5_0": 0.5,
    ".5_": ".5_",
    "._1": "._1",
    ".": ".",
    ".e5": ".e5",
    ".infinity": ".infinity",
    "inf": "inf",
    "NaN": "NaN",
    "190:20:30": "190:20:30",
    "9223372036854775807": 9223372036854775807,
    "-9223372036854775808": -9223372036854775808,
    "2026-01-02": "2026-01-02",
    "2026-01-02T03:04:05.000000Z": "2026-01-02T03:04:05.000000Z",
    "2026-01-02 03:04:05": "2026-01-02 03:04:05",
    "2026-1-2": "2026-1-2",
    "=": "=",
    "<<": "<<",
    "!!str 1.33": "1.33",
    "!!str yes": "yes",
    "!!str": "",
    '!!int "5"': 5,
    "!!float 3": 3.0,
    "!!bool yes": True,
    "!!null ~": None,
    "!!binary aGk=": "hi",
    "!!timestamp 2026-01-02": "2026-01-02",
    "!custom 5": "5",
    "&anchor 5": 5,
    '"\\x41\\u00e9"': "A\u00e9",
    ">-\n    one\n    two": "one two",
    "|\n    one\n    two": "one\ntwo\n",
    "one\n    two": "one two",
}
"""The text of a value -> the value. None of them is an error."""

NO_SCALARS: Final = (
    ".nan",
    ".NaN",
    ".inf",
    "-.INF",
    "!!int abc",
    "!!int 1.5",
    "!!bool 1",
    "!!null x",
    "!!binary a",
    "@at",
    "`tick",
    "%percent",
    '"\\ud83d\\ude00"',
    '"unclosed',
    '"\x07"',
    "*unknown",
    "- 1",
)
"""Texts of values that make the document unreadable."""

LENIENT: Final = {'"\\/"': "/"}
"""Texts of values that we read and kubectl does not: libyaml knows an escape more."""

HEAD: Final = "apiVersion: example.com/v1\nkind: Foo\nmetadata: {name: x}\n"
JSON: Final = '{"apiVersion":"example.com/v1","kind":"Foo","metadata":{"name":"x"},"spec":{"a":1}}'

SPECS: Final[dict[str, tuple[str, Any]]] = {
    "a key that stands twice takes the last value": ("{a: 1, a: 2}", {"a": 2}),
    "keys that are no text become text": (
        "{1: a, yes: b, 1.50: c, 0x10: d, 2.0: e, no: f}",
        {"1": "a", "true": "b", "1.5": "c", "16": "d", "2": "e", "false": "f"},
    ),
    "a merge fills in what follows": ("{<<: {a: 2, b: 3}, a: 1}", {"a": 1, "b": 3}),
    "a merge overrides what stands before it": ("{a: 1, <<: {a: 2, b: 3}}", {"a": 2, "b": 3}),
    "of several merges the first has the last word": (
        "{<<: [{a: 1}, {a: 2, b: 3}]}",
        {"a": 1, "b": 3},
    ),
    "a quoted << is a key": ('{"<<": {a: 1}}', {"<<": {"a": 1}}),
    "an alias stands for its anchor": ("{a: &v {b: 1}, c: *v}", {"a": {"b": 1}, "c": {"b": 1}}),
    "an anchor that stands twice counts from there on": (
        "{a: &v 1, b: *v, c: &v 2, d: *v}",
        {"a": 1, "b": 1, "c": 2, "d": 2},
    ),
    "a set has no values": ("!!set {a, b}", {"a": None, "b": None}),
    "an explicit key is one": ("{? a : b}", {"a": "b"}),
    "a list of lists": ("[[1, [2]], []]", [[1, [2]], []]),
    "nothing is null": ("", None),
    "a line of dashes within a text is a text": ("|\n  ----\n   ---\n", "----\n ---\n"),
}
"""What stands after `spec:` -> the value of spec."""

_A1: Final = {"a": 1}
_A2: Final = {"a": 2}

STREAMS: Final[dict[str, tuple[str, list[Any]]]] = {
    "one document": (f"{HEAD}spec: {{a: 1}}\n", [_A1]),
    "two documents": (f"{HEAD}spec: {{a: 1}}\n---\n{HEAD}spec: {{a: 2}}\n", [_A1, _A2]),
    "empty documents between": (
        f"---\n---\n# nothing\n---\n{HEAD}spec: {{a: 1}}\n---\n---\n",
        [_A1],
    ),
    "a comment after the separator": (
        f"--- # one\n{HEAD}spec: {{a: 1}}\n---\t# two\n{HEAD}spec: {{a: 2}}\n",
        [_A1, _A2],
    ),
    "line ends of Windows": (
        f"{HEAD}spec: {{a: 1}}\n---\n{HEAD}spec: {{a: 2}}\n".replace("\n", "\r\n"),
        [_A1, _A2],
    ),
    "a text with line ends of Windows": (
        f"{HEAD}spec:\n  a: |\n    x\n    y\n".replace("\n", "\r\n"),
        [{"a": "x\ny\n"}],
    ),
    "line ends of old Macs": (f"{HEAD}spec: {{a: 1}}\n".replace("\n", "\r"), [_A1]),
    "a byte order mark": (f"\ufeff{HEAD}spec: {{a: 1}}\n", [_A1]),
    "no line end at the end": (f"{HEAD}spec: {{a: 1}}", [_A1]),
    "an end of document": (f"{HEAD}spec: {{a: 1}}\n...\n", [_A1]),
    "an end of document before the next": (
        f"{HEAD}spec: {{a: 1}}\n...\n---\n{HEAD}spec: {{a: 2}}\n",
        [_A1, _A2],
    ),
    "JSON": (JSON, [_A1]),
    "JSON with white space": (f"\n\t {JSON.replace(',', ' ,' + chr(10) + chr(9))}\n ", [_A1]),
    "JSON after JSON": (JSON + JSON, [_A1, _A1]),
    "JSON on two lines": (f"{JSON}\n{JSON}\n", [_A1, _A1]),
    "JSON with a separator": (f"{JSON}\n---\n{JSON}\n", [_A1, _A1]),
    "YAML after JSON": (f"{JSON}\n---\n{HEAD}spec: {{a: 2}}\n", [_A1, _A2]),
    "JSON after YAML": (f"{HEAD}spec: {{a: 2}}\n---\n{JSON}\n", [_A2, _A1]),
    "JSON with a key that stands twice": (f'{JSON[:-1]},"spec":{{"b":2}}}}', [{"b": 2}]),
    "JSON escapes that YAML does not have": (
        JSON.replace("1}", '"\\/\\ud83d\\ude00"}'),
        [{"a": "/\U0001f600"}],
    ),
    "YAML that begins with a brace": (
        "{apiVersion: example.com/v1, kind: Foo, metadata: {name: x}, spec: {a: yes,},}",
        [{"a": True}],
    ),
    "no number in JSON is a text in YAML": (JSON.replace("1}", "NaN}"), [{"a": "NaN"}]),
    "nothing": ("", []),
    "a comment": ("# nothing\n", []),
}
"""A file -> the spec of each of its documents."""

NO_STREAMS: Final[dict[str, str]] = {
    "text after the separator": f"{HEAD}--- {{a: b}}\n{HEAD}",
    "four dashes": f"{HEAD}----\n{HEAD}",
    "a directive": f"%YAML 1.1\n---\n{HEAD}",
    "a separator within a quoted text": f'{HEAD}spec: {{a: "x\n---\ny"}}\n',
    "a brace that is never closed": f"{HEAD}spec: {{a: 1\n",
    "a tab for indentation": f"{HEAD}spec:\n\ta: 1\n",
    "a wrong indentation": f"{HEAD} spec: 1\n",
    "a null key": f"{HEAD}spec: {{~: 1}}\n",
    "a mapping for a key": f"{HEAD}spec: {{{{a: b}}: c}}\n",
    "a merge of a number": f"{HEAD}spec: {{<<: 5}}\n",
    "a merge of a list of numbers": f"{HEAD}spec: {{<<: [5]}}\n",
    "an anchor within itself": f"{HEAD}spec: &s {{a: *s}}\n",
    "text after JSON": f"{JSON} foo",
    "JSON that is not closed": JSON[:-1],
    "a control character": f'{HEAD}spec: {{a: "\x00"}}\n',
    "a key of 1,200 characters": f"{HEAD}{'k' * 1200}: 1\n",
}
"""Files that cannot be read to their end."""

STRICTER: Final[dict[str, str]] = {
    "a document after an end of document": f"{HEAD}spec: {{a: 1}}\n...\n{HEAD}spec: {{a: 2}}\n",
    "more than 200 levels": f"{HEAD}spec: {'[' * 300}{']' * 300}\n",
}
"""Files that kubectl reads and we do not."""
