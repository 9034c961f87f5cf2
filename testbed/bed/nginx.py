"""nginx in front of NetBox's web server, set up as contrib/nginx.conf of NetBox has it, in the testbed's own folder."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from bed.install import NGINX_PARAMETERS, CannotRunError, find_nginx

if TYPE_CHECKING:
    from bed.fronts import Nginx
    from bed.state import State

# What is not here has nginx's default, also the room for headers: `large_client_header_buffers`, four of 8 kB.
CONFIGURATION = """\
daemon off;
{user}
pid {home}/nginx.pid;
error_log {home}/logs/nginx.log;
events {{}}
http {{
    log_format requests escape=json '{{"status": $status, "method": "$request_method", "target": "$request_uri", '
        '"if_match": "$http_if_match", "bytes": $request_length, "seconds": $request_time}}';
    access_log {home}/logs/nginx-requests.log requests;
    client_body_temp_path {home}/nginx-body;
    proxy_temp_path {home}/nginx-proxy;
    uwsgi_temp_path {home}/nginx-uwsgi;
    fastcgi_temp_path {home}/nginx-fastcgi;
    scgi_temp_path {home}/nginx-scgi;
    server {{
        listen 127.0.0.1:{port}{tls};
        client_max_body_size {largest_body};
        {certificate}
        location / {{
{upstream}
        }}
    }}
}}
"""
CERTIFICATE = "ssl_certificate {home}/nginx.crt; ssl_certificate_key {home}/nginx.key;"
UPSTREAM = {
    "gunicorn": """\
            proxy_pass http://{address};
            proxy_set_header X-Forwarded-Host $http_host;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;""",
    "uwsgi": """\
            include {parameters};
            uwsgi_pass {address};
            uwsgi_param Host $host;
            uwsgi_param X-Real-IP $remote_addr;
            uwsgi_param X-Forwarded-For $proxy_add_x_forwarded_for;
            uwsgi_param X-Forwarded-Proto $http_x_forwarded_proto;""",
}


def command(state: State, settings: Nginx, server: str, address: str) -> list[str]:
    """Write its configuration and its certificate, and return what starts it."""
    if settings.tls:
        _ensure_certificate(state)
    text = CONFIGURATION.format(
        home=state.home,
        user="user root;" if os.geteuid() == 0 else "",  # its workers must get into the testbed's folder
        port=state.netbox_port,
        tls=" ssl" if settings.tls else "",
        certificate=CERTIFICATE.format(home=state.home) if settings.tls else "",
        largest_body=settings.largest_body,
        upstream=UPSTREAM[server].format(address=address, parameters=NGINX_PARAMETERS),
    )
    file = state.home / "nginx.conf"
    file.write_text(text, encoding="utf-8")
    return [str(find_nginx()), "-e", "stderr", "-c", str(file)]


def _ensure_certificate(state: State) -> None:
    """Make a certificate that signs itself, once, as NetBox's documentation does."""
    certificate, key = state.home / "nginx.crt", state.home / "nginx.key"
    if certificate.exists() and key.exists():
        return
    made = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=127.0.0.1"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-out", str(certificate), "-keyout", str(key)]
    done = subprocess.run(["openssl", "req", *made, *names], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        message = f"`openssl req` failed: {done.stderr.strip()[-300:]}"
        raise CannotRunError(message)
