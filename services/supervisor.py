"""`lectern up`: one port, one worker process a core, each the whole composition (DESIGN section 4).

gunicorn forks the workers and replaces one that dies. Stores, packs and libvips open at first use, so after
the fork.
"""

import gc
import os
import resource
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from prometheus_client import multiprocess

from image.engine import share_heap
from lectern.settings import Settings
from services import SERVICES, tracing
from services.app import create_app
from services.context import Context
from services.observing import configure_logs
from services.worker import Worker

_GRACE_SECONDS = 10
# What gunicorn bounds by itself, said here all the same: docs/limits.md tells of it.
LIMITS = {
    "backlog": 512,
    "worker_connections": 2000,  # those that wait cost no thread, but a file each
    "limit_request_line": 8190,
    "limit_request_fields": 100,
    "limit_request_field_size": 8190,
}
_COLLECTING = (10_000, 20, 20)  # new objects, then collections of the younger ones, that bring on a collection


class _Supervisor(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    def __init__(self, settings: Settings, services: Sequence[str]) -> None:
        self._settings = settings
        self._services = services
        super().__init__()

    def load_config(self) -> None:
        settings = self._settings
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        options: dict[str, Any] = {
            "bind": f"{host}:{settings.port}",
            "workers": settings.workers or os.cpu_count() or 1,
            "worker_class": Worker,
            "threads": settings.threads,
            "graceful_timeout": _GRACE_SECONDS,
            **LIMITS,
            "keepalive": 75,
            "loglevel": "warning",
            "proc_name": "lectern",
            # Our own log has one line a request; gunicorn's would print query texts.
            "accesslog": None,
            "child_exit": _forget_worker,
            # Forwarded headers are judged by services.gate alone (TH-53, TH-55).
            "forwarded_allow_ips": "",
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Return the application; called in each worker."""
        share_heap()
        configure_logs(self._settings.log_format, self._settings.log_level)
        tracing.install(self._settings)  # what is sent last is sent when the process ends
        app = create_app(Context(self._settings), self._services)
        settle()
        return app


def _forget_worker(_server: object, worker: Any) -> None:
    """Close the measurements of a worker that ended."""
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def settle() -> None:
    """Keep what a worker starts with out of all garbage collections to come, and these rare.

    Nothing of it is ever garbage, and to look at it takes 50 ms, which some search would have to wait for.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECTING)


def raise_open_files() -> None:
    """Raise the limit of open files as far as it may be: every open pack keeps one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def load_code(services: Sequence[str]) -> None:
    """Load the modules of the services before the fork: workers share their memory as long as nobody writes to it.

    A module opens nothing, and libvips is loaded by none of them.
    """
    for name in services:
        import_module(f"services.{name}")
    gc.collect()
    gc.freeze()


def serve(settings: Settings, services: Sequence[str] = SERVICES) -> None:
    """Serve until a signal ends it; `starting.require_startable` has been asked before."""
    load_code(services)
    if "pyvips" in sys.modules:
        raise RuntimeError("libvips is loaded before the fork: its threads would be missing in every worker")
    raise_open_files()
    _Supervisor(settings, services).run()
