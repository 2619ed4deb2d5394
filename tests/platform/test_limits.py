import pytest

from shiming.platform.limits import limit, limits


@pytest.mark.parametrize("package", ["shiming.platform", "shiming.accounts"])
def test_every_limit_has_an_origin(package):
    assert all(value > 0 for value in limits(package).values())


def test_a_missing_limit_is_named():
    with pytest.raises(KeyError, match=r"nothing\.here"):
        limit("shiming.platform", "nothing.here")
