"""No input keeps a run from its end, or other files from being judged; cost follows the size.

Nothing here measures time: what is not linear takes hours, and the suite ends a test before that.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.check.manifests import judge, manifest, rules, run, stream

if TYPE_CHECKING:
    from pathlib import Path

MANY = 5_000


def chained(first: str, link: str, number: int) -> str:
    """Return a mapping whose values are each made of the one before."""
    lines = [f"a0: &a0 {first}"]
    lines += [f"a{n}: &a{n} " + link.format(f"*a{n - 1}") for n in range(1, number)]
    return "\n".join(lines)


HOSTILE = {
    "a merge of itself": ("a: &a\n  <<: *a\n", "a value that it is a part of"),
    "a merge of itself twice": ("a: &a\n  <<: [*a, *a]\n", "a value that it is a part of"),
    "an alias within itself": ("a: &a [[*a]]", "a value that it is a part of"),
    "merges of merges": (chained("{x: 1}", "{{<<: [{0}, {0}, {0}]}}", 40), "too many values"),
    "merges that double": (chained("{x: 1}", "{{y: {0}, <<: {0}}}", 60), "too many values"),
    "aliases of aliases": (chained("[x]", "[{0}, {0}, {0}]", 40), "too many values"),
    "a chain of aliases": (chained("[x]", "[{0}]", 300), "more than 200 levels"),
    "merges of much": (
        f"a: &a {{{', '.join(f'k{n}: 1' for n in range(MANY))}}}\n"
        + "".join(f"b{n}: {{<<: *a}}\n" for n in range(MANY)),
        "too many values",
    ),
    "nested lists of kubectl": (
        '{"items":[' * 300 + "]}" * 300,
        "more than 200 levels",
    ),
    "deep JSON": ('{"a":' * 500 + "1" + "}" * 500, "more than 200 levels"),
    "a deep array": ("[" * 50_000, "more than 200 levels"),
}


@pytest.mark.parametrize(("text", "words"), HOSTILE.values(), ids=HOSTILE)
def test_what_has_no_end_is_one_sentence_and_hides_no_other_file(
    tmp_path: Path, text: str, words: str
) -> None:
    report = run(tmp_path, text, stream(manifest(leaseName="Not DNS")))
    (problem,) = report.problems
    assert words in problem.message
    assert problem.line is not None
    assert rules(report) == ["lease-name-not-dns"]
    assert report.exit_code() == 2


def test_what_kubectl_lists_is_judged_however_much_it_is(tmp_path: Path) -> None:
    items = [manifest(f"web-{number}", binaryVersion="v1.33.0") for number in range(MANY)]
    report = run(tmp_path, json.dumps({"kind": "List", "items": items}, indent=4))
    assert (report.candidates, rules(report)) == (MANY, ["leading-v"] * MANY)
    assert len({finding.line for finding in report.findings}) == MANY


@pytest.mark.parametrize("text", ['{{"a": [{}], "b": 2}}', "a: [{}]"], ids=["JSON", "YAML"])
def test_keys_that_stand_twice_are_found_however_many_there_are(tmp_path: Path, text: str) -> None:
    objects = [f'{{"kind": "LeaseCandidate", "x": {n}, "x": {n}}}' for n in range(MANY)]
    found = run(
        tmp_path, text.replace('"a"', '"items"').replace("a:", "items:").format(",".join(objects))
    )
    assert rules(found).count("duplicate-key") == MANY
    one = '{"kind": "LeaseCandidate", ' + ", ".join(['"x": 1'] * 100_000) + "}"
    assert 0 < rules(run(tmp_path, one)).count("duplicate-key") < 100


def test_a_lease_may_have_candidates_that_all_want_something_else(tmp_path: Path) -> None:
    texts = [
        stream(manifest(f"web-{number}", strategy=f"example.com/{number}"))
        for number in range(MANY)
    ]
    report = run(tmp_path, "\n---\n".join(texts))
    assert set(rules(report)) == {"strategy-conflict"}
    assert len({finding.name for finding in report.findings}) == MANY


def test_a_review_is_as_deep_as_a_manifest(tmp_path: Path) -> None:
    deep = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"}
    text = json.dumps(deep)[:-1] + ', "request": ' + "[" * 199 + "]" * 199 + "}"
    (problem,) = run(tmp_path, text, by=judge()).problems
    assert "is no AdmissionReview" in problem.message
