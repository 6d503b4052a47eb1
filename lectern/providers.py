"""Settings of the providers that readers sign in at, beside the local accounts: `[providers.NAME]` in lectern.toml."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork, SecretStr, StringConstraints, model_validator

from lectern.confidential import from_file

OWN_PROVIDERS = frozenset({"local", "codes"})  # auth.identity: accounts and access codes
# No underscore: servers spell it like a hyphen, so that two headers would be one (TH-52).
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$")]
RoleName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")]
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


class OidcProvider(BaseModel):
    """An OpenID Connect provider: Keycloak, Entra ID, Google, any other."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["oidc"] = "oidc"
    label: str = Field("", description="What the button at sign-in says; default the provider's name.")
    issuer: str = Field(description="The provider's issuer, exactly as its discovery document has it.")
    client_id: str = Field(description="Our name at the provider.")
    client_secret: SecretStr = Field(SecretStr(""), description="Our secret there; better in a file.")
    client_secret_file: Path | None = Field(None, description="File that holds the secret.")


class HeaderProvider(BaseModel):
    """A proxy in front (Shibboleth, CAS, SAML) that signs readers in and says in a header who they are (TH-52)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["header"]
    label: str = Field("", description="What the button at sign-in says; default the provider's name.")
    user_header: HeaderName = Field("X-Remote-User", description="Header with the reader's name, unique and lasting.")
    name_header: HeaderName | None = Field(None, description="Header with the name that pages call the reader.")
    roles_header: HeaderName | None = Field(None, description="Header with what the proxy knows of the reader's roles.")
    roles_separator: str = Field(";", min_length=1, max_length=1, description="What stands between two roles there.")
    roles: dict[str, list[RoleName]] = Field(
        default_factory=dict,
        description="Our roles for each of the proxy's; if none is given here, they are taken as they are.",
    )
    secret_header: HeaderName = Field(
        "X-Lectern-Proxy-Secret", description="Header in which the proxy shows its secret."
    )
    secret: SecretStr = Field(SecretStr(""), description="Secret that the proxy shows; better in a file.")
    secret_file: Path | None = Field(None, description="File that holds the secret.")
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


Provider = Annotated[OidcProvider | HeaderProvider, Field(discriminator="kind")]
