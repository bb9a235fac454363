"""Pages measured in a headless Chromium, at the width of a given screen."""

import html
import json
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support.waiting import PATIENCE_S

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
MISSING = "Chromium is not installed here; .ci/run installs it"
# The page is in a frame of each width: a window cannot be as narrow as a telephone. The start of the browser costs more
# than the measuring, so one start shows the page at all widths.
_FRAME = """<iframe src="{page}" style="position:absolute;width:{width}px;height:900px;border:0"></iframe>"""
_FRAMES = """<!doctype html><body style="margin:0">
{frames}
<script>
const measured = (frame) => {{
  const inside = frame.contentDocument;
  const edge = frame.clientWidth + 1;
  for (const each of inside.querySelectorAll("details")) each.open = true;
  const name = each => each.tagName.toLowerCase() + " " + each.textContent.trim().slice(0, 40);
  const all = [...inside.querySelectorAll("body *")].filter(each => !each.closest("svg *"));
  return {{
    width: inside.defaultView.innerWidth,
    scroll_width: inside.documentElement.scrollWidth,
    scrolling: all.filter(each => each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 0
      && ["auto", "scroll"].includes(getComputedStyle(each).overflowX)).map(name),
    beyond: all.filter(each => each.getBoundingClientRect().right > edge).map(name),
  }};
}};
addEventListener("load", () => {{
  const found = [...document.querySelectorAll("iframe")].map(measured);
  document.body.innerHTML = "<pre id='found'></pre>";
  document.getElementById("found").textContent = JSON.stringify(found);
}});
</script></body>"""


@dataclass(frozen=True)
class Measured:
    """A page at one width: how wide it is, what in it scrolls sideways, what reaches beyond the edge."""

    width: int
    scroll_width: int
    scrolling: tuple[str, ...]
    beyond: tuple[str, ...]


@cache
def screens(page: Path, widths: tuple[int, ...]) -> dict[int, Measured]:
    """The page as screens of these widths show it, everything that can be opened opened.

    A page is measured once in a run: a page that is changed gets another name.
    """
    frames = "\n".join(_FRAME.format(page=page.resolve().as_uri(), width=width) for width in widths)
    holder = page.parent / f"{page.stem}.frames.html"
    holder.write_text(_FRAMES.format(frames=frames), encoding="utf-8")
    text = _chromium(page.parent, "--allow-file-access-from-files", "--dump-dom", holder.resolve().as_uri())
    assert '<pre id="found">' in text, text[-2000:]
    found = json.loads(html.unescape(text.partition('<pre id="found">')[2].partition("</pre>")[0]))
    seen = [
        Measured(each["width"], each["scroll_width"], tuple(each["scrolling"]), tuple(each["beyond"])) for each in found
    ]
    return dict(zip(widths, seen, strict=True))


def document(address: str, work: Path) -> str:
    """The page at an address, as its scripts leave it."""
    return _chromium(work, "--allow-file-access-from-files", "--dump-dom", address)


def printed(page: Path, work: Path) -> bytes:
    """The page as a PDF, on the paper that it asks for."""
    pdf = work / f"{page.stem}.pdf"
    _chromium(work, "--no-pdf-header-footer", f"--print-to-pdf={pdf}", page.resolve().as_uri())
    return pdf.read_bytes()


def _chromium(work: Path, *words: str) -> str:
    assert CHROMIUM is not None, MISSING
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
               f"--user-data-dir={work / 'profile'}", *words]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
