import pytest

from fieldsvc.app import create_app


@pytest.fixture
def app(site):
    made = create_app(site)

    @made.post("/echo")
    def echo():
        import flask

        return {"got": flask.request.get_json()}

    @made.get("/breaks/<number>")
    def breaks(number):
        raise ValueError(f"{number} 张三")

    return made


@pytest.fixture
def client(app):
    return app.test_client()
