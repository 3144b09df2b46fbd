"""The peer from npm, installed when it is first needed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

SOCKETIO = Path(__file__).parent / "peers" / "socketio"


def install_socketio() -> str | None:
    """Install what the lock file names; why that can't be, if it can't."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "Node.js is not on PATH"
    lock, done = SOCKETIO / "package-lock.json", SOCKETIO / "node_modules" / ".package-lock.json"
    if done.exists() and done.stat().st_mtime >= lock.stat().st_mtime:
        return None
    command = [npm, "ci", "--no-fund", "--no-audit", "--omit=dev"]
    result = subprocess.run(command, cwd=SOCKETIO, capture_output=True, text=True, check=False)
    if result.returncode:
        return f"npm ci failed: {(result.stderr or result.stdout).strip().splitlines()[-1]}"
    return None
