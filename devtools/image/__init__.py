"""The image, built from the Dockerfile without a container engine and without a registry.

``python -m devtools.image`` (``make image``) prints the path of a docker-archive. Its bases are
made of Debian packages, from the mirror that this machine's own apt uses.
"""

from devtools.image.errors import ImageError
from devtools.image.image import Image, build_image

__all__ = ["Image", "ImageError", "build_image"]
