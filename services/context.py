"""What every service is given: settings and the stores, each opened at first use (so after a worker's fork)."""

from collections.abc import Collection
from functools import cached_property
from typing import TYPE_CHECKING

from auth.accounts import Accounts
from auth.budget import Budget
from auth.codes import Codes
from auth.hashing import Hashing
from auth.origins import Origins
from auth.pace import Pace
from auth.policies import Policies, load_policies
from auth.policy_book import PolicyBook
from auth.policy_texts import Ours
from auth.sessions import Sessions
from auth.steps import Steps
from auth.throttle import Throttle
from auth.wording import Words, load_words
from image.borrowed import BorrowedPictures
from lectern.catalogue import Catalogue
from lectern.clock import Clock, utc_now
from lectern.counters import Counters
from lectern.home import Home
from lectern.keys import BUDGET_KEY
from lectern.settings import Settings
from lectern.state import State
from lectern.state_logins import Logins
from lectern.state_tallies import Tallies
from lectern.urls import Urls
from search.library import Library
from services.audit import Audit
from services.borrowing import borrowed_pictures
from services.collection_book import CollectionBook

if TYPE_CHECKING:
    from opensearchpy import OpenSearch

    from services.image.admission import Admission


class Context:
    """One installation as one process sees it. Making it opens nothing."""

    def __init__(self, settings: Settings, clock: Clock = utc_now) -> None:
        self.settings = settings
        self.clock = clock

    def close(self) -> None:
        """Close the stores that were opened."""
        for name in ("catalogue", "state"):
            if name in self.__dict__:  # as cached_property keeps it
                self.__dict__[name].close()

    @property
    def home(self) -> Home:
        """Return the home's paths."""
        return self.settings.files

    @cached_property
    def urls(self) -> Urls:
        """Return the builder of all our URLs."""
        return Urls(self.settings.base_url, self.settings.declared_search, self.settings.declared_auth)

    @cached_property
    def origins(self) -> Origins:
        """Return which origins viewers may live at; raises ConfigurationError for a bad list."""
        return Origins(self.settings.base_url, self.settings.allowed_origins)

    @cached_property
    def catalogue(self) -> Catalogue:
        """Return the store of objects and canvases."""
        return Catalogue(self.home, self.clock)

    @cached_property
    def state(self) -> State:
        """Return the store of users, sessions and tokens."""
        return State(self.home)

    @cached_property
    def audit(self) -> Audit:
        """Return the log of grants and refusals."""
        return Audit(self.home, self.settings.audit_file, self.clock)

    @cached_property
    def policies(self) -> PolicyBook:
        """Return the policies in force, read anew within two seconds of a change."""
        return PolicyBook(self.home.policies_file, *self._of_policies, told=self.audit.record)

    @cached_property
    def collections(self) -> CollectionBook:
        """Return the collections in force, read anew within two seconds of a change."""
        return CollectionBook(self.home.collections_file)

    def written_policies(self) -> Policies:
        """Return the policies as the file has them now, for commands; raises ConfigurationError if it is broken."""
        return load_policies(self.home.policies_file, *self._of_policies)

    @property
    def _of_policies(self) -> tuple[Ours, Collection[str]]:
        return Ours(self.words, self.settings.institution, self.settings.language), self.settings.providers.keys()

    @cached_property
    def words(self) -> Words:
        """Return what is said to readers; raises ConfigurationError if the home's own words are broken."""
        return load_words(self.home.words)

    @cached_property
    def sessions(self) -> Sessions:
        """Return sessions and tokens over the state store."""
        return Sessions(self.state, self.settings, self.clock)

    @cached_property
    def accounts(self) -> Accounts:
        """Return the local accounts."""
        return Accounts(self.state, self.clock)

    @cached_property
    def hashing(self) -> Hashing:
        """Return the places for passwords that are hashed in this process."""
        return Hashing(self.settings.threads)

    @cached_property
    def codes(self) -> Codes:
        """Return the access codes."""
        return Codes(self.state, self.clock)

    @cached_property
    def logins(self) -> Logins:
        """Return the sign-ins on their way to an OpenID provider and back."""
        return Logins(self.state)

    @cached_property
    def throttle(self) -> Throttle:
        """Return the limits against guessing."""
        return Throttle(self.state, self.clock)

    @cached_property
    def steps(self) -> Steps:
        """Return the access steps that wait for their token."""
        return Steps(self.state, self.clock)

    @cached_property
    def budget(self) -> Budget:
        """Return the budgets of queries about texts of which only places are told."""
        return Budget(self.state, self.home.key(BUDGET_KEY), self.settings.boxes_queries, self.clock)

    @cached_property
    def pace(self) -> Pace:
        """Return the limits of how fast may be asked, over all worker processes, and machines that share the state."""
        settings = self.settings
        return Pace(
            Counters(self.home.counters_file),
            tiles=settings.tiles_per_second,
            verdicts=settings.verdicts_per_second,
            together=Tallies(self.state) if self.home.server else None,
        )

    @cached_property
    def admission(self) -> "Admission":
        """Return the places for images that are made in this process, by whichever of its services."""
        from services.image.admission import Admission

        return Admission(self.settings.threads, self.settings.decode_bytes)

    @cached_property
    def borrowed(self) -> BorrowedPictures:
        """Return the pictures that lie in sources outside of the home."""
        return borrowed_pictures(self.settings, self.clock)

    @cached_property
    def cluster(self) -> "OpenSearch":
        """Return the client of the cluster that has the words, where the engine is one."""
        from search.cluster.client import connect

        return connect(self.settings)

    @cached_property
    def library(self) -> Library:
        """Return the objects that are open, by the engine that the settings name."""
        settings = self.settings
        if settings.engine == "whoosh":
            return Library(self.home, settings.open_packs, settings.open_bytes)
        from search.cluster.library import ClusterLibrary
        from search.cluster.schema import Names

        index = Names(settings.opensearch_index).pages
        return ClusterLibrary(
            self.home,
            lambda: self.cluster,
            index,
            settings.open_packs,
            most_bytes=settings.open_bytes,
            seconds=settings.search_seconds,
        )
