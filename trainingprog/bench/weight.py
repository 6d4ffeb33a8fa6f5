"""What a page weighs on the wire: itself, and on a first visit all that it links to.

Files are asked for as a browser does over HTTPS (brotli where it was prepared) and once more with
gzip alone. Later visits ask for none of those whose name holds a hash of their contents.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin

from trainingprog.bench.browsing import Browser
from trainingprog.bench.measuring import UnexpectedAnswer, body

BROWSER = "gzip, deflate, br"
LINKED = {"link": "href", "script": "src", "img": "src", "use": "href"}
LINKS_WITH_FILES = {"stylesheet", "icon", "preload", "modulepreload"}
CSS_URL = re.compile(rb"""url\(\s*["']?([^"')]+)""")


@dataclass(frozen=True)
class Weight:
    """Bytes of a first visit and of a later one, and how many files there are besides the page."""

    files: int
    first_visit: int
    first_visit_gzip: int
    after: int
    by_file: tuple[tuple[str, int], ...]
    is_admin: bool


class Scale:
    """Weighs the pages of one run; a file is fetched once for all of them."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.sizes: dict[tuple[str, str], int] = {}
        self.kept: set[str] = set()
        self.parts: dict[str, tuple[str, ...]] = {}

    def weigh(self, page: bytes, sent_bytes: int, *, is_admin: bool) -> Weight:
        files = sorted({file for link in links(page) for file in self._with_parts(link)})
        brotli = {file: self._size(file, BROWSER) for file in files}
        return Weight(
            files=len(files),
            first_visit=sent_bytes + sum(brotli.values()),
            first_visit_gzip=sent_bytes + sum(self._size(file, "gzip") for file in files),
            after=sent_bytes + sum(size for file, size in brotli.items() if file not in self.kept),
            by_file=tuple(brotli.items()),
            is_admin=is_admin,
        )

    def _size(self, url: str, encoding: str) -> int:
        if (url, encoding) not in self.sizes:
            self.sizes[url, encoding] = len(self._fetch(url, encoding))
        return self.sizes[url, encoding]

    def _with_parts(self, url: str) -> tuple[str, ...]:
        """The file and what a stylesheet names in its turn."""
        if url not in self.parts:
            found: tuple[str, ...] = ()
            if url.endswith(".css"):
                named = CSS_URL.findall(self._fetch(url, "identity"))
                found = tuple(
                    part
                    for name in named
                    if (part := urldefrag(urljoin(url, name.decode())).url).startswith("/")
                )
            self.parts[url] = (url, *found)
        return self.parts[url]

    def _fetch(self, url: str, encoding: str) -> bytes:
        response = self.browser.get(url, accept_encoding=encoding)
        if response.status_code != 200:
            raise UnexpectedAnswer(f"{url}: {response.status_code}; run collectstatic first.")
        if "immutable" in response.headers.get("Cache-Control", ""):
            self.kept.add(url)
        return body(response)


def links(page: bytes) -> Iterator[str]:
    reader = _LinkReader()
    reader.feed(page.decode())
    yield from (urldefrag(link).url for link in reader.links)


class _LinkReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        kinds = set((attributes.get("rel") or "").split())
        if tag == "link" and not kinds & LINKS_WITH_FILES:
            return
        link = attributes.get(LINKED.get(tag, ""))
        if link and link.startswith("/"):
            self.links.add(link)
