"""A real load balancer: Debian's nginx, which gives each request to the next node in turn."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.ports import free_port
from tests.targets.need import program
from tests.waiting import eventually

OWN_ADDRESS = "127.0.0.2"
"""From which the balancer connects to the nodes; clients of the test come from 127.0.0.1."""

CONFIGURATION = """
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  upstream nodes {{ {servers} }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://nodes;
      proxy_bind {own};
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Real-IP $remote_addr;
      add_header X-Answered-By $upstream_addr always;
    }}
  }}
}}
"""


@contextmanager
def balancer(folder: Path, nodes: Sequence[str]) -> Iterator[str]:
    """The address of the cluster behind nginx, by the base URLs of its nodes. Round robin."""
    nginx, port = program("nginx", "nginx"), free_port()
    servers = " ".join(f"server {urlsplit(url).netloc};" for url in nodes)
    text = CONFIGURATION.format(folder=folder, servers=servers, port=port, own=OWN_ADDRESS)
    file = folder / "nginx.conf"
    file.write_text(text)
    errors = folder / "error.log"
    command = [str(nginx), "-p", str(folder), "-c", str(file), "-e", str(errors)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: _listens(port), 10)
        yield f"http://127.0.0.1:{port}{urlsplit(nodes[0]).path}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
