"""The page as a server: controls, address and lake kept in step."""

from collections.abc import Callable
from typing import Any, Final

from dash import Dash, Input, Output, ctx
from werkzeug.serving import BaseWSGIServer, make_server

from analytics.dashboard.choice import Choice, Days, choose, choose_by_address
from analytics.dashboard.gold import Gold
from analytics.dashboard.page import before_options, day_shown, frame, nothing_there, refused
from analytics.dashboard.wording import weekday
from pipelines.errors import PipelineError
from pipelines.settings import LakeSettings

_CHOSEN: Final = (("address", "search"), ("tenant", "value"), ("day", "value"), ("before", "value"))
_OFFERED: Final = (("tenant", "options"), ("day", "options"), ("before", "options"), ("shown", "children"))
_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
{%metas%}
<title>{%title%}</title>
{%favicon%}
{%css%}
</head>
<body>
{%app_entry%}
{%config%}{%scripts%}{%renderer%}
</body>
</html>
"""


def dashboard(settings: LakeSettings) -> Dash:
    """The page of a lake; its ``server`` is a WSGI application."""
    app = Dash(
        "analytics.dashboard",
        title="Turnstone: the tenant's day",
        update_title=None,  # type: ignore[arg-type]
        index_string=_PAGE,
        meta_tags=[
            {"name": "viewport", "content": "width=device-width, initial-scale=1"},
            {"name": "color-scheme", "content": "light dark"},
        ],
        enable_mcp=False,
    )
    app.layout = frame()
    app.callback([Output(*place) for place in (*_CHOSEN, *_OFFERED)], [Input(*place) for place in _CHOSEN])(
        _answer(Gold(settings))
    )
    return app


def dashboard_server(settings: LakeSettings, host: str, port: int) -> BaseWSGIServer:
    """A server that is not running yet; port 0 is any that is free.

    Raises:
        OSError: The port is taken.
    """
    return make_server(host, port, dashboard(settings).server, threaded=True)


def _answer(gold: Gold) -> Callable[..., tuple[Any, ...]]:
    """What the page does when it is opened and when something is chosen."""

    def answer(
        search: str | None, tenant: str | None, day: str | None, before: int | None
    ) -> tuple[Any, ...]:
        try:
            days = gold.days()
            if not days:
                return (search, None, None, None, [], [], [], nothing_there())
            if ctx.triggered_id in {"tenant", "day", "before"}:
                choice = choose(days, tenant_id=tenant, day=day, before=before)
            else:
                choice = choose_by_address(days, search or "")
            return _shown(choice, days, day_shown(gold.day(choice)))
        except PipelineError as error:
            return (search, None, None, None, [], [], [], refused(str(error)))

    return answer


def _shown(choice: Choice, days: Days, page: Any) -> tuple[Any, ...]:
    return (
        choice.search,
        choice.tenant_id,
        choice.day.isoformat(),
        choice.before,
        [{"label": tenant, "value": tenant} for tenant in days],
        [{"label": weekday(day), "value": day.isoformat()} for day in days[choice.tenant_id]],
        before_options(),
        page,
    )
