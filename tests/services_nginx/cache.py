"""A cache that many readers share, before real services: nginx, which keeps all that it is allowed to."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from lectern.home import Home
from tests.servers import free_port, running, settings_free_environment
from tests.services_nginx.gateway import nginx

_CACHE = """
proxy_cache_path {cache} keys_zone=shared:1m use_temp_path=off;
server {{
    listen 8080;
    access_log /var/log/nginx/access.log;
    location / {{
        proxy_pass http://127.0.0.1:{port};
        proxy_cache shared;
        add_header X-Cache $upstream_cache_status always;
    }}
}}
"""


@contextmanager
def caching(home: Home, folder: Path, **settings: str) -> Iterator[str]:
    """Serve a home behind the cache, and yield the cache's address; answers say in X-Cache whether they were kept."""
    inner, outer = free_port(), free_port()
    environment = settings_free_environment(
        LECTERN_HOME=str(home.path),
        PORT=str(inner),
        LECTERN_WORKERS="1",
        **{f"LECTERN_{key.upper()}": value for key, value in settings.items()},
    )
    with ExitStack() as stack:
        command = [sys.executable, "-m", "services.cli", "up"]
        stack.enter_context(running(command, environment, f"http://127.0.0.1:{inner}/readyz"))
        kept = Path(stack.enter_context(TemporaryDirectory()))  # a worker of nginx is another user than we may be
        kept.chmod(0o755)
        server = _CACHE.format(cache=kept / "cache", port=inner)
        stack.enter_context(nginx(folder, outer, "", server=server))
        yield f"http://127.0.0.1:{outer}"
