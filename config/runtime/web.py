"""One web server process: pages, API and WebSockets on a socket that is already listening."""

import argparse
from pathlib import Path

import uvicorn

# Seconds that requests in flight have at a stop.
STOP_SECONDS = 3
# Bytes of one frame of a client; the shop reads nothing from sockets.
MAX_FRAME = 4096


def main() -> None:
    parser = argparse.ArgumentParser(prog="config.runtime.web", description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="the listening socket")
    parser.add_argument(
        "--reload", nargs="*", metavar="FOLDER", help="start again when something in it changes"
    )
    arguments = parser.parse_args()
    folders = [str(Path(folder).resolve()) for folder in arguments.reload or ()]
    uvicorn.run(
        "config.asgi:application",
        fd=arguments.fd,
        http="config.web.protocols:Http",
        ws="config.web.protocols:Sockets",
        ws_max_size=MAX_FRAME,
        # Compressing needs some 50 KiB for each socket, and events are short.
        ws_per_message_deflate=False,
        lifespan="off",
        access_log=False,
        server_header=False,
        # BEHIND_PROXY decides whether X-Forwarded-For is believed; uvicorn would believe any process of this machine.
        proxy_headers=False,
        log_level="warning",
        timeout_graceful_shutdown=STOP_SECONDS,
        reload=bool(folders),
        reload_dirs=folders or None,
        reload_includes=["*.py", "*.html"] if folders else None,
    )


if __name__ == "__main__":
    main()
