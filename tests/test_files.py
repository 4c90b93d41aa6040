"""The files around the code: settings and their list, README, containers, static files that templates name."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib.staticfiles import finders

pytestmark = pytest.mark.once
ROOT = Path(__file__).resolve().parent.parent
# What compose.yaml asks for beyond the application's own settings.
COMPOSE_ONLY = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"}


def read_settings() -> dict[str, Any]:
    """Every name that config/settings.py reads, with its default; None where that is worked out."""
    found: dict[str, Any] = {}
    for node in ast.walk(ast.parse((ROOT / "config" / "settings.py").read_text())):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and ast.unparse(node.func.value) == "env"
        ):
            if not node.args or not isinstance(node.args[0], ast.Constant) or not node.keywords:
                continue
            name = str(node.args[0].value)
            try:
                found[name] = ast.literal_eval(node.keywords[0].value)
            except ValueError:
                found[name] = None
    return found


def read_example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line[1:].split("=", 1) for line in lines if re.match(r"#[A-Z_]+=", line))


def test_every_setting_is_in_the_example_and_nothing_else() -> None:
    assert set(read_example()) == set(read_settings())


@pytest.mark.parametrize(("name", "default"), sorted(read_settings().items(), key=str))
def test_the_example_names_the_default(name: str, default: object) -> None:
    text = ",".join(default) if isinstance(default, list) else "" if default is None else str(default)

    assert read_example()[name] == text


def test_the_example_changes_nothing_as_it_is() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()

    assert [line for line in lines if line and not line.startswith("#")] == []


@pytest.mark.parametrize("command", ["manage.py demo", "pytest"])
def test_the_readme_says_the_two_commands(command: str) -> None:
    lines = [line.strip() for line in (ROOT / "README.md").read_text().splitlines()]

    assert f"python3 -m pip install uv && python3 -m uv run {command}" in lines


def test_everything_the_readme_points_to_is_there() -> None:
    text = (ROOT / "README.md").read_text()
    linked = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    named = re.findall(r"`((?:config|menu|loyalty|orders|templates|tests)/[\w/.]*)`", text)

    assert [path for path in [*linked, *named] if not (ROOT / path).exists()] == []


def test_every_static_file_that_a_template_names_is_there() -> None:
    templates = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "templates").rglob("*.txt")]
    named = {
        (str(template.relative_to(ROOT)), name)
        for template in templates
        for name in re.findall(r"""\{% static ['"]([^'"]+)['"]""", template.read_text())
    }

    assert named
    assert {(template, name) for template, name in named if finders.find(name) is None} == set()


# Containers -----------------------------------------------------------------------------------------------------------


def read_dockerfile() -> list[tuple[str, str]]:
    """The instructions, each on one line, as (word, rest)."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines if line.strip()]


def read_compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return document


def copied() -> list[tuple[str, str]]:
    """What the image takes from the repository, as (source, target)."""
    parts = [rest.split() for word, rest in read_dockerfile() if word == "COPY" and not rest.startswith("--from")]
    return [(source, target) for source, target in parts]


def test_the_image_is_built_from_what_is_there_and_what_docker_may_see() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()

    assert ignored[0] == "*"
    for source, _target in copied():
        assert (ROOT / source).exists(), source
        assert f"!{source}" in ignored


def test_the_image_runs_as_nobody_in_particular() -> None:
    users = [rest for word, rest in read_dockerfile() if word == "USER"]

    assert users == ["tableside"]


def test_the_image_installs_only_what_it_knows_the_hash_of() -> None:
    requirements = (ROOT / "requirements.txt").read_text()
    packages = re.findall(r"^[a-z0-9-]+==", requirements, flags=re.MULTILINE)
    (install,) = [rest for word, rest in read_dockerfile() if word == "RUN" and "pip install" in rest]

    assert "--require-hashes" in install
    assert len(packages) > 30
    assert len(re.findall(r"^    --hash=sha256:[0-9a-f]{64} ?\\?$", requirements, flags=re.MULTILINE)) >= len(packages)
    assert "pytest==" not in requirements


def test_what_the_image_contains_is_enough_to_collect_and_to_serve(tmp_path: Path) -> None:
    for source, _target in copied():
        target = tmp_path / "app" / source
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, target)
        else:
            target.parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / source, target)
    (collect,) = [rest for word, rest in read_dockerfile() if word == "RUN" and "collectstatic" in rest]
    environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "VAR_DIR": str(tmp_path / "var")}

    subprocess.run(collect, shell=True, cwd=tmp_path / "app", env=environment, check=True)

    assert (tmp_path / "var" / "static" / "staticfiles.json").exists()
    assert not (tmp_path / "var" / "secret_key").exists()
    served = subprocess.run(
        [sys.executable, "-c", "import config.wsgi; print(callable(config.wsgi.application))"],
        cwd=tmp_path / "app",
        env=environment | {"SECRET_KEY": "x" * 50},
        check=True,
        capture_output=True,
        text=True,
    )
    assert served.stdout == "True\n"


def test_compose_runs_everything_that_is_needed() -> None:
    services = read_compose()["services"]

    assert set(services) == {"migrate", "web", "worker", "beat", "database", "queue", "mail"}
    for name in ("web", "worker", "beat"):
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert services[name]["depends_on"]["database"] == {"condition": "service_healthy"}
    for name in ("web", "worker", "database", "queue"):
        assert "test" in services[name]["healthcheck"], name
    named = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])}
    assert named == set(read_compose()["volumes"])


def test_compose_and_the_image_use_only_settings_that_exist() -> None:
    text = (ROOT / "compose.yaml").read_text()
    services = read_compose()["services"].values()
    used = set(re.findall(r"\$\{([A-Z_]+)", text))
    used |= {name for service in services for name in service.get("environment", {})}
    (environment,) = [rest for word, rest in read_dockerfile() if word == "ENV" and "VAR_DIR" in rest]
    used |= {pair.split("=")[0] for pair in environment.split()} - {
        "PATH",
        "PYTHONUNBUFFERED",
        "PYTHONDONTWRITEBYTECODE",
    }

    assert used - COMPOSE_ONLY - set(read_example()) == set()


def test_compose_does_not_start_without_a_key_of_ones_own() -> None:
    environment = read_compose()["services"]["web"]["environment"]

    assert environment["SECRET_KEY"].startswith("${SECRET_KEY:?")
    assert "TABLESIDE_DEMO" not in environment
