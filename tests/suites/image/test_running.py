"""The image's command in its own root file system, as a restricted pod starts it."""

from __future__ import annotations

import json
import shutil
import signal
import ssl
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from app import __version__
from charts.generator.process import process_schema
from tests.cli.processes import serving
from tests.server.running import PATIENCE, Certificates, make_certificates
from tests.suites.image.container import Container, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.suites.image.archive import UnpackedImage

_ANY_USER = "1000730000:0"
_ANY_PORTS = (
    "--host",
    "127.0.0.1",
    "--port",
    "0",
    "--operations-port",
    "0",
    "--drain-seconds",
    "0",
)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def mounted(file_system: Path, certificates: Certificates) -> Path:
    """Have the certificate where the chart mounts it."""
    folder = file_system / "etc" / "leasegate" / "tls"
    folder.mkdir(parents=True, exist_ok=True)
    for source, name in ((certificates.certificate, "tls.crt"), (certificates.key, "tls.key")):
        shutil.copyfile(source, folder / name)
        (folder / name).chmod(0o444)
    return file_system


@pytest.fixture
def served(unpacked: UnpackedImage, mounted: Path) -> Iterator[Container]:
    configuration = unpacked.configuration
    command = [*configuration["Entrypoint"], *configuration["Cmd"], *_ANY_PORTS]
    with running(mounted, _ANY_USER, unpacked.environment, command) as container:
        yield container


def test_it_serves_as_any_user_who_may_do_nothing_and_stops_when_told(
    served: Container, certificates: Certificates
) -> None:
    url = served.line().split()[-1]
    status = served.status
    assert status["Uid"].split() == ["1000730000"] * 4
    assert (status["NoNewPrivs"], int(status["CapEff"], 16)) == ("1", 0)
    with _client(certificates.ca) as client:
        assert client.get(url + "/none").status_code == 404
    code, _, errors = served.stop(signal.SIGTERM)
    assert code == 0, errors
    assert "Traceback" not in errors


def test_it_answers_the_examples_as_the_checkout_does(
    root: Path, tmp_path: Path, served: Container, certificates: Certificates
) -> None:
    url = served.line().split()[-1]
    examples = sorted((root / "examples" / "reviews").glob("*.json"))
    assert len(examples) > 10
    with (
        serving(folder=tmp_path) as checkout,
        _client(certificates.ca) as client,
        _client(tmp_path / "certs" / "ca.crt") as other,
    ):
        for example in examples:
            for path in ("/validate", "/mutate"):
                review = example.read_bytes()
                answer = client.post(url + path, content=review)
                expected = other.post(checkout.url + path, content=review)
                assert answer.status_code == expected.status_code == 200
                assert answer.json() == expected.json(), f"{example.name} {path}"


@pytest.mark.parametrize("number", range(4))
def test_it_starts_with_each_choice_that_the_chart_offers(
    unpacked: UnpackedImage, mounted: Path, number: int
) -> None:
    settings: Any = process_schema()["properties"]
    offered = {
        key: schema.get("enum", [False, True])
        for key, schema in settings.items()
        if "enum" in schema or schema["type"] == "boolean"
    }
    assert max(map(len, offered.values())) <= 4
    process = {key: choices[number % len(choices)] for key, choices in offered.items()}
    (mounted / "etc" / "leasegate" / "config.yaml").write_text(json.dumps({"process": process}))
    command = [*unpacked.configuration["Entrypoint"], "serve", *_ANY_PORTS]
    command.append("--config=/etc/leasegate/config.yaml")
    with running(mounted, _ANY_USER, unpacked.environment, command) as container:
        assert "serv" in container.line()


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["version"], f"leasegate {__version__}"),
        (["rules", "--output", "json"], "["),
    ],
    ids=["it says its version", "it lists the rules"],
)
def test_other_commands_take_the_place_of_serve(
    unpacked: UnpackedImage, file_system: Path, arguments: list[str], printed: str
) -> None:
    command = [*unpacked.configuration["Entrypoint"], *arguments]
    with running(file_system, _ANY_USER, unpacked.environment, command) as container:
        output, errors = container.process.communicate(timeout=PATIENCE)
    assert container.process.returncode == 0, errors
    assert output.startswith(printed)


def test_no_start_compiles_anything(unpacked: UnpackedImage, file_system: Path) -> None:
    program = """
import importlib, os, pkgutil, sys
import app
for module in pkgutil.walk_packages(app.__path__, "app."):
    importlib.import_module(module.name)
cached = [getattr(module, "__cached__", None) for module in sys.modules.values()]
cached = [path for path in cached if path]
print(len(cached), *(path for path in cached if not os.path.exists(path)))
"""
    command = ["/opt/leasegate/bin/python3", "-c", program]
    with running(file_system, _ANY_USER, unpacked.environment, command) as container:
        output, errors = container.process.communicate(timeout=PATIENCE)
    assert not errors
    number, *missing = output.split()
    assert missing == []
    assert int(number) > 500


def test_nothing_but_tmp_can_be_written(unpacked: UnpackedImage, file_system: Path) -> None:
    program = """
import json, os
def writes(folder):
    try:
        open(os.path.join(folder, "x"), "w").close()
    except OSError as error:
        return error.strerror
    return "written"
print(json.dumps({f: writes(f) for f in ("/", "/opt/leasegate", "/etc", "/tmp")}))
"""
    command = ["python3", "-c", program]
    with running(file_system, "0:0", unpacked.environment, command) as container:
        output, errors = container.process.communicate(timeout=PATIENCE)
    assert not errors
    assert json.loads(output) == {
        **dict.fromkeys(("/", "/opt/leasegate", "/etc"), "Read-only file system"),
        "/tmp": "written",  # noqa: S108
    }


def _client(ca: Path) -> httpx2.Client:
    headers = {"Content-Type": "application/json"}
    context = ssl.create_default_context(cafile=ca)
    return httpx2.Client(verify=context, headers=headers, timeout=PATIENCE)
