"""The image, built from the Dockerfile without a container engine and without a registry.

``python -m tests.image.tools`` (``make image``) prints the path of a docker-archive. Its bases are
made of Debian packages, from the mirror that this machine's own apt uses.
"""

from tests.image.tools.errors import ImageError
from tests.image.tools.image import Image, build_image

__all__ = ["Image", "ImageError", "build_image"]
