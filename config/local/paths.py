"""Where things are. The runner works from any folder."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
LOCAL = ROOT / ".local"
PROFILES = ROOT / "config" / "profiles"


def state_folder(district: str) -> Path:
    """Everything one demo keeps: database, broker, files, logs. GRIDWORK_STATE names another place."""
    given = os.environ.get("GRIDWORK_STATE")
    return Path(given).resolve() if given else LOCAL / district
