"""Local accounts, their passwords, and the limits against guessing."""

import statistics
import time
from ipaddress import ip_address

import pytest

from auth.accounts import Account, Accounts
from auth.passwords import hash_password, is_long_enough, verify_password
from auth.throttle import PER_ACCOUNT, PER_NETWORK, PER_SITE, TERMS_PER_NETWORK, WINDOW, Throttle
from lectern.errors import InputError, NotFound
from lectern.state import State

HERE = ip_address("192.0.2.7")


@pytest.fixture
def accounts(state: State, clock) -> Accounts:
    return Accounts(state, clock)


@pytest.fixture
def throttle(state: State, clock) -> Throttle:
    return Throttle(state, clock)


def test_an_account_is_added_listed_checked_and_removed(accounts: Accounts):
    accounts.add("bob", "secret")
    assert accounts.add("ann", "Passwörd", ["b", "a", "a"]) == Account("ann", ("a", "b"))
    assert [account.name for account in accounts.all()] == ["ann", "bob"]
    who = accounts.check("ann", "Passwörd")
    assert who is not None
    assert (who.user, who.roles, who.provider) == ("ann", ("a", "b"), "local")
    assert who.credential not in repr(who)
    assert accounts.reader("ann").roles == {"a", "b"}
    accounts.remove("ann")
    assert accounts.check("ann", "Passwörd") is None


def test_a_changed_password_replaces_the_old_one(accounts: Accounts):
    accounts.add("ann", "old")
    accounts.change_password("ann", "new")
    assert accounts.check("ann", "old") is None
    assert accounts.check("ann", "new") is not None


def test_a_name_is_taken_once(accounts: Accounts):
    accounts.add("ann", "one")
    with pytest.raises(InputError, match="passwd"):
        accounts.add("ann", "two")
    assert accounts.check("ann", "one") is not None


@pytest.mark.parametrize("name", ["", " ", "a b", "a\n", "a\x00", "x" * 129])
def test_an_unusable_name_is_refused(accounts: Accounts, name: str):
    with pytest.raises(InputError):
        accounts.add(name, "secret")


def test_an_unusable_role_or_password_is_refused(accounts: Accounts):
    for password, roles in (("", []), ("x" * 1025, []), ("secret", ["a b"]), ("secret", [""])):
        with pytest.raises(InputError):
            accounts.add("ann", password, roles)
    assert accounts.all() == []


def test_an_account_that_there_is_not_is_named_with_a_remedy(accounts: Accounts):
    for act in (accounts.remove, accounts.reader, lambda name: accounts.change_password(name, "x")):
        with pytest.raises(NotFound, match="lectern user list"):
            act("nobody")


def test_th_18_passwords_are_salted_argon2id_and_keep_their_case():
    first, second = hash_password("Secret"), hash_password("Secret")
    assert first != second
    assert first.startswith("$argon2id$")
    assert verify_password(first, "Secret")
    assert not verify_password(first, "secret")
    assert not verify_password(first, "Secret ")
    assert not verify_password("no hash at all", "Secret")


def test_one_password_in_two_unicode_forms_is_one_password():
    assert verify_password(hash_password("caf\u00e9"), "cafe\u0301")


def test_a_long_password_does_not_fit_by_its_beginning():
    assert not verify_password(hash_password("x" * 1024), "x" * 2000)


def test_th_17_an_unknown_name_takes_as_long_as_a_wrong_password(accounts: Accounts):
    accounts.add("ann", "secret")
    accounts.check("ann", "warm up")
    took: dict[str, list[float]] = {"ann": [], "nobody": []}
    for _ in range(15):
        for name, times in took.items():
            began = time.process_time()
            assert accounts.check(name, "wrong") is None
            times.append(time.process_time() - began)
    known, unknown = (min(times) for times in took.values())
    assert unknown == pytest.approx(known, rel=0.25)
    assert statistics.median(took["nobody"]) > 0.5 * statistics.median(took["ann"])


def test_th_16_the_eleventh_attempt_on_an_account_waits_out_the_window(throttle: Throttle, clock):
    for number in range(PER_ACCOUNT):
        assert throttle.begin_sign_in("ann", ip_address(f"192.0.{number}.1")).wait == 0
        clock.move(1)
    blocked = throttle.begin_sign_in("ann", ip_address("198.51.100.1"))
    assert blocked.wait == WINDOW - PER_ACCOUNT
    assert throttle.begin_sign_in("bob", ip_address("198.51.100.1")).wait == 0
    clock.move(blocked.wait - 1)
    assert throttle.begin_sign_in("ann", HERE).wait == 1
    clock.move(1)
    assert throttle.begin_sign_in("ann", HERE).wait == 0


def test_th_16_attempts_while_locked_do_not_lengthen_the_lock(throttle: Throttle, clock):
    for _ in range(PER_ACCOUNT):
        throttle.begin_sign_in("ann", HERE)
    for _ in range(WINDOW // 60):
        assert throttle.begin_sign_in("ann", ip_address("198.51.100.1")).wait > 0
        clock.move(60)
    assert throttle.begin_sign_in("ann", HERE).wait == 0


@pytest.mark.parametrize(
    ("first", "second"), [("192.0.2.7", "192.0.2.250"), ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2")]
)
def test_th_16_a_network_is_limited_over_all_names(throttle: Throttle, first: str, second: str):
    for number in range(PER_NETWORK):
        assert throttle.begin_sign_in(f"user{number}", ip_address(first)).wait == 0
    assert throttle.begin_sign_in("another", ip_address(second)).wait > 0
    assert throttle.begin_sign_in("another", ip_address("198.51.100.1")).wait == 0


@pytest.mark.parametrize("of", ["password", "code"])
def test_th_16_the_networks_of_one_ipv6_site_are_limited_together(throttle: Throttle, of: str):
    def guess(address: str) -> int:
        where = ip_address(address)
        return (
            throttle.begin_sign_in(f"user {address}", where) if of == "password" else throttle.begin_code(where)
        ).wait

    for number in range(PER_SITE):
        assert guess(f"2001:db8:1:{number:x}::1") == 0
    assert guess("2001:db8:1:ffff::1") > 0
    assert guess("2001:db8:2::1") == 0


def test_th_16_what_nobody_has_looked_at_is_no_attempt(throttle: Throttle):
    for _ in range(PER_NETWORK + 1):
        attempt = throttle.begin_sign_in("ann", HERE)
        assert attempt.wait == 0
        throttle.withdraw(attempt)
    for _ in range(PER_ACCOUNT):
        throttle.withdraw(throttle.begin_sign_in("ann", HERE))
        assert throttle.begin_sign_in("ann", HERE).wait == 0
    assert throttle.begin_sign_in("ann", HERE).wait > 0


def test_th_16_success_clears_the_account_but_not_the_network(throttle: Throttle):
    for _ in range(PER_ACCOUNT - 1):
        throttle.begin_sign_in("ann", HERE)
    throttle.succeeded(throttle.begin_sign_in("ann", HERE))
    assert throttle.begin_sign_in("ann", ip_address("198.51.100.1")).wait == 0
    for number in range(PER_NETWORK - PER_ACCOUNT + 1):
        assert throttle.begin_sign_in(f"user{number}", HERE).wait == 0
    assert throttle.begin_sign_in("another", HERE).wait > 0


def test_th_16_two_spellings_of_a_name_share_its_limit(throttle: Throttle):
    for _ in range(PER_ACCOUNT):
        throttle.begin_sign_in("caf\u00e9", HERE)
    assert throttle.begin_sign_in("cafe\u0301", HERE).wait > 0


def test_th_16_an_unknown_address_is_limited_too(throttle: Throttle):
    for number in range(PER_NETWORK):
        throttle.begin_sign_in(f"user{number}", None)
    assert throttle.begin_sign_in("another", None).wait > 0


def test_th_37_terms_are_limited_per_network(throttle: Throttle):
    assert all(throttle.begin_terms(HERE).wait == 0 for _ in range(TERMS_PER_NETWORK))
    assert throttle.begin_terms(HERE).wait > 0
    assert throttle.begin_sign_in("ann", HERE).wait == 0


def test_th_16_an_account_is_released_before_its_time_and_its_network_is_not(throttle: Throttle):
    for _ in range(PER_ACCOUNT):
        assert throttle.begin_sign_in("ann", HERE).wait == 0
    assert throttle.begin_sign_in("ann", HERE).wait > 0
    throttle.release("bob")
    assert throttle.begin_sign_in("ann", HERE).wait > 0
    throttle.release("ann")
    for n in range(PER_NETWORK - PER_ACCOUNT + 1):
        attempt = throttle.begin_sign_in("ann" if n < PER_ACCOUNT else f"reader-{n}", HERE)
    assert attempt.wait > 0, "the attempts of the network were forgotten"


@pytest.mark.parametrize("password", ["", "x", "seven77", "cafe\u0301777"])
def test_th_18_a_chosen_password_has_eight_characters_at_least(password: str):
    assert not is_long_enough(password)
    assert is_long_enough(password + "12345678")
