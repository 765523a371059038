"""A web server that takes posts, answers as told, and keeps what it took."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """Takes posts, answers as told, keeps what it took."""

    def __init__(self):
        self.took, self.answers, receiver = [], [], self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.took.append((self.path, dict(self.headers), body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?chain=1"

    def told(self) -> list[tuple[str, str]]:
        return [(body["what"], body["kind"]) for body in (json.loads(body) for _, _, body in self.took)]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
