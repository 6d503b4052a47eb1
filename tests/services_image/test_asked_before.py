from services.image.asked_before import AskedBefore


def test_what_is_asked_for_again_was_asked_before():
    asked = AskedBefore()
    assert not asked.seen("a")
    assert not asked.seen("b")
    assert asked.seen("a")


def test_th_71_only_the_latest_are_remembered():
    asked = AskedBefore(most=2)
    asked.seen("a")
    asked.seen("b")
    assert asked.seen("a")
    assert not asked.seen("c")
    assert asked.seen("a")
    assert not asked.seen("b")
