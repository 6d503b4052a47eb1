"""Settings: every one has a LECTERN_ variable, a place in lectern.toml, a default and a line of help."""

import os
import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from lectern.base_url import canonical_base
from lectern.confidential import from_file, in_home
from lectern.database_server import Server
from lectern.elsewhere import OF_FILE, check_pattern
from lectern.errors import ConfigurationError
from lectern.home import Home
from lectern.names import LOOPBACK, OWN_PROVIDERS, ROLE
from lectern.picture_sources import SOURCE_NAME, PictureSource
from lectern.providers import Provider
from lectern.settings_problems import settings_problems
from lectern.shipped import shipped

_PROVIDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


class Settings(BaseSettings):
    """All settings of a home. The environment wins over lectern.toml."""

    model_config = SettingsConfigDict(env_prefix="LECTERN_", env_nested_delimiter="__", extra="forbid", frozen=True)

    home: Path = Field(Path("lectern-data"), description="Folder that holds everything Lectern keeps.")
    port: int = Field(8080, ge=1, le=65535, description="Port to listen on; PORT is read too.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    public_url: str = Field("", description="Base URL of all ids; default http://localhost:PORT.")
    institution: str = Field("Lectern", description="Name shown on the shelf and at sign-in.")
    language: str = Field(
        "en", description="Language of policies that name none, and of our pages where a browser wants none we have."
    )
    contact: str = Field("", description="Mail or web address that other servers see when Lectern harvests.")
    workers: int = Field(0, ge=0, le=64, description="Worker processes; 0 is one a core.")
    threads: int = Field(4, ge=1, le=64, description="Threads in each worker.")
    viewers: Path = Field(
        shipped("viewers", "node_modules"),
        description="Folder with the viewers' npm packages.",
    )
    trusted_proxies: int = Field(
        0, ge=0, le=8, description="Number of proxies in front whose X-Forwarded-For entry is believed."
    )
    allowed_origins: Annotated[list[str], NoDecode] = Field(
        default_factory=list, description="Viewer origins that may ask for a token; empty is any https origin."
    )
    cross_site: bool = Field(False, description="Viewers on other sites: cookies with SameSite=None.")
    session_idle: int = Field(1200, ge=60, description="Seconds without a request that end a session.")
    session_absolute: int = Field(28800, ge=60, description="Seconds after sign-in that end a session.")
    token_life: int = Field(600, ge=30, le=3600, description="Seconds an access token lives.")
    admin_role: str = Field(
        "lectern-admin",
        description="Role of those who may see the operator's page, /admin; empty: there is no such page.",
    )
    admin_session: int = Field(
        14400, ge=60, description="Seconds after sign-in that the operator's page stays open; then one signs in anew."
    )
    providers: dict[str, Provider] = Field(
        default_factory=dict, description="Where readers sign in beside local accounts: tables [providers.NAME]."
    )
    verify_secret: SecretStr = Field(
        SecretStr(""), description="Secret a proxy shows at /auth/verify, at least 32 characters; empty closes it."
    )
    verify_secret_file: Path | None = Field(None, description="File that holds this secret; relative to the home.")
    capability_urls: bool = Field(
        False, description="Image URLs that open without a cookie for some minutes, for viewers on other sites."
    )
    capability_life: int = Field(300, ge=10, le=300, description="Seconds such an image URL is good for.")
    verdicts_per_second: int = Field(
        2000, ge=1, le=1_000_000, description="Most verdicts a second that /auth/verify works out, for all together."
    )
    tiles_per_second: int = Field(
        200, ge=1, le=1_000_000, description="Most tiles a second that one session gets, here and at /auth/verify."
    )
    search_profile: int = Field(
        1, ge=0, le=1, description="Content Search that manifests declare beside 2.0; 0 is 0.9, for old viewers."
    )
    auth_profile: int = Field(
        1, ge=0, le=1, description="Authentication that Image 2.1 services declare; 0 is 0.9, for old viewers."
    )
    page_hits: int = Field(500, ge=1, le=5000, description="Hits on one page of a search answer.")
    hit_context: int = Field(90, ge=0, le=1000, description="Most characters shown before and after a hit, each.")
    pattern_words: int = Field(
        10_000, ge=1, le=1_000_000, description="Most words a prefix, wildcard or misspelling stands for in an object."
    )
    query_length: int = Field(1000, ge=10, le=10000, description="Longest query, in characters.")
    boxes_queries: int = Field(
        200,
        ge=1,
        le=1_000_000,
        description='Queries a day that one address may ask of one object with search = "boxes".',
    )
    open_packs: int = Field(2000, ge=1, le=50000, description="Index packs kept open in a worker, one file each.")
    open_bytes: int = Field(16 << 30, ge=1 << 20, description="Bytes of index packs kept open in a worker (mapped).")
    engine: Literal["whoosh", "opensearch"] = Field(
        "whoosh", description="What finds words: Whoosh in the home, or an OpenSearch cluster (docs/opensearch.md)."
    )
    opensearch_urls: Annotated[list[str], NoDecode] = Field(
        default_factory=lambda: ["http://127.0.0.1:9200"], description="Nodes of the cluster, any number of them."
    )
    opensearch_index: str = Field(
        "lectern",
        pattern=r"^[a-z0-9][a-z0-9-]{0,63}$",
        description="What the names of its indexes begin with; installations that share a cluster have each their own.",
    )
    opensearch_user: str = Field("", description="Who Lectern is to the cluster; empty: nobody in particular.")
    opensearch_password: SecretStr = Field(SecretStr(""), description="The password of this user.")
    opensearch_password_file: Path | None = Field(
        None, description="File that holds this password; relative to the home."
    )
    opensearch_ca_file: Path | None = Field(
        None,
        description="File with the certificates that sign the cluster's, if the system does not know them.",
    )
    opensearch_shards: int = Field(
        1, ge=1, le=1024, description="Shards of an index that is made anew: one for every 5 million pages or so."
    )
    opensearch_replicas: int = Field(
        1,
        ge=0,
        le=8,
        description="Copies of each shard; without one, a lost node takes words with it.",
    )
    search_seconds: float = Field(
        5, gt=0, le=60, description="Seconds that the cluster may take for a search; then it tells what it has by then."
    )
    database_url: str = Field(
        "",
        description="PostgreSQL for catalogue and state, like postgresql://lectern@db.example.org/lectern; empty: two "
        "SQLite files in the home.",
    )
    database_password: SecretStr = Field(SecretStr(""), description="The password for it.")
    database_password_file: Path | None = Field(
        None, description="File that holds this password; relative to the home."
    )
    lease_seconds: float = Field(
        60, ge=2, le=3600, description="Seconds after which others may ingest what a machine that died was ingesting."
    )
    ocr_max_bytes: int = Field(256 * 1024 * 1024, ge=1024, description="Largest file of OCR that is read, in bytes.")
    max_pixels: int = Field(40_000_000, ge=1000, description="Most pixels one image answer may have.")
    decode_bytes: int = Field(
        256 << 20, ge=1 << 20, description="Bytes that a worker holds at once for large images being made."
    )
    derivatives_bytes: int = Field(
        1 << 30,
        ge=0,
        description="Bytes of images that were made and are kept, in the folder cache; 0 keeps none.",
    )
    derivatives_days: int = Field(30, ge=1, le=3650, description="Days after which a kept image is made anew.")
    image_server: str = Field(
        "",
        description="Another image server that has the pictures: the address of its image services as seen from here; "
        "{version} in it stands for 2 or 3.",
    )
    image_server_name: str = Field(
        "{image}",
        description="What that server calls a picture: {image}, {object}, {n}, {n:04}, or {file}, the path in the "
        "home's folder images.",
    )
    pdf_pages: int = Field(
        2000, ge=0, le=100_000, description="Most pages of an object that can be had as a PDF; 0: none can."
    )
    pdf_side: int = Field(
        2000,
        ge=100,
        le=20_000,
        description="Longest side of the pictures in a PDF, in pixels.",
    )
    pdfs_at_once: int = Field(
        1, ge=1, le=64, description="PDFs that a worker makes at once, each in one of its threads."
    )
    keep_originals: bool = Field(
        False, description="Keep the pictures as they came in the home, beside what is made of them."
    )
    sources: dict[str, PictureSource] = Field(
        default_factory=dict, description="Where pictures lie outside of the home: tables [sources.NAME]."
    )
    pictures_bytes: int = Field(
        20 << 30, ge=1 << 20, description="Most bytes kept in the home of pictures that lie in such sources."
    )
    audit_file: str = Field(
        "", description="File of the audit log, in the home unless absolute; empty: among the other logs."
    )
    metrics_networks: Annotated[list[str], NoDecode] = Field(
        default_factory=lambda: ["127.0.0.0/8", "::1/128"],
        description="Networks that may read /metrics and the details of /readyz.",
    )
    traces_url: str = Field(
        "",
        description="Collector of OpenTelemetry that traces are sent to, like http://127.0.0.1:4318/v1/traces; empty: "
        "none are sent. Needs the extra otel.",
    )
    traces_share: float = Field(
        1, ge=0, le=1, description="Share of requests that are traced, where no trusted proxy has decided that."
    )
    log_format: Literal["console", "json"] = Field("console", description="How logs are written.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level logged.")

    @model_validator(mode="before")
    @classmethod
    def _read_secret(cls, values: Any) -> Any:
        """Read files of secrets, whose names are relative to the home."""
        home = home_at(values.get("home")).path
        providers = values.get("providers")
        if isinstance(providers, dict):
            found = {name: in_home(table, home, "secret", "client_secret") for name, table in providers.items()}
            values = {**values, "providers": found}
        sources = values.get("sources")
        if isinstance(sources, dict):
            values = {**values, "sources": {name: in_home(each, home, "secret") for name, each in sources.items()}}
        for name in ("opensearch_password", "database_password", "verify_secret"):
            values = from_file(in_home(values, home, name), name)
        values = in_home(values, home, "opensearch_ca")
        return {key: value for key, value in values.items() if key != "opensearch_ca_file" or value != ""}

    @field_validator("allowed_origins", "metrics_networks", "opensearch_urls", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Accept `https://a https://b` from the environment as well as a list."""
        return value.split() if isinstance(value, str) else value

    @field_validator("metrics_networks")
    @classmethod
    def _check_networks(cls, value: list[str]) -> list[str]:
        return [str(ip_network(network)) for network in value]

    @field_validator("admin_role")
    @classmethod
    def _check_role(cls, value: str) -> str:
        if value and ROLE.fullmatch(value) is None:
            raise ValueError("must be a role: up to 64 letters, digits and ._:-, or empty")
        return value

    @field_validator("opensearch_urls")
    @classmethod
    def _check_nodes(cls, value: list[str]) -> list[str]:
        for url in value:
            parts = urlsplit(url)
            if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
                raise ValueError("must be like http://127.0.0.1:9200, without user and password")
        return value

    @field_validator("traces_url")
    @classmethod
    def _check_traces(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.username):
            raise ValueError(
                "must be like http://127.0.0.1:4318/v1/traces; a password belongs into OTEL_EXPORTER_OTLP_HEADERS"
            )
        return value

    @field_validator("database_url")
    @classmethod
    def _check_database(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"postgresql", "postgres"} or parts.password or not parts.path.strip("/")):
            raise ValueError("must be like postgresql://lectern@db.example.org/lectern, without the password")
        return value

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, value: str) -> str:
        return canonical_base(value) if value else value

    @field_validator("image_server")
    @classmethod
    def _check_image_server(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.username):
            raise ValueError("must be like http://127.0.0.1:8301/iiif or http://127.0.0.1:8182/iiif/{version}")
        return value.rstrip("/")

    @field_validator("image_server_name")
    @classmethod
    def _check_image_server_name(cls, value: str) -> str:
        check_pattern(value)
        return value

    @field_validator("providers")
    @classmethod
    def _check_provider_names(cls, value: dict[str, Provider]) -> dict[str, Provider]:
        for name in value:
            if name in OWN_PROVIDERS or _PROVIDER.fullmatch(name) is None:
                raise ValueError(
                    f"{name!r} cannot name a provider; up to 32 letters, digits, - and _ can, local and codes are ours"
                )
        return value

    @field_validator("sources")
    @classmethod
    def _check_source_names(cls, value: dict[str, PictureSource]) -> dict[str, PictureSource]:
        for name in value:
            if SOURCE_NAME.fullmatch(name) is None:
                raise ValueError(f"{name!r} cannot name a source; up to 32 letters, digits, - and _ can")
        return value

    @field_validator("contact")
    @classmethod
    def _check_contact(cls, value: str) -> str:
        if not value.isascii() or not value.isprintable() or set(value) & set("()\\"):
            raise ValueError("must be like mailto:books@example.org or https://example.org/contact")
        return value.strip()

    @property
    def base_url(self) -> str:
        """Return the base of all ids, without trailing slash."""
        return self.public_url or f"http://localhost:{self.port}"

    @property
    def declared_search(self) -> Literal[0, 1]:
        """Return the version of Content Search that manifests declare beside 2.0."""
        return 1 if self.search_profile else 0

    @property
    def declared_auth(self) -> Literal[0, 1]:
        """Return the version of Authentication 1 that manifests and info.json declare."""
        return 1 if self.auth_profile else 0

    @property
    def pictures_elsewhere(self) -> bool:
        """Return whether another image server has a picture for every canvas, also where the home has none."""
        return bool(self.image_server) and OF_FILE not in self.image_server_name

    @property
    def sign_in_possible(self) -> bool:
        """Return whether browsers will keep our Secure cookies: https, or http on a loopback host."""
        parts = urlsplit(self.base_url)
        return parts.scheme == "https" or parts.hostname in LOOPBACK

    @property
    def files(self) -> Home:
        """Return the home's paths, and where its stores are."""
        password = self.database_password.get_secret_value()
        return Home(self.home, Server(self.database_url, password) if self.database_url else None)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return where settings come from, the strongest first."""
        toml = TomlConfigSettingsSource(settings_cls, home_at(init_settings().get("home")).settings_file)
        return init_settings, env_settings, toml


def home_at(given: Path | None = None) -> Home:
    """Return the home that is meant, whatever its settings are: the one given, else LECTERN_HOME's, else the default.

    Touches nothing on disk.
    """
    return Home(Path(given or os.environ.get("LECTERN_HOME") or "lectern-data"))


def load_settings(home: Path | None = None, *, port: int | None = None) -> Settings:
    """Return the settings of a home.

    `home` and `port` given here win over the environment. Raises ConfigurationError with every error at once.
    """
    given: dict[str, object] = {}
    if home is not None:
        given["home"] = home
    if port is not None:
        given["port"] = port
    elif "LECTERN_PORT" not in os.environ and os.environ.get("PORT"):
        given["port"] = os.environ["PORT"]
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = settings_problems(error, Settings)
        raise ConfigurationError(
            "The settings have errors: " + " ".join(lines),
            "Mend lectern.toml or the LECTERN_ variables; docs/settings.md lists them all.",
            lines,
        ) from error
    except (OSError, ValueError) as error:  # a lectern.toml that is not TOML, or cannot be read
        raise ConfigurationError(f"lectern.toml cannot be read: {error}.", "Mend the file or remove it.") from error
