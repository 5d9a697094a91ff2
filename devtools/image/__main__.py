"""Build the image from the Dockerfile, and print the path of the docker-archive."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from app import __version__
from devtools.image import ImageError, build_image
from devtools.programs.cache import cache_folder

CHECKOUT = Path(__file__).parents[2]


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Print the path on standard output, progress and errors on standard error.

    Returns 0, or 1 if the image cannot be built.
    """
    parser = argparse.ArgumentParser(prog="make image", description=__doc__)
    default = f"localhost/leasegate:{__version__}"
    parser.add_argument("--name", default=default, help=f"repository and tag ({default})")
    options = parser.parse_args(arguments)
    try:
        image = build_image(CHECKOUT, options.name, cache_folder(environ), environ, _say)
    except ImageError as error:
        _say(str(error))
        return 1
    except OSError as error:
        _say(f"cannot write {error.filename}: {error.strerror}")
        return 1
    sys.stdout.write(f"{image.archive}\n")
    return 0


def _say(line: str) -> None:
    sys.stderr.write(f"image: {line}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
