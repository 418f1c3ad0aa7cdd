"""``claimloop web``: the pages."""


from services.cli import CannotRun, app, engine_of, settings_with_ids


@app.command
def web() -> None:
    """Serve the work list, the item and lag pages on the loopback address."""
    import os
    import socket

    from services.codes import reference, search
    from services.db.stores import codes
    from services.ops import http, lag, logs, tables
    from services.phi import keys
    from services.shadow import corrections
    from services.web import rules, serve
    from services.web.app import build
    from services.web.desk import Web
    from services.worklist.decisions.acts import Desk

    settings = settings_with_ids()
    engine = engine_of(settings, "web", pool=8)
    logs.configure(settings, "web")
    how = rules.of(settings)
    try:
        site = keys.read(settings.site_key_path)
        listening = socket.create_server((settings.web_host, settings.web_port))
    except keys.SiteKeyError as why:
        raise CannotRun(str(why)) from None
    except OSError as why:
        where = f"{settings.web_host}:{settings.web_port}"
        raise CannotRun(f"cannot listen on {where}: {os.strerror(why.errno or 0)}") from None

    price = corrections.prices_of(engine) if settings.shadow else None
    desk = Desk(
        site, settings.clock, reference.load(settings.reference), price,
        settings.write_off_limit_cents,
    )
    measure = lag.Watch(settings).measure

    def late() -> str:
        today = settings.clock.today()
        return tables.sentence(codes.overdue(engine, today, packaged=not settings.demo))

    search.warm_aside()
    pages = build(Web(
        engine, desk, measure, settings.retrospective_queries, late_tables=late,
        sign_in=how,
        ehr_link=settings.ehr_link,
        library=lambda: codes.at_hand(engine, settings.home / "codes"),
    ))
    server = serve.server(pages, behind_proxy=bool(how.url))
    pages.state.news.ending = lambda: server.should_exit
    health = http.serve(settings, "web", lambda: server.started, measure)
    try:
        server.run(sockets=[listening])
    finally:
        health.close()
