from courses.subscribing import Subscription


def test_subscription_takes_each_program_s_form():
    links = Subscription("https://sitio.example/c/abc.ics")
    assert links.webcal == "webcal://sitio.example/c/abc.ics"
    assert links.google.endswith("?cid=webcal%3A%2F%2Fsitio.example%2Fc%2Fabc.ics")
    assert "url=https%3A%2F%2Fsitio.example" in links.outlook
    assert "url=https%3A%2F%2Fsitio.example" in links.office


def test_qr_has_no_style_that_the_policy_would_refuse():
    qr = Subscription("https://sitio.example/c/abc.ics").qr
    assert qr.startswith("<svg")
    assert "style" not in qr
    assert "abc.ics" not in qr
