"""The front door: settings, database, rooms, headers, error pages."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from flask import Flask, Response, request
from flask_babel import Babel
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import Rule

from scheduler import accounts, calendars, home, meetups, registration, schools, visits
from scheduler.foundation import access, db, errors, inventory, logs, paths, templating
from scheduler.foundation.metrics import Numbers

TABLES_OF_THE_FOUNDATION = inventory

ROOMS = (schools, accounts, registration, visits, meetups, calendars, home)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


class SettingsError(Exception):
    """A setting cannot work; one line says which and how to mend it."""


class LateRule(Rule):
    """A route that compiles what writes its addresses when it writes the first: for all of them that took a tenth of a start."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        place, compiled = "_build_unknown" if append_unknown else "_build", super()._compile_builder

        def first(rule: Rule, **values: Any) -> tuple[str, str]:
            setattr(rule, place, compiled(append_unknown).__get__(rule, None))
            found: tuple[str, str] = getattr(rule, place)(**values)
            return found

        return first


class House(Flask):
    """Flask, told what it would ask some fifteen times a request: no view and no hook of ours is a coroutine."""

    url_rule_class = LateRule

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def config_module() -> ModuleType:
    """config.py, loaded by its path: `config` is too common a name to import."""
    spec = importlib.util.spec_from_file_location("scheduler_config", paths.find("config.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def build(overrides: Mapping[str, Any]) -> Flask:
    """Put the house together."""
    app = House(
        "scheduler",
        template_folder=str(paths.find("templates")),
        static_folder=str(paths.find("static")),
        instance_path=str(paths.instance_folder()),
    )
    app.jinja_environment = templating.Pages
    app.config.from_mapping(_settings())
    app.config.from_mapping(overrides)
    _configure_flask(app)
    db.init_app(app)
    Babel(app, default_translation_directories=str(paths.PACKAGE / "translations"))
    CSRFProtect(app)
    templating.init_app(app)
    errors.init_app(app)
    logs.init_app(app)
    for room in ROOMS:
        room.init_app(app)
    app.extensions["numbers"] = Numbers(rule.rule for rule in app.url_map.iter_rules())
    access.init_app(app)
    app.after_request(_harden)
    if proxies := app.config["TRUSTED_PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    return app


def _settings() -> dict[str, Any]:
    module = config_module()
    try:
        return dict(module.load(os.environ, paths.instance_folder()))
    except module.SettingsError as problem:
        raise SettingsError(str(problem)) from problem


def _configure_flask(app: Flask) -> None:
    secure = app.config["BASE_URL"].startswith("https")
    app.config.update(
        MAX_CONTENT_LENGTH=6 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=512 * 1024,
        MAX_FORM_PARTS=4000,
        SESSION_COOKIE_NAME="scheduler",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        PERMANENT_SESSION_LIFETIME=60 * 60 * 24 * 31,
        SESSION_REFRESH_EACH_REQUEST=False,  # else every file and feed that caches may keep carries somebody's cookie
        SEND_FILE_MAX_AGE_DEFAULT=60 * 60 * 24 * 365,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_I18N_ENABLED=False,  # our fields speak for themselves; WTForms' own catalog would be read anew for each request
        WTF_CSRF_SSL_STRICT=False,  # it wants a Referer, which our own policy withholds
        JSON_SORT_KEYS=False,
    )


def _harden(response: Response) -> Response:
    there = {name for name, _value in response.headers}
    for name, value in HEADERS.items():
        if name not in there:
            response.headers.add(name, value)
    if request.endpoint not in ("static", None) and "Cache-Control" not in there:
        response.headers.add("Cache-Control", "no-store")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response
