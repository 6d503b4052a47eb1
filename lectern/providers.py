"""Settings of the providers that readers sign in at, beside the local accounts: `[providers.NAME]` in lectern.toml."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    IPvAnyNetwork,
    SecretStr,
    StringConstraints,
    Tag,
    field_validator,
    model_validator,
)

from lectern.confidential import from_file
from lectern.names import LOOPBACK, ROLE

Algorithm = Literal["RS256", "ES256", "PS256", "EdDSA"]

# No underscore: servers spell it like a hyphen, so that two headers would be one (TH-52).
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$")]
_TAKEN = frozenset(
    {
        "authorization",
        "cookie",
        "host",
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-real-ip",
    }
    | {"origin", "referer", "user-agent", "accept-language", "content-type", "content-length", "x-lectern-secret"}
)


def _check_roles(roles: Iterable[str]) -> None:
    wrong = [role for role in roles if ROLE.fullmatch(role) is None]
    if wrong:
        raise ValueError(f"{wrong[0]!r} is no role: letters, digits and . _ : - make one, at most 64")


class _Outside(BaseModel):
    """What all providers have: what they are called, and what their words for roles are here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str = Field("", description="What the button at sign-in says; default the provider's name.")
    roles: dict[str, str | tuple[str, ...]] = Field(
        default_factory=dict,
        description="Table of the provider's value and our role, or a list of roles. A value that it does not name "
        "gives nothing.",
    )
    roles_as_they_are: bool = Field(
        False,
        description="Values that `roles` does not name are roles here, if they look like roles. Off, because then "
        "whoever makes groups at the provider makes roles here.",
    )

    @field_validator("roles")
    @classmethod
    def _check_map(cls, value: dict[str, str | tuple[str, ...]]) -> dict[str, str | tuple[str, ...]]:
        for roles in value.values():
            _check_roles([roles] if isinstance(roles, str) else roles)
        return value

    def roles_of(self, values: Iterable[str]) -> set[str]:
        """Return what the provider's values are here: by the map, and by themselves if that is wanted (TH-47)."""
        found: set[str] = set()
        for value in values:
            mapped = self.roles.get(value)
            if mapped is not None:
                found.update([mapped] if isinstance(mapped, str) else mapped)
            elif self.roles_as_they_are and ROLE.fullmatch(value):
                found.add(value)
        return found


class OidcProvider(_Outside):
    """An OpenID Connect provider: Keycloak, Entra ID, Google, any other."""

    kind: Literal["oidc"] = "oidc"
    issuer: str = Field(
        description="The provider's issuer, letter by letter as in its discovery document; a slash at the end counts."
    )
    client_id: str = Field(min_length=1, description="Our name at the provider.")
    client_secret: SecretStr = Field(
        SecretStr(""), description="Our secret there; it or its file has to be given, better the file."
    )
    client_secret_file: Path | None = Field(None, description="File that holds the secret; relative to the home.")
    scopes: tuple[str, ...] = Field(
        ("openid", "profile"),
        description="What is asked for; `openid` has to be in it. Some providers send groups only if a scope asks for "
        "them.",
    )
    roles_claim: str | tuple[str, ...] = Field(
        (),
        description='Where the id_token names roles: `"groups"`, `"realm_access.roles"`; a claim with dots in its own '
        'name in a list: `["https://example.org/roles"]`.',
    )
    roles_of_everyone: tuple[str, ...] = Field((), description="Roles of everybody who signs in at this provider.")
    name_claim: str = Field(
        "name",
        description="Claim with the name that pages show; email counts only if the provider verified it, here and as "
        "roles.",
    )
    second_window: bool = Field(
        False, description="The provider opens in a window of its own: for providers that send COOP (docs/sign-in.md)."
    )
    logout: bool = Field(False, description="Signing out here signs out at the provider too.")
    algorithms: tuple[Algorithm, ...] = Field(
        ("RS256", "ES256", "PS256", "EdDSA"),
        min_length=1,
        description="Signatures that are believed; the provider can narrow the list, never widen it.",
    )
    leeway: int = Field(60, ge=0, le=300, description="Seconds the provider's clock may differ from ours.")
    timeout: float = Field(3.0, gt=0, le=30, description="Seconds to wait for the provider to connect, and to answer.")

    @field_validator("issuer")
    @classmethod
    def _check_issuer(cls, value: str) -> str:
        parts = urlsplit(value)
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        clean = value.isascii() and value.isprintable() and " " not in value and "\\" not in value
        if not (safe and clean and parts.hostname) or "@" in parts.netloc or "?" in value or "#" in value:
            raise ValueError("must be like https://login.example.org/realms/library (http on loopback hosts only)")
        return value

    @field_validator("scopes")
    @classmethod
    def _check_scopes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in value or not all(re.fullmatch(r"[!#-\[\]-~]+", scope) for scope in value):
            raise ValueError("must hold openid, and words without spaces, quotes and backslashes")
        return value

    @field_validator("roles_claim")
    @classmethod
    def _check_path(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if isinstance(value, str) and not all(value.split(".")):
            raise ValueError('must be like "groups" or "realm_access.roles"; a claim with dots in its name in a list')
        return value

    @field_validator("roles_of_everyone")
    @classmethod
    def _check_roles_of_everyone(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        _check_roles(value)
        return value

    @model_validator(mode="before")
    @classmethod
    def _read_secret(cls, values: Any) -> Any:
        return from_file(values, "client_secret")

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if not self.client_secret.get_secret_value() and self.client_secret_file is None:
            raise ValueError("give client_secret_file or client_secret")
        if (self.roles or self.roles_as_they_are) and not self.roles_claim:
            raise ValueError("roles are mapped, but roles_claim does not say where the id_token names them")
        return self

    @property
    def roles_path(self) -> tuple[str, ...]:
        """Return the steps to the roles inside the claims; empty if there are none."""
        return tuple(self.roles_claim.split(".")) if isinstance(self.roles_claim, str) else self.roles_claim


class HeaderProvider(_Outside):
    """A proxy in front (Shibboleth, CAS, SAML) that signs readers in and says in a header who they are (TH-52)."""

    kind: Literal["header"]
    user_header: HeaderName = Field("X-Remote-User", description="Header with the reader's name, unique and lasting.")
    name_header: HeaderName | None = Field(None, description="Header with the name that pages call the reader.")
    roles_header: HeaderName | None = Field(None, description="Header with what the proxy knows of the reader's roles.")
    roles_separator: str = Field(";", min_length=1, max_length=1, description="What stands between two roles there.")
    secret_header: HeaderName = Field(
        "X-Lectern-Proxy-Secret", description="Header in which the proxy shows its secret."
    )
    secret: SecretStr = Field(SecretStr(""), description="Secret that the proxy shows; better in a file.")
    secret_file: Path | None = Field(None, description="File that holds the secret; relative to the home.")
    proxies: list[IPvAnyNetwork] = Field(
        default_factory=list, description="Addresses that the proxy connects from; empty is any that shows the secret."
    )
    login_url: str = Field(
        "", description="Address at the proxy where sign-in begins; {target} in it is where to come back to."
    )

    @model_validator(mode="before")
    @classmethod
    def _read_secret(cls, values: Any) -> Any:
        return from_file(values, "secret")

    @model_validator(mode="after")
    def _check_headers(self) -> Self:
        names = [self.user_header, self.secret_header, self.name_header, self.roles_header]
        given = [name.lower() for name in names if name is not None]
        if len(set(given)) < len(given):
            raise ValueError("two headers have the same name")
        if _TAKEN & set(given):
            raise ValueError(
                f"{', '.join(sorted(_TAKEN & set(given)))}: browsers and proxies send this header for other ends"
            )
        if (self.login_url and not self.login_url.startswith(("https://", "/"))) or self.login_url.startswith("//"):
            raise ValueError("login_url must begin with https:// or with a slash")
        return self


def _kind(values: Any) -> Any:
    """Return which kind of provider a table describes: an OpenID provider where it does not say."""
    return values.get("kind", "oidc") if isinstance(values, Mapping) else getattr(values, "kind", None)


Provider = Annotated[
    Annotated[OidcProvider, Tag("oidc")] | Annotated[HeaderProvider, Tag("header")], Discriminator(_kind)
]
