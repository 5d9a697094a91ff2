"""What the soak calls wrong, lost, late and growing; how it limits memory; and that it runs."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from bench.soak.attacks import ATTACKS
from bench.soak.hello import FFDHE8192, P256, client_hello, key_share
from bench.soak.memory_limit import NoMemoryLimitError, memory_limit
from bench.soak.questions import Question, padded, problem
from bench.soak.report import Outcome
from bench.soak.tally import Tally
from devtools.machine.cgroups import Hierarchy

if TYPE_CHECKING:
    from pathlib import Path

ASKED = Question(b"", "some-uid", allowed=True)
ATTACK = ATTACKS[0]


def answer(**response: object) -> bytes:
    return json.dumps({"response": response}).encode()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(answer(uid="some-uid", allowed=True), "", id="right"),
        pytest.param(answer(uid="some-uid", allowed=False), "instead of", id="another verdict"),
        pytest.param(answer(uid="other", allowed=True), "instead of", id="another request's"),
        pytest.param(answer(uid="some-uid"), "no AdmissionReview", id="no verdict"),
        pytest.param(b"[]", "no AdmissionReview", id="a list"),
        pytest.param(b"{", "no AdmissionReview", id="no JSON"),
    ],
)
def test_an_answer_is_wrong_if_it_is_not_the_one_of_its_request(
    given: bytes, expected: str
) -> None:
    assert expected in problem(given, ASKED)
    assert bool(problem(given, ASKED)) == bool(expected)


def test_a_padded_body_has_the_size_that_was_asked_for() -> None:
    assert len(padded(100_000)) == 100_000


def outcome(
    *,
    seconds: float | None = 0.01,
    rounds: tuple[int, ...] = (90, 100, 105, 110),
    **given: Any,  # noqa: ANN401 - of the tally and of the run
) -> Outcome:
    good = defaultdict[str, list[float]](list)
    if seconds is not None:
        good[ATTACK.name] = [0.001] * 98 + [seconds] * 2
    memory = defaultdict[str, list[int]](lambda: [100])
    run = {name: given.pop(name) for name in ("limit", "restarts") if name in given}
    tally = Tally(good_seconds=good, memory=memory, **given)
    return Outcome([ATTACK], tally, list(rounds), **run)


@pytest.mark.parametrize(
    ("given", "failure"),
    [
        pytest.param(outcome(limit=221), "", id="all as it must be"),
        pytest.param(outcome(lost=["x"]), "1 good reviews were lost", id="lost"),
        pytest.param(outcome(wrong=["x"]), "1 answers were wrong", id="wrong"),
        pytest.param(outcome(restarts=1), "the server did not live through it", id="killed"),
        pytest.param(outcome(seconds=0.25), "p99 of good reviews is 250 ms beside", id="late"),
        pytest.param(outcome(seconds=None), "no good review was answered beside", id="silent"),
        pytest.param(outcome(rounds=(90, 100, 100, 111)), "memory grew from", id="growing"),
        pytest.param(outcome(rounds=(10, 100, 100, 100)), "", id="the first round does not count"),
        pytest.param(outcome(limit=220), "are not under half the limit", id="half the limit"),
    ],
)
def test_a_run_fails_for_one_of_these_reasons(given: Outcome, failure: str) -> None:
    failures = list(given.failures())
    assert len(failures) == bool(failure)
    assert all(failure in said for said in failures)


def test_the_table_has_a_row_for_each_attack_even_if_nobody_was_answered() -> None:
    for given in (outcome(limit=2**20), outcome(seconds=None)):
        assert f"\n| {ATTACK.name} | {ATTACK.clients} | 0 |" in given.table()


@pytest.mark.parametrize("group", [P256, FFDHE8192], ids=["P-256", "ffdhe8192"])
def test_a_hello_makes_a_server_answer_that_has_the_group(group: int) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    arriving, leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context.wrap_bio(arriving, leaving, server_side=True)
    arriving.write(client_hello(group, key_share(group)))
    with pytest.raises(ssl.SSLError) as ended:
        server.do_handshake()
    if group == FFDHE8192 and ssl.OPENSSL_VERSION_INFO >= (3, 5):
        # Its defaults have no group of this size any more: it reads the hello, and says so.
        assert ended.value.reason == "NO_SUITABLE_KEY_SHARE"
    else:
        assert isinstance(ended.value, ssl.SSLWantReadError)
        assert leaving.read().count(b"\x17\x03\x03") >= 1, "a certificate follows, encrypted"


@pytest.mark.parametrize(
    ("type_", "options", "own", "made_in"),
    [
        pytest.param("cgroup", "memory", "pods/one", "pods/one", id="version 1, below its own"),
        pytest.param("cgroup2", "rw", "pods/one", "pods", id="version 2, beside its own"),
        pytest.param("cgroup2", "rw", "", "", id="version 2, in the root"),
    ],
)
def test_memory_is_limited_by_a_cgroup(
    tmp_path: Path, type_: str, options: str, own: str, made_in: str
) -> None:
    (tmp_path / "root" / own).mkdir(parents=True)
    parent = tmp_path / "root" / made_in
    (parent / "cgroup.subtree_control").write_text("cpu memory\n")
    hierarchy = Hierarchy("", type_, options, tmp_path / "root" / own)
    with memory_limit(12345, [hierarchy]) as limit:
        assert limit.folder.parent == parent
        [file] = limit.folder.iterdir()
        assert (file.name, file.read_text()) == (
            "memory.limit_in_bytes" if type_ == "cgroup" else "memory.max",
            "12345",
        )
        assert limit.peak_bytes == 0, "it is not counted everywhere"
        said = subprocess.run(
            limit.command([sys.executable, "-c", "print('a b')"]), check=True, capture_output=True
        )
        assert said.stdout == b"a b\n"
        assert (limit.folder / "cgroup.procs").read_text().strip().isdigit()


@pytest.mark.parametrize(
    "mounted",
    [
        pytest.param([], id="nothing is mounted"),
        pytest.param([("cgroup", "cpu")], id="another controller"),
        pytest.param([("cgroup2", "rw")], id="version 2, not delegated"),
        pytest.param([("cgroup", "memory")], id="not allowed"),
    ],
)
def test_where_no_cgroup_can_be_made_it_says_so(
    tmp_path: Path, mounted: list[tuple[str, str]]
) -> None:
    hierarchies = [Hierarchy("", *kind, tmp_path / "missing") for kind in mounted]
    with (
        pytest.raises(NoMemoryLimitError, match="give --memory-limit 0 to attack without one"),
        memory_limit(1, hierarchies),
    ):
        pass


def test_it_answers_good_reviews_under_attack(root: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "bench.soak", "--seconds", "0.5", "--rounds", "1"),
            *("--only", "re", "--memory-limit", "0"),
        ],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert " 0 lost, 0 wrong, 0 restarts. " in done.stdout, done.stderr
    assert "| answers left unread | 90 |" in done.stdout
    assert "| resets | 8 |" in done.stdout
