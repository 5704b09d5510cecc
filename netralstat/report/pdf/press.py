"""PDFs set in a process of their own, while this one writes the other formats.

typst works for seconds in some hundred megabytes. In a process of its own it does not wait for Python's lock,
its memory goes with it, and a text that it cannot survive ends there, in an error that says so.

Each way goes a line of JSON with a number of ``bytes``, and then these: the data of a document one way, its
PDF the other. A line without them says why there is none.
"""

from __future__ import annotations

import json
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Timer
from types import TracebackType

from netralstat.errors import EnvironmentProblem, ReportError
from netralstat.processes.program import start, way_to_end
from netralstat.report.document import Document
from netralstat.report.pdf.render import Order, refusal

PROCESS = "netralstat.report.pdf.process"
SECONDS = 600.0
"""Time that one PDF may take."""


class PdfPress:
    """Sets PDFs one after the other: two at once would take twice the memory.

    A context manager: its process starts with it, so that typst is ready when the first document is, and ends
    with it, whatever it is at.
    """

    def __enter__(self) -> PdfPress:
        self._child = start(PROCESS)
        self._turns = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pdf")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.kill()
        self._turns.shutdown(cancel_futures=True)
        self._child.communicate()

    def set(self, document: Document, *, version: str = "") -> Future[bytes]:
        """Lay out a document here, and have it set there.

        Parameters
        ----------
        document : Document
            In one language.
        version : str
            Of netralstat, for the imprint.

        Returns
        -------
        Future of bytes
            The same bytes as of `render_pdf`. Its result raises what that raises, and a ReportError when the
            process ended or took more than `SECONDS`.
        """
        return self._turns.submit(self._set, document, version, Order.of(document, version))

    def _set(self, document: Document, version: str, order: Order) -> bytes:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        content = order.content.encode()
        head = json.dumps({"bytes": len(content), "timestamp": order.timestamp}).encode()
        limit = Timer(SECONDS, self._child.kill)
        limit.start()
        try:
            self._child.stdin.write(head + b"\n" + content)
            self._child.stdin.flush()
            answer = json.loads(self._child.stdout.readline())
            pdf = self._child.stdout.read(answer.get("bytes", 0))
        except (OSError, ValueError) as broken:  # the pipe is closed, or ends before an answer
            raise self._ended(document.language, stopped=not limit.is_alive()) from broken
        finally:
            limit.cancel()
        if "refused" in answer:
            raise refusal(document, version, answer["refused"])
        if "lacking" in answer:
            raise EnvironmentProblem(**answer["lacking"])
        if len(pdf) < answer["bytes"]:
            raise self._ended(document.language)
        return pdf

    def _ended(self, language: str, *, stopped: bool = False) -> ReportError:
        told = f"after {SECONDS:,.0f} seconds" if stopped else way_to_end(self._child.wait())
        return ReportError(
            f'The PDF in the language "{language}" cannot be made: the process that sets it ended ({told}).',
            where=PROCESS,
            do="leave the PDF out with --format, and report this with the saved document (--format json).",
        )
