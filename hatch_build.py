"""What is asked before a wheel or a source archive is built: are the web assets there?

They are fetched (``scripts/build-assets``) and not kept in the repository; a wheel without them would
install pages without design. An editable installation needs them later, and builds none of this.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

STAMP = Path("api", "web", "static", "vendor", "STAMP")


class WebAssets(BuildHookInterface):  # type: ignore[type-arg]
    """Refuses to build without them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable" and not (Path(self.root) / STAMP).is_file():
            raise SystemExit(
                f"{STAMP.parent} fehlt. Erst scripts/build-assets (oder make setup) aufrufen, dann bauen."
            )
