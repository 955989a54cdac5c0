"""What stands between customers, the shop and the database: nginx, HAProxy and PgBouncer, with the files of deploy/."""

import os
import re
from pathlib import Path

from benchmarks.shop import BenchFailed
from config.runtime.embedded import DATABASE, USER
from config.runtime.environment import PROJECT
from faults.machines.database import PORT as DATABASE_PORT
from faults.machines.database import Pair
from faults.machines.hosts import Host

WEB_PORT, DOOR, POOL_PORT, BROKER_PORT = 8001, 80, 6432, 5672
DEPLOY = PROJECT / "deploy"


def replaced(name: str, parts: dict[str, str]) -> str:
    """A file of deploy/ with what is this run's own; each part has to be in it."""
    text = (DEPLOY / name).read_text()
    for said, here in parts.items():
        if said not in text:
            raise BenchFailed(f"deploy/{name} has no {said!r}")
        text = text.replace(said, here)
    return text


def nginx(host: Host, webs: list[Host]) -> None:
    """deploy/nginx.conf, without TLS, which customers of this run don't speak."""
    servers = "\n".join(f"    server {web.address}:{WEB_PORT} max_fails=1 fail_timeout=2s;" for web in webs)
    text = replaced("nginx.conf", {"listen 443 ssl http2;": f"listen {DOOR} default_server;"})
    text = re.sub(r"    server 127\.0\.0\.1:8001.*\n    server 127\.0\.0\.1:8002.*", servers, text)
    text = re.sub(r"\n    ssl_.*", "", text)
    # The server that leads from http to https has nothing to do here.
    text = text.replace("listen 80;", "listen 8080;")
    temporary = " ".join(
        f"{kind}_temp_path {host.folder};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = (
        f"user {os.environ.get('USER', 'root')}; daemon off; worker_processes 1; pid {host.folder}/pid;\n"
        f"error_log {host.folder}/error.log; events {{ worker_connections 2000; }}\n"
        f"http {{ include /etc/nginx/mime.types; access_log off; {temporary}\n{text}\n}}\n"
    )
    config = _file(host, "nginx.conf", whole)
    host.serve(
        "nginx", ["nginx", "-p", str(host.folder), "-c", str(config), "-e", f"{host.folder}/error.log"]
    )


def haproxy(host: Host, webs: list[Host]) -> None:
    """deploy/haproxy.cfg, without TLS too."""
    own = {f"web{nth}.internal:8001": f"{web.address}:{WEB_PORT}" for nth, web in enumerate(webs, 1)}
    text = replaced(
        "haproxy.cfg",
        {
            "    bind :443 ssl crt /etc/haproxy/shop.pem\n": "",
            "    http-request redirect scheme https code 301 unless { ssl_fc }\n": "",
            "X-Forwarded-Proto https": "X-Forwarded-Proto http",
            # What this process may have open.
            "maxconn 20000": "maxconn 2000",
            "/etc/haproxy/away.http": str(DEPLOY / "away.http"),
            **own,
        },
    )
    host.serve("haproxy", ["haproxy", "-db", "-f", str(_file(host, "haproxy.cfg", text))])


def relay(host: Host, port: int) -> None:
    """Carries what comes to this host's port on to the broker of this machine, which its own loopback alone reaches."""
    text = f"""defaults
    mode tcp
    timeout connect 2s
    timeout client 1h
    timeout server 1h
listen broker
    bind {host.address}:{BROKER_PORT} namespace {host.network.space(host.name)}
    server here 127.0.0.1:{port}
"""
    # In this machine's own network: HAProxy has its ear alone on the host.
    host.serve("relay", ["haproxy", "-db", "-f", str(_file(host, "relay.cfg", text))], inside=False)


class Pool:
    """PgBouncer on a host, which leads to the primary."""

    def __init__(self, host: Host, pair: Pair) -> None:
        self.host, self.pair = host, pair
        self.lead()
        host.serve("pgbouncer", ["pgbouncer", "-q", str(host.folder / "pgbouncer.ini")], account=pair.account)

    def lead(self) -> None:
        """To who is the primary now; one that runs is told so."""
        auth = f"host={self.pair.primary.address} port={DATABASE_PORT} user={USER}"
        text = replaced(
            "pgbouncer.ini",
            {
                "orderly = host=db1.internal port=5432": f"{DATABASE} = {auth}",
                "auth_type = scram-sha-256\nauth_file = /etc/pgbouncer/userlist.txt": "auth_type = any\nunix_socket_dir =",
            },
        )
        _file(self.host, "pgbouncer.ini", text).chmod(0o644)
        running = self.host.services.get("pgbouncer")
        if running and running.alive:
            os.kill(running.pid, 1)  # SIGHUP


def pooled(hosts: list[Host]) -> str:
    """The address of the pools: whoever connects takes the first that answers."""
    both = "%2C".join(host.address for host in hosts)
    return f"postgres://{USER}@/{DATABASE}?host={both}&port={POOL_PORT}&connect_timeout=2"


def _file(host: Host, name: str, text: str) -> Path:
    path = host.folder / name
    path.write_text(text)
    return path
