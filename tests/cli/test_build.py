from tests.conftest import Shop
def test_x(built: Shop) -> None:
    r = built.run("build")
    print(r.text)
    assert r.code == 0
    assert 0
