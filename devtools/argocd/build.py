"""Build the Go program that compares as Argo CD does, and ask it."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from devtools.programs.builder import build
from devtools.programs.cache import cache_folder
from devtools.programs.pins import Pin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MANAGER: Final = "argocd-controller"
"""The field manager that Argo CD applies as (argo-cd, common/common.go)."""
_SOURCES: Final = Path(__file__).with_name("diff")
_PROGRAM: Final = "argocd-diff"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ArgoCD:
    """Argo CD's comparison, as a program."""

    program: Path

    def is_out_of_sync(self, manifest: Json, live: Json) -> bool:
        """Compare by default: manifest, what was applied last, and what is stored."""
        return self._ask({"config": manifest, "live": live})

    def is_out_of_sync_by_server(
        self, manifest: Json, live: Json, predicted: Json, openapi: Json, *, webhooks: bool
    ) -> bool:
        """Compare with `ServerSideDiff=true`; `webhooks` is IncludeMutationWebhook.

        `predicted` is what the server answers to the manifest, applied by MANAGER as a dry run;
        `openapi` is its document of version 2.
        """
        asked = {"config": manifest, "live": live, "predicted": predicted, "openapi": openapi}
        return self._ask({**asked, "manager": MANAGER, "includeWebhooks": webhooks})

    def _ask(self, question: Json) -> bool:
        done = subprocess.run(
            [self.program],
            input=json.dumps(question),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        answer: bool = json.loads(done.stdout)
        return answer


def build_argocd(environ: Mapping[str, str], say: Callable[[str], None]) -> ArgoCD:
    """Build it, unless the cache has it; raises BuildError."""
    text = (_SOURCES / "go.mod").read_text()
    version = re.search(r"argoproj/gitops-engine (v\S+)", text)
    assert version is not None
    pin = Pin(_SOURCES, version[1], {_PROGRAM: "leasegate.dev/devtools/argocd/diff"}, ())
    return ArgoCD(build(pin, cache_folder(environ), environ, say) / _PROGRAM)
