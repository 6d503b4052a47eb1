"""Settings of the providers that readers sign in at, beside the local accounts: `[providers.NAME]` in lectern.toml."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


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
    user_header: str = Field("X-Remote-User", description="Header with the reader's name.")
    secret: SecretStr = Field(SecretStr(""), description="Secret that the proxy shows; better in a file.")
    secret_file: Path | None = Field(None, description="File that holds the secret.")


Provider = Annotated[OidcProvider | HeaderProvider, Field(discriminator="kind")]
