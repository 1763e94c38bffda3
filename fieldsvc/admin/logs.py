"""JSON lines on standard error, without personal data: a request is its method, route template, status and time.

Never logged: paths as sent, query strings, bodies, headers, names, and the text of exceptions (a database error quotes
the values it was given). Standard-library loggers pass through the same renderer with their message template only.
"""

import logging
import re
import sys
import time

import flask
import structlog

from fieldsvc.kit.ids import new_id

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
log = structlog.get_logger("fieldsvc.request")


def configure(level: str = "INFO") -> None:
    """Once per process, before the first line."""
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level,
                    structlog.processors.TimeStamper(fmt="iso", utc=True),
                    structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )  # fmt: skip
    root = logging.getLogger()
    root.handlers = [Forward()]
    root.setLevel(logging.WARNING)


class Forward(logging.Handler):
    """Other libraries' log records: where and what kind, and the template without what was put into it."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        told = {"error": error} if error else {}
        structlog.get_logger(record.name).log(record.levelno, str(record.msg)[:200], **told)


def register(app: flask.Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    given = flask.request.headers.get("X-Request-ID", "")
    flask.g.request_id = given if REQUEST_ID.fullmatch(given) else new_id()
    flask.g.began = time.perf_counter()


def _end(response: flask.Response) -> flask.Response:
    response.headers["X-Request-ID"] = flask.g.get("request_id", "")
    log.info("request", request_id=flask.g.get("request_id"), method=method(), route=route(),
             status=response.status_code, ms=round(elapsed() * 1000, 1))  # fmt: skip
    return response


def route() -> str:
    """The URL rule, never the path: a path may carry whatever a client put there."""
    return flask.request.url_rule.rule if flask.request.url_rule else "unmatched"


def method() -> str:
    name = flask.request.method
    return name if name in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} else "other"


def elapsed() -> float:
    """Seconds since this request began; 0 when it failed before its beginning."""
    began = flask.g.get("began")
    return time.perf_counter() - began if began else 0.0
