"""kubectl reads what our tables say, and so do we."""

from __future__ import annotations

import json
import random
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from app.check.documents import chunks, documents
from app.check.tree import Tree
from devtools.controlplane.kubectl import Kubectl
from tests.check.yaml_table import (
    HEAD,
    LENIENT,
    NO_SCALARS,
    NO_STREAMS,
    SCALARS,
    SPECS,
    STREAMS,
    STRICTER,
)

if TYPE_CHECKING:
    from devtools.controlplane import Binaries

ALPHABET = [*"012789_.-+eExXbBoOfyn~a:TZ", "inf", "nan", "0x", "yes"]


@pytest.fixture(scope="session")
def kubectl(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Kubectl:
    """Return a kubectl that knows no cluster: `label --local` reads and prints, no more."""
    folder = tmp_path_factory.mktemp("kubectl")
    return Kubectl(binaries.path("kubectl"), Path("/dev/null"), folder)


def read(kubectl: Kubectl, text: str) -> list[dict[str, Any]] | None:
    """Return the objects that kubectl reads, None where it refuses to."""
    done = kubectl("label", "--local", "--filename=-", "--output=json", "read=yes", stdin=text)
    if done.returncode != 0:
        assert "error" in done.stderr
        return None
    found, decoder, rest = [], json.JSONDecoder(), done.stdout.strip()
    while rest:
        value, end = decoder.raw_decode(rest)
        del value["metadata"]["labels"]
        found.append(value)
        rest = rest[end:].strip()
    return found


def ours(text: str) -> list[Any] | None:
    """Return the objects that we read, None where we refuse any."""
    found = [each for chunk in chunks(BytesIO(text.encode())) for each in documents(chunk)]
    if not all(isinstance(each, Tree) for each in found):
        return None
    return [each.value for each in found if isinstance(each, Tree)]


def same(one: object, other: object) -> bool:
    """Compare values and their types; JSON knows no difference between 1 and 1.0."""
    return json.dumps(_numbers(one)) == json.dumps(_numbers(other))


def _numbers(value: object) -> object:
    match value:
        case bool():
            return value
        case int():
            return float(value)
        case list():
            return [_numbers(item) for item in value]
        case dict():
            return {key: _numbers(value[key]) for key in sorted(value)}
        case _:
            return value


def in_one_file(texts: list[str]) -> str:
    """Return one document with many values, each under a key of its own."""
    lines = [f"  k{number}: {text}\n" for number, text in enumerate(texts)]
    return f"{HEAD}spec:\n{''.join(lines)}"


def test_kubectl_reads_the_scalars_of_the_table(kubectl: Kubectl) -> None:
    (found,) = read(kubectl, in_one_file(list(SCALARS))) or [{}]
    expected = {f"k{number}": value for number, value in enumerate(SCALARS.values())}
    assert {
        text: found["spec"][key]
        for (key, value), text in zip(expected.items(), SCALARS, strict=True)
        if not same(found["spec"][key], value)
    } == {}


@pytest.mark.parametrize("text", [*NO_SCALARS, *LENIENT])
def test_kubectl_refuses_what_is_no_scalar(kubectl: Kubectl, text: str) -> None:
    assert read(kubectl, in_one_file([text])) is None


@pytest.mark.parametrize(("text", "value"), SPECS.values(), ids=SPECS)
def test_kubectl_reads_the_structures_of_the_table(
    kubectl: Kubectl, text: str, value: object
) -> None:
    (found,) = read(kubectl, f"{HEAD}spec: {text}\n") or [{}]
    assert same(found["spec"], value)


@pytest.mark.parametrize(("text", "specs"), STREAMS.values(), ids=STREAMS)
def test_kubectl_finds_the_documents_of_the_table(
    kubectl: Kubectl, text: str, specs: list[object]
) -> None:
    found = read(kubectl, text)
    if not specs:
        assert not found
    else:
        assert found is not None
        assert same([each["spec"] for each in found], specs)


@pytest.mark.parametrize("text", NO_STREAMS.values(), ids=NO_STREAMS)
def test_kubectl_refuses_the_files_of_the_table(kubectl: Kubectl, text: str) -> None:
    assert read(kubectl, text) is None


@pytest.mark.parametrize("text", STRICTER.values(), ids=STRICTER)
def test_kubectl_reads_files_that_we_refuse(kubectl: Kubectl, text: str) -> None:
    assert read(kubectl, text) is not None
    assert ours(text) is None


@pytest.mark.parametrize("seed", range(4))
def test_kubectl_and_we_read_the_same_in_random_scalars(kubectl: Kubectl, seed: int) -> None:
    chance = random.Random(seed)
    texts = [
        text
        for _ in range(2000)
        for text in ["".join(chance.choices(ALPHABET, k=chance.randint(1, 6)))]
        if ours(in_one_file([text])) is not None
    ]
    file = in_one_file(texts)
    (theirs,) = read(kubectl, file) or [{}]
    (found,) = ours(file) or [{}]
    assert {
        text: (theirs["spec"][f"k{number}"], found["spec"][f"k{number}"])
        for number, text in enumerate(texts)
        if not same(theirs["spec"][f"k{number}"], found["spec"][f"k{number}"])
    } == {}
