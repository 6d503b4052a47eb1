"""Every signed value has a key purpose and a salt of its own, and an age (TH-101)."""

import ast
from collections.abc import Iterator
from pathlib import Path

from lectern.keys import PURPOSES
from tests.house.files import name, room_files

_SIGNERS = {"URLSafeTimedSerializer", "TimedSerializer", "TimestampSigner"}
_TIMELESS = {"URLSafeSerializer", "Serializer", "Signer"}


def _calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = node.func
            yield called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", ""), node


def _signers() -> list[tuple[str, ast.Call]]:
    return [(name(path), call) for path in room_files() for called, call in _calls(path) if called in _SIGNERS]


def test_th_101_nothing_is_signed_without_a_time():
    found = [name(path) for path in room_files() for called, _ in _calls(path) if called in _TIMELESS]
    assert found == []


def test_th_101_every_serializer_has_a_salt_of_its_own():
    found = []
    for where, call in _signers():
        (salt,) = [keyword.value for keyword in call.keywords if keyword.arg == "salt"]
        found.append((where, ast.unparse(salt)))
    assert found, "there is at least one that signs forms"
    assert len({salt for _, salt in found}) == len(found), found


def test_th_101_every_serializer_takes_a_list_of_keys_that_rotates():
    for where, call in _signers():
        assert "keys(" in ast.unparse(call) or "keys" in ast.unparse(call.args[0]), where


def test_th_101_whoever_reads_a_signed_value_says_how_old_it_may_be():
    signing = {where for where, _ in _signers()}
    for path in room_files():
        if name(path) not in signing:
            continue
        for called, call in _calls(path):
            if called in {"loads", "unsign"}:
                # itsdangerous takes no value of a machine whose clock is a little ahead: who allows that looks itself.
                ways = {"max_age", "return_timestamp"}
                assert any(keyword.arg in ways for keyword in call.keywords), name(path)


def test_th_101_no_two_purposes_share_a_key():
    """The purposes of keys are different words, all of them in the one table of lectern/keys.py."""
    constants: dict[str, str] = {}
    for path in room_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign) and isinstance(getattr(node.value, "value", None), str):
                for target in node.targets:
                    if isinstance(target, ast.Name) and target.id.endswith("_KEY"):
                        assert target.id not in constants, f"{target.id} is there twice"
                        constants[target.id] = ast.literal_eval(node.value)
                        assert name(path) == "lectern/keys.py", name(path)
    assert len(set(constants.values())) == len(constants), constants
    assert set(constants.values()) == PURPOSES
