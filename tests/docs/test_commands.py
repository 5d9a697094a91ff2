"""Every command of the documentation prints what the documentation says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.blocks import SUITES, Block, Step, blocks
from tests.docs.console import mismatch, run
from tests.docs.serving import Serving

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "certs/*.md", "examples/**/*.md", "bench/*.md")
    for path in ROOT.glob(pattern)
)
BLOCKS = [block for page in PAGES for block in blocks(page, str(page.relative_to(ROOT)))]
COMMANDS = [block for block in BLOCKS if block.language == "console"]


def here(block: Block) -> bool:
    return block.language == "console" and not block.suite


@pytest.mark.parametrize(
    "block", [pytest.param(block, id=block.place) for block in filter(here, BLOCKS)]
)
def test_a_command_block_prints_what_it_says(
    block: Block, checkout: Path, shell: dict[str, str], request: pytest.FixtureRequest
) -> None:
    first, *others = block.steps
    if first.serves and not others:
        with Serving(first.command, checkout, shell) as serving:
            problem = serving.wait_for(first)
    else:
        problem = run(block, checkout, shell, request.getfixturevalue("port"))
    assert not problem, f"{block.place}\n{problem}"


def test_there_are_command_blocks_to_run() -> None:
    files = {block.file for block in filter(here, BLOCKS)}
    assert {"README.md", "CONTRIBUTING.md"} <= files


@pytest.mark.parametrize("block", [pytest.param(block, id=block.place) for block in BLOCKS])
def test_a_block_says_what_it_is_and_who_runs_it(block: Block) -> None:
    assert block.language in {"console", "json", "yaml", "python", "text", "mermaid"}, (
        f"{block.place}: commands are fenced as console, with what they print"
    )
    if block.language == "console":
        assert block.suite in {"", *SUITES}


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(step, id=f"{block.place} {step.command}")
        for block in COMMANDS
        if block.suite == "ci"
        for step in block.steps
    ],
)
def test_a_command_for_ci_is_one_that_ci_runs(step: Step) -> None:
    targets = re.search(r"^for target in (.*); do$", (ROOT / ".ci/run").read_text(), re.MULTILINE)
    assert targets is not None
    assert step.command in [f"make {target}" for target in targets[1].split()]


@pytest.mark.parametrize(
    "page", [pytest.param(page, id=str(page.relative_to(ROOT))) for page in PAGES]
)
def test_what_a_page_points_at_exists(page: Path) -> None:
    text = re.sub("^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    links = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)`", text)) <= targets


@pytest.mark.parametrize(
    ("output", "printed", "fits"),
    [
        pytest.param("one\ntwo", "one  \ntwo\n", True, id="white space at the ends of lines"),
        pytest.param("one\n...\nfour", "one\ntwo\nthree\nfour", True, id="lines left out"),
        pytest.param("one\n...\ntwo", "one\ntwo", True, id="no lines left out"),
        pytest.param("...\none\n...", "one", True, id="no lines left out at the ends"),
        pytest.param("one\n...\nfour", "one\nfourteen", False, id="lines left out end with a line"),
        pytest.param("one\n...\nfour", "ones\nfour", False, id="lines left out begin with a line"),
        pytest.param("took ... ms", "took 12 ms", True, id="a part of a line left out"),
        pytest.param("one", "one\ntwo", False, id="more than is said"),
        pytest.param("one\ntwo", "one", False, id="less than is said"),
        pytest.param("", "one", False, id="something where nothing is said"),
        pytest.param("o.e", "one", False, id="a dot is a dot"),
        pytest.param(
            "one",
            'I1126 17:33:58.356384    3705 reflector.go:664] "watch ended with error"\none',
            True,
            id="a note of helm's on a watch that ended",
        ),
        pytest.param(
            "one", 'E1126 17:33:58.356384 3705 other.go:6] "ended"\none', False, id="another note"
        ),
    ],
)
def test_output_is_compared_to_the_letter(output: str, printed: str, fits: bool) -> None:
    assert (mismatch(Step("command", output), printed) == "") is fits


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("$ echo one\none\n$ echo two\ntwo", "", id="two commands in order"),
        pytest.param("$ cd / && word=one\n$ pwd; echo $word\n/\none", "", id="one shell for all"),
        pytest.param("$ echo one \\\n>   two\none two", "", id="a command of two lines"),
        pytest.param("$ false\n$ echo $?\n1", "", id="a failure that is asked for"),
        pytest.param("$ false", "ends with status 1", id="a failure that is not asked for"),
        pytest.param("$ echo one\ntwo", "but prints\none", id="another output"),
        pytest.param("$ exit 3\n$ echo one\none", "stopped early", id="a shell that ends early"),
        pytest.param("$ echo localhost:8443\nlocalhost:8443", "", id="the port is replaced"),
    ],
)
def test_commands_are_run_and_compared(
    text: str, problem: str, tmp_path: Path, shell: dict[str, str]
) -> None:
    found = run(Block("page.md", 1, "console", "", text), tmp_path, shell, 18443)
    assert problem in found
    assert bool(problem) is bool(found)


def test_who_is_told_to_run_certs_status_is_told_where_it_looks() -> None:
    chart = ROOT / "charts/leasegate"
    files = [*PAGES, chart / "files/alerts.yaml", *chart.rglob("*.txt"), *chart.rglob("*.md")]
    told = [
        (file.name, command)
        for file in files
        if file.name != "CHANGELOG.md"
        for command in re.findall(r"`leasegate\s+certs\s+status[^`]*`", file.read_text("utf-8"))
    ]
    assert {name for name, _ in told} >= {"certificates.md", "operations.md", "alerts.yaml"}
    assert [one for one in told if " -n " not in one[1]] == []
