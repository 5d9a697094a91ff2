"""What can go wrong while an image is made."""


class ImageError(Exception):
    """The image cannot be made; the message is one sentence that says what is missing."""
