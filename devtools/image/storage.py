"""A buildah with storage of its own, so that nothing is left on the machine when it is removed."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from devtools.image.commands import ENDS_WITH_US, run

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Storage:
    """Images below one folder; the folder may simply be removed afterwards.

    What a Dockerfile keeps by ``--mount=type=cache`` goes into ``kept``.
    """

    def __init__(self, folder: Path, kept: Path, environ: Mapping[str, str], log: Path) -> None:
        self._log = log
        temporary = folder / "tmp"
        temporary.mkdir(parents=True)
        # buildah has no flag for the place of such caches: it takes this folder in TMPDIR.
        (temporary / "buildah-cache").symlink_to(kept)
        # Without it buildah leaves a lock in /etc/cni/net.d.
        configuration = folder / "containers.conf"
        configuration.write_text(f'[network]\nnetwork_config_dir = "{folder / "network"}"\n')
        self._command = (
            *ENDS_WITH_US,
            *("buildah", "--storage-driver", "vfs"),
            *("--root", folder / "images", "--runroot", folder / "run"),
        )
        # The variables of this process are not those of a build: what pip needs is a secret.
        self._environ = {
            **{name: value for name, value in environ.items() if not name.startswith("PIP_")},
            "BUILDAH_ISOLATION": "chroot",
            "CONTAINERS_CONF": str(configuration),
            "TMPDIR": str(temporary),
            "HOME": str(folder),
        }

    def buildah(self, *arguments: str | Path) -> str:
        """Run one command of buildah and return what it prints. Raises ImageError."""
        return run([*self._command, *arguments], self._environ, self._log)

    def add_base(self, name: str, archive: Path) -> None:
        """Make an image out of a root file system."""
        container = self.buildah("from", "scratch").strip()
        self.buildah("add", "--quiet", container, archive, "/")
        self.buildah("config", "--env", f"PATH={SYSTEM_PATH}", container)
        self.buildah("commit", "--quiet", "--rm", container, name)

    def build(self, name: str, context: Path, options: Sequence[str | Path]) -> None:
        """Build the Dockerfile in ``context`` as it is."""
        # No time in it: the same content is the same image.
        fixed = ("--timestamp", "0", "--pull-never", "--tag", name)
        self.buildah("build", *fixed, *options, context)

    def save(self, name: str, archive: Path) -> None:
        """Write an image as a docker-archive that has ``name`` in it."""
        self.buildah("push", "--quiet", name, f"docker-archive:{archive}:{name}")
