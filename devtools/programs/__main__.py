"""Build the programs of a cluster that are missing, and print the folder that holds them."""

import argparse
import fcntl
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from devtools.programs import pins
from devtools.programs.builder import BuildError, build
from devtools.programs.cache import cache_folder, link_assets


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Print the folder on standard output, progress and errors on standard error.

    Returns 0, or 1 if a program is missing and cannot be built, or 2 for an unknown version.
    """
    parser = argparse.ArgumentParser(prog="make control-plane", description=__doc__)
    default = pins.DEFAULT_KUBERNETES
    parser.add_argument("--kube-version", default=default, help=f"a pinned minor ({default})")
    parser.add_argument("--node", action="store_true", help="also what runs pods")
    options = parser.parse_args(arguments)
    try:
        wanted = (pins.node if options.node else pins.control_plane)(options.kube_version)
        if ready := environ.get("KUBEBUILDER_ASSETS"):
            folder = _checked(Path(ready), wanted)
        else:
            folder = _built(cache_folder(environ), wanted, environ)
    except pins.PinError as error:
        _say(str(error))
        return 2
    except BuildError as error:
        _say(str(error))
        return 1
    except OSError as error:
        _say(f"cannot write {error.filename}: {error.strerror}")
        return 1
    sys.stdout.write(f"{folder}\n")
    return 0


def _checked(folder: Path, wanted: Sequence[pins.Pin]) -> Path:
    names = [name for pin in wanted for name in pin.programs]
    missing = [name for name in names if not os.access(folder / name, os.X_OK)]
    if missing:
        raise BuildError(
            f"KUBEBUILDER_ASSETS is {folder}, which has no program {', '.join(missing)}:"
            " add what is missing, or unset it to build everything"
        )
    return folder


def _built(cache: Path, wanted: Sequence[pins.Pin], environ: Mapping[str, str]) -> Path:
    cache.mkdir(parents=True, exist_ok=True)
    for pin in wanted:
        # Two makes at once: the second waits for what it needs, and then finds it built.
        with lock(cache, pin.key):
            began = time.monotonic()
            build(pin, cache, environ, _say)
            if (seconds := time.monotonic() - began) > 1:
                _say(f"built {pin.folder.name} in {seconds:.0f} s")
    with lock(cache, "links"):
        return link_assets(cache, wanted)


@contextmanager
def lock(cache: Path, name: str) -> Iterator[None]:
    """Hold what no other process holds, until the block or this process ends."""
    with (cache / f"{name}.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _say(line: str) -> None:
    sys.stderr.write(f"control-plane: {line}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
