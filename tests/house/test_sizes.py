"""No file and no function is longer than what one can read in one go."""

import ast

from tests.house.files import code_lines, functions, name, python_files, room_files

_FILE, _TEST_FILE, _FUNCTION = 450, 600, 70


def test_no_source_file_has_more_than_450_lines_of_code():
    sizes = {name(p): code_lines(p.read_text()) for p in python_files(tests=False)}
    assert {n: size for n, size in sizes.items() if size > _FILE} == {}


def test_no_test_file_has_more_than_600_lines_of_code():
    sizes = {name(p): code_lines(p.read_text()) for p in python_files(tests=True)}
    assert {n: size for n, size in sizes.items() if size > _TEST_FILE} == {}


def test_no_function_has_more_than_70_lines():
    long = [
        f"{name(path)}:{function.lineno} {function.name} has {lines}"
        for path in python_files(tests=False)
        for function in functions(path)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > _FUNCTION
    ]
    assert long == []


def test_every_public_function_says_what_comes_back():
    # A function inside another is not public, and neither is what only its own private class sees.
    silent = []
    for path in room_files():
        for node in ast.parse(path.read_text()).body:
            members = node.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_") else [node]
            silent += [
                f"{name(path)}:{member.lineno} {member.name}"
                for member in members
                if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef)
                and not member.name.startswith("_")
                and not (ast.get_docstring(member) or "").strip()
            ]
    assert silent == []


def test_every_module_and_public_class_says_what_it_is():
    silent = []
    for path in room_files():
        tree = ast.parse(path.read_text())
        if not ast.get_docstring(tree):
            silent.append(name(path))
        silent += [
            f"{name(path)}:{node.lineno} {node.name}"
            for node in tree.body
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node)
        ]
    assert silent == []
