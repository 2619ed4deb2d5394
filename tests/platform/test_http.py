import httpx2

from shiming.platform.http import client


def test_the_token_goes_out_and_redirects_are_not_followed():
    seen = []

    def answer(request):
        seen.append(request)
        return httpx2.Response(302, headers={"Location": "https://elsewhere.example/"})

    with client("https://gateway.example/v1", token="hidden", transport=httpx2.MockTransport(answer)) as http:
        response = http.post("/sms", json={})
    assert response.status_code == 302
    assert [str(request.url) for request in seen] == ["https://gateway.example/v1/sms"]
    assert seen[0].headers["Authorization"] == "Bearer hidden"
    assert seen[0].headers["User-Agent"].startswith("shiming/")


def test_waits_are_bounded():
    with client() as http:
        assert http.timeout.connect == 5
        assert http.timeout.read == 20
