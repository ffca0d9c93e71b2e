"""What a service is compared with: it parses the same JSON and commits one row durably, as its users would write it.

`python -m tests.benchmarks.bare_fastapi WORKERS`, with the file of the database in BARE_DATABASE; it says its port.
"""

import json
import os
import socket
import sqlite3
import sys
from threading import Lock
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

__all__ = ["create_app"]

_APPLICATION = "tests.benchmarks.bare_fastapi:create_app"


def create_app() -> FastAPI:
    """One endpoint, one connection, one lock."""
    app = FastAPI()
    lock = Lock()
    connection = sqlite3.connect(os.environ["BARE_DATABASE"], isolation_level=None, check_same_thread=False, timeout=60)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS records (seq INTEGER PRIMARY KEY, payload TEXT NOT NULL)")

    @app.post("/v0/decide")
    def store(request: dict[str, Any]) -> dict[str, Any]:
        with lock:
            cursor = connection.execute("INSERT INTO records (payload) VALUES (?)", (json.dumps(request),))
            return {"seq": cursor.lastrowid}

    return app


def main() -> None:
    """Serve until SIGTERM.

    Where uvicorn makes the socket for several workers itself, answers wait for acknowledgements; a comparison with that would
    flatter.
    """
    workers = int(sys.argv[1])
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(2_048)
        listening.set_inheritable(True)
        sys.stdout.write(f"http://127.0.0.1:{listening.getsockname()[1]}\n")
        sys.stdout.flush()
        config = uvicorn.Config(_APPLICATION, factory=True, access_log=False, workers=workers)
        if workers == 1:
            uvicorn.Server(config).run([listening])
        else:
            Multiprocess(config, [listening]).run()


if __name__ == "__main__":
    main()
