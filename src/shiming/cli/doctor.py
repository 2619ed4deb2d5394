"""``shiming doctor``: what this installation has, what it lacks, and what to do about it. Changes nothing."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from shiming.cli._installation import NoInstallationError, open_database
from shiming.cli._output import add_json, emit, say

if TYPE_CHECKING:
    from shiming.platform.settings import Settings
    from shiming.programmes.store import Standing
    from shiming.reading.models import Model

NAME = "doctor"
HELP = "says what this installation has, lacks and would do about it"

State = Literal["ok", "lacks", "fault"]
_MARKS = {"ok": "ok   ", "lacks": "lacks", "fault": "FAULT"}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing looked at. ``cure`` says what to do about it; None when nothing is to be done."""

    name: str
    state: State
    message: str
    cure: str | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    faulty = False
    for item in examine():
        faulty = faulty or item.state == "fault"
        if args.json:
            emit(asdict(item))
        else:
            say(
                f"{_MARKS[item.state]}  {item.name}: {item.message}" + (f"\n       -> {item.cure}" if item.cure else "")
            )
    return 1 if faulty else 0


def examine() -> Iterator[Item]:
    """Looks at everything in turn. What breaks while it is looked at is a fault of that thing, and ends nothing."""
    from pydantic import ValidationError

    from shiming.platform.settings import Settings

    try:
        settings = Settings()
    except ValidationError as failure:
        wrong = ", ".join("SHIMING_" + "__".join(str(part) for part in row["loc"]).upper() for row in failure.errors())
        yield Item("settings", "fault", f"{wrong}: not what is expected", "see docs/start-here.md for each setting")
        return
    looks: list[tuple[str, Callable[[Settings], Iterator[Item]]]] = [
        ("python", _python),
        ("data", _data),
        ("database", _database),
        ("keys", _keys),
        ("pictures", _pictures),
        ("memory", _memory),
        ("ocr", _ocr),
        ("models", _models),
        ("fonts", _fonts),
        ("calendar", _calendar),
        ("policies", _policies),
        ("languages", _languages),
        ("partners", _partners),
    ]
    for name, look in looks:
        try:
            yield from look(settings)
        except Exception as failure:
            yield Item(name, "fault", f"could not be examined: {type(failure).__name__}: {failure}", "install it again")


def _python(_settings: Settings) -> Iterator[Item]:
    version, machine = platform.python_version(), f"{sys.platform} {platform.machine()}"
    supported = (3, 11) <= sys.version_info < (3, 15) and machine == "linux x86_64"
    cure = None if supported else "use Python 3.11 to 3.14 on Linux x86-64; elsewhere nothing was tried"
    yield Item("python", "ok" if supported else "lacks", f"{version} on {machine}", cure)


def _data(settings: Settings) -> Iterator[Item]:
    from shiming.platform.limits import limit

    folder = settings.data.absolute()
    if not folder.is_dir():
        yield Item("data", "lacks", f"no folder {folder} yet", "the first start of `shiming serve` makes it")
        return
    mode = folder.stat().st_mode & 0o777
    if mode & 0o077:
        yield Item("data", "fault", f"{folder} is open to others (mode {mode:o})", f"run: chmod 700 {folder}")
        return
    free = shutil.disk_usage(folder).free / 1e6
    words = f"{folder}, {free:.0f} MB free"
    enough = free >= limit("shiming.platform", "disk.free_megabytes")
    yield Item("data", "ok", words) if enough else Item("data", "lacks", words, "make room on this disk")


def _database(settings: Settings) -> Iterator[Item]:
    try:
        db = open_database(settings)
    except NoInstallationError as failure:
        absent = settings.database_url is None and not (settings.data / "shiming.sqlite").exists()
        yield Item("database", "lacks" if absent else "fault", str(failure), "shiming serve makes or upgrades it")
        return
    try:
        with db.read() as conn:
            info = conn.dialect.server_version_info or ()
        yield Item("database", "ok", f"{db.dialect} {'.'.join(str(part) for part in info)}, schema current")
    finally:
        db.close()


def _keys(settings: Settings) -> Iterator[Item]:
    from shiming.platform.clock import SystemClock
    from shiming.vault import KeyFolder, KeyFolderError
    from shiming.vault.files import FileStore
    from shiming.vault.vault import Vault

    folder = settings.keys
    if not folder.is_dir():
        yield Item("keys", "lacks", f"no keys in {folder} yet", "the first start makes them; then back them up apart")
        return
    try:
        names = {name: sorted(KeyFolder(folder).versions(name)) for name in ("master", "blind", "audit-signing")}
    except KeyFolderError as failure:
        yield Item("keys", "fault", str(failure), "do what the message says")
        return
    if not (names["master"] and names["blind"]):
        yield Item(
            "keys", "fault", f"{folder} lacks the master or the blind-index key", "restore the folder from backup"
        )
        return
    held = ", ".join(f"{name} {versions}" for name, versions in names.items() if versions)
    try:
        db = open_database(settings)
    except NoInstallationError:
        yield Item("keys", "ok", f"{held}; no database to try them on")
        return
    vault = Vault(KeyFolder(folder), FileStore(settings.data / "files", settings.files_url), SystemClock())
    try:
        with db.read() as conn:
            proven = vault.proven(conn)
    finally:
        db.close()
    if proven:
        yield Item("keys", "ok", f"{held}; modes right, they open the newest data")
    else:
        yield Item(
            "keys", "fault", "these keys do not open this database's data", "restore the key folder that belongs to it"
        )


def _pictures(_settings: Settings) -> Iterator[Item]:
    import pi_heif
    from PIL import features

    lacking = [name for name in ("jpg", "zlib", "webp", "avif") if not features.check(name)]
    words = f"JPEG, PNG, WebP, AVIF, HEIC (libheif {pi_heif.libheif_version()})"
    if lacking:
        yield Item("pictures", "fault", f"this Pillow cannot read {', '.join(lacking)}", "install Pillow's own wheel")
    else:
        yield Item("pictures", "ok", words)


def _memory(settings: Settings) -> Iterator[Item]:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    wanted = settings.vision.processes * settings.vision.memory_mb * 2**20
    words = f"{total / 2**30:.1f} GiB; {settings.vision.processes} vision process(es) may use {wanted / 2**30:.1f} GiB"
    if wanted > total:
        yield Item("memory", "fault", words, "lower SHIMING_VISION__PROCESSES or SHIMING_VISION__MEMORY_MB")
    else:
        yield Item("memory", "ok", words)


def _ocr(_settings: Settings) -> Iterator[Item]:
    from importlib.metadata import version
    from importlib.util import find_spec

    lacking = [name for name in ("rapidocr", "openvino", "cv2") if find_spec(name) is None]
    if lacking:
        yield Item("ocr", "fault", f"{', '.join(lacking)} cannot be imported", "install the requirements again")
    else:
        yield Item("ocr", "ok", f"rapidocr {version('rapidocr')} on openvino {version('openvino')}")


def _models(_settings: Settings) -> Iterator[Item]:
    from shiming.reading.models import ModelRefused, best_face_model, find, models

    for name, entry in sorted(models().items()):
        try:
            path = find(name)
        except ModelRefused as failure:
            yield Item(f"model {name}", "fault", str(failure), "remove the file, or get the right one")
            continue
        if path is not None:
            yield Item(f"model {name}", "ok", f"{entry.role}, {entry.licence}{_measured(entry)}")
        else:
            yield Item(f"model {name}", "lacks", f"{entry.role}: its files are not here", _fetch(entry))
    try:
        best, _path = best_face_model()
    except ModelRefused as failure:
        yield Item("face comparison", "fault", "no face model is here", str(failure))
        return
    yield _face_comparison(best)


def _face_comparison(best: Model) -> Item:
    if best.face is None or best.face.may_reject:
        return Item("face comparison", "ok", f"by {best.name}{_measured(best)}")
    words = f"by {best.name}{_measured(best)}: a face that does not match goes to a person and never rejects"
    return Item("face comparison", "lacks", words, "shiming models fetch face-reidentification-retail-0095")


def _measured(entry: Model) -> str:
    if entry.face is None:
        return ""
    at = entry.face.match
    rates = f"misses {at.false_non_match_rate:.1%} of genuine pairs at a false-match rate of {at.false_match_rate:g}"
    if at.idlike is not None:
        rates += f", {at.idlike.false_non_match_rate:.1%} where one side is like an ID portrait"
    return f"; {rates} on {entry.face.measured_on}"


def _fetch(entry: Model) -> str:
    if all(file.url for file in entry.files):
        return f"shiming models fetch {entry.name}, or set SHIMING_MODELS to a folder that has them"
    if entry.obtained:
        return entry.obtained
    return "set SHIMING_MODELS to a folder that has them, or build the package: make run"


def _fonts(_settings: Settings) -> Iterator[Item]:
    from importlib.resources import files

    carried = [path.name for path in files("shiming.reading.documents").joinpath("fonts").iterdir()]
    fonts = sorted(name for name in carried if name.endswith((".otf", ".ttf")))
    if fonts:
        yield Item("fonts", "ok", f"for sample documents: {', '.join(fonts)}")
    else:
        yield Item("fonts", "fault", "the package carries no fonts for sample documents", "install the package again")


def _calendar(_settings: Settings) -> Iterator[Item]:
    from datetime import UTC, datetime

    from shiming import programmes
    from shiming.countries.calendar import working_days

    year = datetime.now(UTC).year
    for country in sorted({programmes.load(name).country for name in programmes.names()}):
        published = working_days(country).published
        words = f"working days published for {', '.join(str(one) for one in sorted(published)) or 'no year'}"
        name = f"calendar {country}"
        if not published:
            yield Item(
                name, "lacks", f"{words}: promises are estimates and flagged", "compare with the authority's list"
            )
        elif year not in published:
            yield Item(name, "fault", f"{words}; not for {year}", "update the package: due dates are estimates")
        elif year + 1 not in published:
            yield Item(name, "lacks", f"{words}; {year + 1} is an estimate and flagged", "update once it is published")
        else:
            yield Item(name, "ok", words)


def _policies(settings: Settings) -> Iterator[Item]:
    """What an officer still has to find out and confirm, before anybody can be registered."""
    from shiming.audit.work import Workspace
    from shiming.platform.clock import SystemClock
    from shiming.programmes import store
    from shiming.vault import KeyFolder, KeyFolderError
    from shiming.vault.files import FileStore
    from shiming.vault.vault import Vault

    try:
        if not settings.keys.is_dir():
            raise NoInstallationError
        db = open_database(settings)
    except NoInstallationError:
        yield Item(
            "policies", "lacks", "no country is confirmed yet", "once it runs, an officer does so at /officer/policy"
        )
        return
    try:
        files = FileStore(settings.data / "files", settings.files_url)
        workspace = Workspace(
            db,
            Vault(KeyFolder(settings.keys), files, SystemClock()),
            SystemClock(),
            settings.issuer,
            demo=settings.demo,
        )
        with workspace.read() as work:
            for name in store.offered(work, demo=settings.demo):
                yield _policy_of(name, store.programme(work, name).country, store.standing(work, name))
    except KeyFolderError as failure:
        yield Item("policies", "fault", str(failure), "do what the message says")
    finally:
        db.close()


def _policy_of(programme: str, country: str, stands: Standing) -> Item:
    name = f"policy {programme}"
    if stands.may_run:
        return Item(name, "ok", f"{country} is confirmed")
    if stands.faults:
        words = "; ".join(f"{fault.key}: {fault.message}" for fault in stands.faults)
        return Item(name, "fault", f"contradicts the policy of {country}: {words}", "publish a programme that keeps it")
    words = f"nobody confirmed {country}" if not stands.confirmed else f"{country} is confirmed"
    if stands.missing:
        words += f"; not known, and this programme rests on it: {', '.join(stands.missing)}"
    return Item(
        name, "lacks", f"{words}. Nobody can register by it", f"an officer does so at /officer/policy/{country}"
    )


def _languages(_settings: Settings) -> Iterator[Item]:
    from shiming.platform.i18n import languages

    lacking = {"en", "zh_CN"} - set(languages())
    if lacking:
        yield Item("languages", "fault", f"no texts in {', '.join(sorted(lacking))}", "install the package again")
    else:
        yield Item("languages", "ok", ", ".join(languages()))


def _partners(settings: Settings) -> Iterator[Item]:
    for name, part, stands_in, variable in (
        ("operator", settings.operator, "stand-in", "OPERATOR"),
        ("sms", settings.sms, "sink", "SMS"),
    ):
        if part.kind == stands_in:
            cure = f"set SHIMING_{variable}__KIND=http, SHIMING_{variable}__URL and SHIMING_{variable}__TOKEN"
            yield Item(name, "lacks", f"a local {stands_in}: nothing leaves this machine", cure)
        elif not part.url:
            yield Item(name, "fault", "kind is http, and there is no address", f"set SHIMING_{variable}__URL")
        else:
            yield Item(name, "ok", "an HTTP gateway is set")
    if settings.smtp.host and settings.smtp.sender:
        yield Item("e-mail", "ok", "a mail server is set")
    else:
        yield Item("e-mail", "lacks", "no mail server", "set SHIMING_SMTP__HOST and SHIMING_SMTP__SENDER")
