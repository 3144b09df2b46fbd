"""The package: what is built of the checkout works without it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
from importlib.metadata import Distribution
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.conf import settings
from packaging.requirements import Requirement

ROOT = Path(settings.BASE_DIR)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PACKAGES = ("chatsite", "conversations", "presence")
UV = Path(sys.executable).with_name("uv")

HOST_SETTINGS = """
import sys

# As if no extra were installed.
sys.modules.update(dict.fromkeys({blocked!r}))

from chatsite.settings import *

DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}}
"""

PROBE = """
import json
import sys

import django

django.setup()

from django.contrib.staticfiles import finders
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.template.loader import get_template

migrations = MigrationLoader(connection).disk_migrations
find = {
    "template": lambda name: get_template(name).origin.name,
    "static": finders.find,
    "migration": lambda name: sys.modules[migrations[tuple(name.split("."))].__module__].__file__,
}
asked = [line.split(":") for line in json.load(sys.stdin)]
found = {f"{kind}:{name}": find[kind](name) for kind, name in asked}
call_command("check", stdout=sys.stderr)
json.dump({"found": found, "checks": [one.id for one in run_checks()]}, sys.stdout)
"""


def run(*command: str | Path, cwd: Path, given: str = "", **environment: str) -> str:
    """What a command prints that must succeed, with nothing of the checkout on its path."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "HOME": str(cwd), **environment},
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, f"{command} failed:\n{done.stdout}{done.stderr}"
    return done.stdout


def names_below(folder: Path) -> set[str]:
    """Its files, but for what Python leaves there, as they are named from it."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {str(path.relative_to(folder)) for path in files}


def requirements() -> list[Requirement]:
    """What the package asks for, with all extras."""
    extras = PROJECT["optional-dependencies"].values()
    return [Requirement(line) for lines in (PROJECT["dependencies"], *extras) for line in lines]


def modules_of_extras() -> set[str]:
    """What only extras bring, as it is imported."""
    extras = PROJECT["optional-dependencies"].values()
    return {
        file.parts[0]
        for lines in extras
        for line in lines
        for file in Distribution.from_name(Requirement(line).name).files or ()
        if file.name == "__init__.py" and len(file.parts) == 2
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the sdist is, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("built")
    here = ("--offline", "--no-build-isolation", "--python", sys.executable)
    run(UV, "build", *here, "--out-dir", folder, ROOT, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def environment(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One with the wheel alone, which finds what it depends on where the tests do."""
    folder = tmp_path_factory.mktemp("installed") / "environment"
    [wheel] = built.glob("*.whl")
    run(UV, "venv", "--offline", "--python", sys.executable, folder, cwd=built)
    python = folder / "bin" / "python"
    run(UV, "pip", "install", "--offline", "--no-deps", "--python", python, wheel, cwd=folder)
    [packages] = folder.glob("lib/*/site-packages")
    (packages / "dependencies.pth").write_text(str(Path(pytest.__file__).parents[1]))
    (packages / "host.py").write_text(HOST_SETTINGS.format(blocked=sorted(modules_of_extras())))
    return folder


def test_the_sdist_and_the_wheel_hold_the_three_packages_and_nothing_else(built: Path) -> None:
    [wheel], [sdist] = built.glob("*.whl"), built.glob("*.tar.gz")
    code = {f"{app}/{name}" for app in PACKAGES for name in names_below(ROOT / app)}
    pages = {f"templates/{name}" for name in names_below(ROOT / "templates")}
    held = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == code | {f"chatsite/{name}" for name in pages}
    with tarfile.open(sdist) as archive:
        sources = {member.name.partition("/")[2] for member in archive if member.isfile()}
    beside = {"PKG-INFO", ".gitignore", "pyproject.toml", "README.md", "LICENSE", "manage.py"}
    assert sources == code | pages | beside


def test_the_wheel_works_without_the_checkout_and_without_extras(environment: Path) -> None:
    migrations = [path for app in PACKAGES for path in (ROOT / app).glob("migrations/0*.py")]
    asked = {
        *(f"template:{name}" for name in names_below(ROOT / "templates")),
        *(f"static:{name}" for app in PACKAGES for name in names_below(ROOT / app / "static")),
        *(f"migration:{path.parts[-3]}.{path.stem}" for path in migrations),
    }
    assert {line.partition(":")[0] for line in asked} == {"template", "static", "migration"}
    python = environment / "bin" / "python"
    given = json.dumps(sorted(asked))
    said = json.loads(
        run(python, "-c", PROBE, cwd=environment, given=given, DJANGO_SETTINGS_MODULE="host")
    )
    assert said["found"].keys() == asked
    elsewhere = [path for path in said["found"].values() if environment not in Path(path).parents]
    assert elsewhere == []
    assert said["checks"] == ["chatsite.W020"], "nothing draws pictures, and all else is well"


def test_what_is_locked_is_what_the_package_asks_for() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        locked = dict(re.findall(r"^([\w.-]+)==([\w.]+)", text, re.MULTILINE))
        for one in requirements():
            assert one.specifier.contains(locked[one.name.lower()]), f"{name}: {one}"


def test_what_has_internals_that_are_extended_has_a_bound() -> None:
    bounded = {
        one.name for one in requirements() if any(part.operator == "<" for part in one.specifier)
    }
    assert {"uvicorn", "websockets", "channels-redis", "redis", "channels"} <= bounded
