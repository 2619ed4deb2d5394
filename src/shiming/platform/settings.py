"""Settings, grouped by part, read from the environment: ``SHIMING_PORT=8000``, ``SHIMING_SMS__KIND=http``.

Secrets that only this installation needs (master keys, signing key) are no settings: the first start makes them under
``data/keys``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class VisionSettings(BaseModel):
    """The pool that reads pictures."""

    processes: int = Field(1, ge=1)
    seconds: float = Field(30, gt=0)
    """Wall-clock limit of one job; past it the worker is killed."""
    memory_mb: int = Field(1500, ge=300)
    """Memory limit of one worker in MiB."""


class OperatorSettings(BaseModel):
    """The operator's line: who puts a card in service."""

    kind: Literal["stand-in", "http"] = "stand-in"
    url: str | None = None
    token: SecretStr | None = None
    honours_keys: bool = True
    """Whether the other side does a request with the same ``Idempotency-Key`` once only."""


class RosterSettings(BaseModel):
    """The issuer's roster service, asked for members, students or insured people; uploaded rosters need none."""

    url: str | None = None
    token: SecretStr | None = None


class RegisterSettings(BaseModel):
    """An external register, by the name that programmes call it: an authority's, or one that counts a person's cards."""

    url: str
    token: SecretStr | None = None
    seconds: float = Field(10, gt=0, le=60)
    """Until then its whole answer must be there."""


class FacesSettings(BaseModel):
    """Faces looked for among others, where a programme has it (docs/duplicates.md)."""

    index: str = "exact"
    """The engine that searches: ``exact``, or the name of another by the entry point group ``shiming.face_indexes``."""


class SmsSettings(BaseModel):
    """The SMS gateway; ``sink`` keeps texts in this installation and sends nothing."""

    kind: Literal["sink", "http"] = "sink"
    url: str | None = None
    token: SecretStr | None = None
    honours_keys: bool = True
    """Whether the gateway sends a request with the same ``Idempotency-Key`` once only."""
    body: str = '{"to": "{to}", "text": "{text}"}'
    """The gateway's JSON request; ``{to}``, ``{text}`` and ``{key}`` are put into its texts."""


class SmtpSettings(BaseModel):
    """The mail server. Without a host no e-mail leaves."""

    host: str | None = None
    port: int = 587
    user: str | None = None
    password: SecretStr | None = None
    sender: str | None = None


class ThemeSettings(BaseModel):
    """The issuer's own look. Checked at start-up: a colour that cannot be read is refused."""

    brand: str | None = None
    """Colour of buttons and links, ``#rrggbb``."""
    brand_ink: str = "#ffffff"
    """Colour of text on it."""
    logo: Path | None = None
    """An SVG, PNG or WebP file, shown 32 pixels high."""


class Settings(BaseSettings):
    """Everything an installation may set. ``Settings()`` reads the environment."""

    model_config = SettingsConfigDict(env_prefix="SHIMING_", env_nested_delimiter="__", extra="ignore")

    data: Path = Path("var")
    """The folder that holds database, keys and files of an embedded installation."""
    database_url: str | None = None
    """An SQLAlchemy address; none = SQLite inside ``data``."""
    files_url: str | None = None
    """Where encrypted files go, e.g. ``s3://bucket/folder``; none = ``data/files``."""
    models: Path | None = None
    """A folder with weight files."""
    demo: bool = False
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    public_url: str | None = None
    """The address people and partners see; none = host and port."""
    issuer: str = "default"
    issuer_zone: str = "Asia/Shanghai"
    help_contact: str | None = None
    """How people reach a person, in words, shown on the help page; none = the operator's shops and card package."""
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    vision: VisionSettings = Field(default_factory=VisionSettings)
    operator: OperatorSettings = Field(default_factory=OperatorSettings)
    roster: RosterSettings = Field(default_factory=RosterSettings)
    registers: dict[str, RegisterSettings] = Field(default_factory=dict)
    faces: FacesSettings = Field(default_factory=FacesSettings)
    sms: SmsSettings = Field(default_factory=SmsSettings)
    smtp: SmtpSettings = Field(default_factory=SmtpSettings)
    theme: ThemeSettings = Field(default_factory=ThemeSettings)

    @property
    def database(self) -> str:
        """The database address in force."""
        return self.database_url or f"sqlite:///{self.data.absolute() / 'shiming.sqlite'}"

    @property
    def address(self) -> str:
        """The address in force that people and partners see, without a closing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def keys(self) -> Path:
        """The folder of this installation's own secrets."""
        return self.data / "keys"

    def prepare(self) -> None:
        """Makes the data folder, readable by its owner only."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
